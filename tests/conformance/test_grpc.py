"""Every GrpcCase: one call over a real channel, its status and its response."""

from __future__ import annotations

from collections.abc import Callable

from conformance.case import GrpcCase
from conformance.grpc_exchange import check_grpc
from conformance.parameters import parametrized
from serving.grpc_calls import GrpcCalls


@parametrized(GrpcCase)
def test_grpc(case: GrpcCase, find_calls: Callable[[str], GrpcCalls]) -> None:
    check_grpc(case, find_calls(case.server))
