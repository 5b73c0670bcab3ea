"""Proxies between this side and the server."""

from __future__ import annotations

import socket

import pytest

from stub_servers import Reply, http_stub, raw_stub
from tfsctl.client import ServerAddress
from tfsctl.client.proxy import Proxy, proxy_for

REST = ServerAddress("models.example", 8501, "rest")
GRPC = ServerAddress("models.example", 8500, "grpc")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxies but those of a test."""
    for name in ("http_proxy", "https_proxy", "grpc_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_without_a_proxy_in_the_environment_there_is_none() -> None:
    assert proxy_for(REST) is None


def test_requests_pass_a_proxy_whole_and_calls_go_through_a_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://user:p%40ss@proxy.example:3128")
    assert proxy_for(REST) == Proxy("proxy.example", 3128, "Basic dXNlcjpwQHNz", tunnels=False)
    assert proxy_for(GRPC) == Proxy("proxy.example", 3128, "Basic dXNlcjpwQHNz", tunnels=True)


@pytest.mark.parametrize(
    "address", [ServerAddress("127.0.0.1", 8501, "rest"), ServerAddress("localhost", protocol="rest", socket="/s")]
)
def test_no_proxy_leads_to_this_machine(address: ServerAddress, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    assert proxy_for(address) is None


def test_servers_may_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "example")
    assert proxy_for(REST) is None


def tunnel(answer: bytes) -> tuple[bytes, bytes]:
    """What a proxy was asked, and what came through the tunnel after its answer."""
    asked: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        asked.append(connection.recv(65536))
        connection.sendall(answer + b"from the server")

    with raw_stub(serve) as port:
        proxy = Proxy("127.0.0.1", port, "Basic abc", tunnels=True)
        with proxy.connect(GRPC, timeout_seconds=10) as connection:
            return asked[0], connection.recv(65536)


def test_a_tunnel_leads_to_the_server() -> None:
    asked, received = tunnel(b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n")
    assert asked.startswith(b"CONNECT models.example:8500 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic abc\r\n" in asked
    assert received == b"from the server"


def test_a_proxy_that_refuses_is_an_error() -> None:
    with pytest.raises(OSError, match="refuses"):
        tunnel(b"HTTP/1.1 403 Forbidden\r\n\r\n")


def test_without_a_tunnel_the_proxy_is_spoken_to() -> None:
    with http_stub(lambda *_: Reply()) as stub:
        proxy = Proxy("127.0.0.1", stub.port, "", tunnels=False)
        with proxy.connect(REST, timeout_seconds=10) as connection:
            connection.sendall(b"POST http://models.example:8501/x HTTP/1.1\r\nHost: models.example:8501\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        assert stub.requests[0][1] == "http://models.example:8501/x"
