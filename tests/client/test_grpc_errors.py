"""What the gRPC client makes of refusals, foreign servers and broken connections."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from stub_servers import Refusal, Reply, free_port, grpc_stub, http_stub, raw_stub, stall
from tfsctl.client import Client, connect
from tfsctl.errors import (
    Code,
    DeadlineExceededError,
    InternalError,
    TfsctlError,
    UnavailableError,
    UnimplementedError,
)

CODES = [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK]


def client_of(port: int, *, timeout_seconds: float = 30.0) -> Client:
    return connect(f"grpc://127.0.0.1:{port}", timeout_seconds=timeout_seconds)


def error_of(port: int, *, timeout_seconds: float = 30.0) -> TfsctlError:
    """The error of asking for a status."""
    with client_of(port, timeout_seconds=timeout_seconds) as client, pytest.raises(TfsctlError) as caught:
        client.status("m")
    return caught.value


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.name)
def test_every_grpc_code_becomes_ours_and_the_text_stays(code: grpc.StatusCode) -> None:
    def refuse(method: str, request: bytes) -> bytes:
        raise Refusal(code, "what was wrong")

    with grpc_stub(refuse) as port:
        error = error_of(port)
    assert (error.code, error.message) == (Code[code.name], "what was wrong")


def test_refused_connection_is_unavailable_and_tells_how_to_start_a_server() -> None:
    error = error_of(free_port())
    assert isinstance(error, UnavailableError)
    assert error.message.endswith("Connection refused.")
    assert "tfsctl serve" in (error.hint or "")


def test_the_rest_port_is_recognized() -> None:
    with http_stub(lambda *_: Reply()) as stub:
        error = error_of(stub.port)
    assert isinstance(error, UnavailableError)
    assert "--rest" in (error.hint or "")


def test_a_silent_server_is_a_deadline_exceeded() -> None:
    with raw_stub(stall) as port:
        error = error_of(port, timeout_seconds=0.2)
    assert isinstance(error, DeadlineExceededError)
    assert "within 0.2 s" in error.message


def test_tls_to_a_port_without_it_is_unavailable() -> None:
    with grpc_stub(lambda *_: b"") as port, connect(f"grpcs://127.0.0.1:{port}") as client:
        assert client.address.secure
        with pytest.raises(UnavailableError):
            client.status("m", timeout_seconds=10)


def test_a_server_that_hangs_up_is_unavailable() -> None:
    with raw_stub(lambda _: None) as port:
        assert isinstance(error_of(port), UnavailableError)


def test_another_grpc_server_is_unimplemented_and_the_hint_doubts_it() -> None:
    server = grpc.server(ThreadPoolExecutor(1))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        error = error_of(port)
    finally:
        server.stop(0).wait()
    assert isinstance(error, UnimplementedError)
    assert "is it TensorFlow Serving?" in (error.hint or "")


def test_a_reply_that_is_no_message_is_internal() -> None:
    with grpc_stub(lambda *_: b"\xff\xff\xff") as port:
        assert isinstance(error_of(port), InternalError)


@pytest.mark.parametrize("details", ["", "Method not found!"])
def test_models_of_another_server_is_unimplemented(details: str) -> None:
    def refuse(method: str, request: bytes) -> bytes:
        raise Refusal(grpc.StatusCode.UNIMPLEMENTED, details)

    with grpc_stub(refuse) as port, client_of(port) as client, pytest.raises(UnimplementedError) as caught:
        client.models()
    assert caught.value.message.startswith("This server cannot tell which models it serves")
    assert caught.value.hint == "Name the model."
