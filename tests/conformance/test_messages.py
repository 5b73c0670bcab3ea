"""Every MessageCase: the messages that the server was built with."""

from __future__ import annotations

from google.protobuf import descriptor_pool

import tfsctl.protos
from conformance.case import MessageCase
from conformance.parameters import parametrized


@parametrized(MessageCase)
def test_message(case: MessageCase) -> None:
    assert tfsctl.protos.PredictRequest is not None  # Loading it fills the pool.
    descriptor = descriptor_pool.Default().FindMessageTypeByName(f"tensorflow.serving.{case.message}")
    assert {field.number: field.name for field in descriptor.fields} == case.fields
    assert not set(case.reserved) & {field.number for field in descriptor.fields}
