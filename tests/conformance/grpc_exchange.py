"""Makes the call of a GrpcCase, and compares its status and its response."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf import text_format

from conformance.case import GrpcCase
from conformance.grpc_methods import METHODS
from serving.grpc_calls import GrpcCalls


def check_grpc(case: GrpcCase, calls: GrpcCalls) -> None:
    """One call over the channel of `calls`."""
    path, request_class, response_class = METHODS.get(case.call, (case.call, None, None))
    request = _serialized(case, request_class)
    code, text, response = _send(calls, path, request, timeout_seconds=case.timeout_seconds)
    if case.code.startswith("!"):
        assert code != case.code[1:], text
    else:
        assert (code, text) == (case.code, text if case.text is None else case.text)
    assert text.startswith(case.starts)
    if case.response is not None:
        assert response_class.FromString(response) == text_format.Parse(case.response, response_class())
    if case.contains is not None:
        _check_contains(response_class.FromString(response), text_format.Parse(case.contains, response_class()))


def _serialized(case: GrpcCase, request_class: Any) -> bytes:
    if callable(case.request):
        return case.request()
    if isinstance(case.request, bytes):
        return case.request
    serialized: bytes = text_format.Parse(case.request, request_class()).SerializeToString()
    return serialized


def _send(calls: GrpcCalls, path: str, request: bytes, *, timeout_seconds: float | None) -> tuple[str, str, bytes]:
    try:
        response: bytes = calls.channel.unary_unary(path)(request, timeout=timeout_seconds)
    except grpc.RpcError as error:
        failed: Any = error
        return failed.code().name, failed.details(), b""
    return "OK", "", response


def _check_contains(message: Any, part: Any) -> None:
    """Every field that `part` sets has to be in `message`."""
    for field, value in part.ListFields():
        given = getattr(message, field.name)
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            for key in value:
                assert key in given, key
                _check_value(given[key], value[key])
        elif field.is_repeated:
            assert len(given) >= len(value), field.name
            for pair in zip(given, value, strict=False):
                _check_value(*pair)
        else:
            _check_value(given, value)


def _check_value(given: Any, value: Any) -> None:
    if hasattr(value, "ListFields"):
        _check_contains(given, value)
    else:
        assert given == value
