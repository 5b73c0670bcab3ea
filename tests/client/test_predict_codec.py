"""Requests and replies without a client: in another process, as bytes."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest

from tfsctl.client import Client
from tfsctl.client.predict_codec import PredictCodec
from tfsctl.errors import InternalError, InvalidArgumentError, UnavailableError


def copied(codec: PredictCodec) -> PredictCodec:
    again: PredictCodec = pickle.loads(pickle.dumps(codec))
    return again


def test_a_codec_that_was_sent_elsewhere_makes_the_same_requests_and_reads_the_replies(client: Client) -> None:
    codec = copied(client.predict_codec("half_plus_two"))
    request = codec.encode({"x": [1.0, 2.0]})
    connection = client.connection("half_plus_two")
    try:
        reply = connection.send(request, timeout_seconds=20)
    finally:
        connection.close()
    assert request == client.encode_predict("half_plus_two", {"x": [1.0, 2.0]})
    assert codec.decode(reply).outputs["y"].tolist() == [2.5, 3.0]
    assert codec.spec.name == "half_plus_two"
    assert list(codec.signature.outputs) == ["y"]


def test_a_reply_that_is_none_is_an_error(client: Client) -> None:
    codec = client.predict_codec("half_plus_two")
    with pytest.raises((InternalError, UnavailableError)):
        codec.decode(b"\xff\xff")


def test_inputs_that_do_not_fit_are_refused(client: Client) -> None:
    with pytest.raises(InvalidArgumentError, match='Input "x"'):
        client.predict_codec("half_plus_two").encode({"x": ["text"]})


def test_the_module_loads_no_protocol() -> None:
    code = (
        "import sys, tfsctl.client.predict_codec;"
        "sys.exit(bool({'numpy', 'grpc', 'requests', 'google.protobuf'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
