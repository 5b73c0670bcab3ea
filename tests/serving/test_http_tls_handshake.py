"""TLS under the HTTP engine: who is let in, who is not, and who never gets done."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.certificates import authority, stranger
from serving.http_calls import WAIT_SECONDS, RawConnection, get, post, running
from serving.tls_connections import connected, still_answers, tls
from tfsctl.serving.http import server as http_server
from tfsctl.serving.http.limits import HttpLimits


@pytest.fixture(params=["uvloop", "asyncio"], autouse=True)
def loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test runs on both."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "asyncio":
            patch.setattr(http_server, "_new_event_loop", asyncio.new_event_loop)
        yield


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_client_of_either_version_is_answered(version: ssl.TLSVersion) -> None:
    context = authority().client_context()
    context.minimum_version = context.maximum_version = version
    with running(ssl_context=tls()) as server, connected(server, context) as connection:
        assert connection.ask(post("/", b"body")).body == b"POST / body"
        assert isinstance(connection.socket, ssl.SSLSocket)
        assert connection.socket.version() == version.name.replace("_", ".")


def test_older_version_is_refused() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with running(ssl_context=tls()) as server:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            connected(server, context)
        assert still_answers(server)


def test_client_in_the_clear_is_told_and_forgotten(caplog: pytest.LogCaptureFixture) -> None:
    with running(ssl_context=tls()) as server:
        with RawConnection(server.port) as plain:
            answer = plain.ask(get("/v1/models"))
            assert (answer.status, answer.headers["connection"]) == (400, "close")
            assert plain.is_ended()
        assert still_answers(server)
        assert server.drain(WAIT_SECONDS)
    assert not caplog.records


@pytest.mark.parametrize("garbage", [b"\0" * 300, b"\x16\x03\x01\x00\x05hello", b"SSH-2.0-x\r\n", b"\xff" * 70_000])
def test_garbage_ends_its_connection_only(garbage: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with running(ssl_context=tls()) as server:
        with RawConnection(server.port) as strange:
            strange.send(garbage)
            strange.read_rest()
        assert still_answers(server)
        assert server.drain(WAIT_SECONDS)
    assert not caplog.records


def test_garbage_after_the_handshake_ends_its_connection_only(caplog: pytest.LogCaptureFixture) -> None:
    with running(ssl_context=tls()) as server:
        with connected(server) as strange:
            assert strange.ask(get("/")).status == 200
            assert isinstance(strange.socket, ssl.SSLSocket)
            socket.socket.send(strange.socket, b"\x17\x03\x03\x00\x20" + b"x" * 32)
            with pytest.raises(ssl.SSLError):
                assert strange.socket.recv(1) == b"ended without an alert"
        assert still_answers(server)
    assert not caplog.records


def test_client_without_a_certificate_is_refused_where_one_is_required(tmp_path: Path) -> None:
    ours = authority()
    with running(ssl_context=ours.server_context(client_verify=True)) as server:
        with connected(server) as nameless, pytest.raises(ssl.SSLError, match=r"(?i)certificate.required"):
            nameless.ask(get("/"))
        assert still_answers(server, ours.client_context(tmp_path, ours.client))


def test_client_of_another_authority_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ours = authority()
    context = ours.client_context(tmp_path, stranger().client)
    with running(ssl_context=ours.server_context(client_verify=True)) as server:
        with connected(server, context) as unknown, pytest.raises((ssl.SSLError, ConnectionError)):
            unknown.ask(get("/"))
        assert server.drain(WAIT_SECONDS)
    assert not caplog.records


def test_client_that_does_not_trust_the_server_leaves_no_trace(caplog: pytest.LogCaptureFixture) -> None:
    with running(ssl_context=tls()) as server:
        with pytest.raises(ssl.SSLCertVerificationError):
            connected(server, stranger().client_context())
        assert still_answers(server)
        assert server.drain(WAIT_SECONDS)
    assert not caplog.records


@pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01\x02\x00"], ids=["nothing", "a beginning"])
def test_handshake_that_never_ends_is_cut(sent: bytes) -> None:
    limits = HttpLimits(handshake_timeout_seconds=0.1)
    with running(ssl_context=tls(), limits=limits) as server, RawConnection(server.port) as silent:
        silent.send(sent)
        assert silent.is_ended()
        assert still_answers(server)


def test_the_oldest_of_too_many_handshakes_is_given_up() -> None:
    with running(ssl_context=tls(), limits=HttpLimits(max_handshakes=3)) as server:
        silent = [RawConnection(server.port) for _ in range(4)]
        assert silent[0].is_ended()
        assert still_answers(server)
        assert silent[1].is_ended()
        for connection in silent:
            connection.close()


def test_drain_does_not_wait_for_handshakes() -> None:
    limits = HttpLimits(drain_linger_seconds=0.0)
    with running(ssl_context=tls(), limits=limits) as server, RawConnection(server.port) as silent:
        silent.send(b"\x16\x03\x01")
        assert still_answers(server)
        assert server.drain(WAIT_SECONDS)
        assert silent.is_ended()
