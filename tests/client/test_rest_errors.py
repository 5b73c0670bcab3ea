"""What the REST client makes of refusals, foreign servers and broken connections."""

from __future__ import annotations

import json
import socket

import pytest

from stub_servers import Reply, free_port, grpc_stub, http_stub, raw_stub, stall
from tfsctl.client import Client, connect
from tfsctl.errors import Code, DeadlineExceededError, TfsctlError, UnavailableError, UnimplementedError

BODY = b'{"instances": [1.0]}'


def rest(address: str, *, timeout_seconds: float = 30.0) -> Client:
    return connect(f"http://{address}", timeout_seconds=timeout_seconds)


def error_of(reply: Reply) -> TfsctlError:
    """The error of a prediction that is answered so."""
    with http_stub(lambda *_: reply) as stub, rest(stub.address) as client, pytest.raises(TfsctlError) as caught:
        client.predict_json("m", BODY)
    return caught.value


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, Code.INVALID_ARGUMENT),
        (401, Code.UNAUTHENTICATED),
        (403, Code.PERMISSION_DENIED),
        (404, Code.NOT_FOUND),
        (409, Code.ABORTED),
        (429, Code.RESOURCE_EXHAUSTED),
        (499, Code.CANCELLED),
        (500, Code.INTERNAL),
        (501, Code.UNIMPLEMENTED),
        (503, Code.UNAVAILABLE),
        (504, Code.DEADLINE_EXCEEDED),
        (418, Code.INVALID_ARGUMENT),
        (599, Code.INTERNAL),
    ],
)
def test_status_becomes_its_code_and_the_text_stays(status: int, code: Code) -> None:
    error = error_of(Reply(status, json.dumps({"error": "what was wrong\n\t [[{{node x}}]]"}).encode()))
    assert (error.code, error.message) == (code, "what was wrong\n\t [[{{node x}}]]")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(404, b"<HTML><BODY>Not Found</BODY></HTML>", {"Content-Type": "text/html"}),
        Reply(500, b'{"detail": "another program\'s JSON"}'),
        Reply(301, b"", {"Location": "http://127.0.0.1:1/"}),
        Reply(200, b"<html>welcome</html>"),
        Reply(200, b"[1, 2]"),
    ],
    ids=["html", "other-json", "redirect", "page", "list"],
)
def test_a_reply_that_is_not_tensorflow_servings_says_so(reply: Reply) -> None:
    error = error_of(reply)
    assert isinstance(error, UnavailableError)
    assert "is not TensorFlow Serving's REST API" in error.message
    assert "8501" in (error.hint or "")


@pytest.mark.parametrize(
    ("status", "code"), [(401, Code.UNAUTHENTICATED), (502, Code.UNAVAILABLE), (504, Code.DEADLINE_EXCEEDED)]
)
def test_a_gateways_page_keeps_the_meaning_of_its_status(status: int, code: Code) -> None:
    error = error_of(Reply(status, b"<html>gateway</html>"))
    assert error.code is code
    assert f"HTTP status {status}" in error.message


def test_an_empty_400_is_an_invalid_argument() -> None:
    assert error_of(Reply(400, b"")).code is Code.INVALID_ARGUMENT


@pytest.mark.parametrize("body", [b'{"models": 3}', b"[]", b'{"model_version_status": [{}]}', b"not JSON"])
def test_status_in_an_unexpected_form_is_not_tensorflow_serving(body: bytes) -> None:
    with (
        http_stub(lambda *_: Reply(body=body)) as stub,
        rest(stub.address) as client,
        pytest.raises(UnavailableError, match="unexpected answer"),
    ):
        client.status("m")


def test_refused_connection_is_unavailable_and_tells_how_to_start_a_server() -> None:
    with rest(f"127.0.0.1:{free_port()}") as client, pytest.raises(UnavailableError) as caught:
        client.predict_json("m", BODY)
    assert "Connection refused" in caught.value.message
    assert "tfsctl serve" in (caught.value.hint or "")


def test_unknown_host_is_unavailable() -> None:
    with rest("no-such-host.invalid:8501") as client, pytest.raises(UnavailableError, match=r"no-such-host\.invalid"):
        client.status("m")


@pytest.mark.parametrize("when", ["before the head", "in the body"])
def test_a_silent_server_is_a_deadline_exceeded(when: str) -> None:
    def fall_silent(connection: socket.socket) -> None:
        connection.recv(65536)
        if when == "in the body":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        stall(connection)

    with (
        raw_stub(fall_silent) as port,
        rest(f"127.0.0.1:{port}", timeout_seconds=0.2) as client,
        pytest.raises(DeadlineExceededError, match=r"within 0\.2 s"),
    ):
        client.predict_json("m", BODY)


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", b"gibberish\r\n\r\n"])
def test_a_connection_that_ends_early_is_unavailable(sent: bytes) -> None:
    def hang_up(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(sent)

    with (
        raw_stub(hang_up) as port,
        rest(f"127.0.0.1:{port}") as client,
        pytest.raises(UnavailableError, match="closed the connection"),
    ):
        client.predict_json("m", BODY)


def test_the_grpc_port_is_recognized() -> None:
    with (
        grpc_stub(lambda *_: b"") as port,
        rest(f"127.0.0.1:{port}") as client,
        pytest.raises(UnavailableError) as caught,
    ):
        client.predict_json("m", BODY)
    assert "speaks gRPC" in (caught.value.hint or "")


def test_tls_to_a_port_without_it_is_unavailable() -> None:
    with (
        http_stub(lambda *_: Reply()) as stub,
        connect(f"https://{stub.address}") as client,
        pytest.raises(UnavailableError, match="No TLS connection"),
    ):
        client.connection("m").send(BODY, timeout_seconds=10)


def test_a_server_that_cannot_list_models_is_unimplemented() -> None:
    body = b'{\n    "error": "Missing model name in request."\n}'
    with (
        http_stub(lambda *_: Reply(400, body)) as stub,
        rest(stub.address) as client,
        pytest.raises(UnimplementedError, match="no such request"),
    ):
        client.models()


def test_other_threads_and_later_calls_work_after_an_error() -> None:
    replies = [Reply(503, b'{"error": "starting"}'), Reply(body=b'{"predictions": [2.5]}')]
    with http_stub(lambda *_: replies.pop(0)) as stub, rest(stub.address) as client:
        with pytest.raises(UnavailableError, match="starting"):
            client.predict_json("m", BODY)
        assert client.predict_json("m", BODY) == b'{"predictions": [2.5]}'
