"""Which client `connect` gives."""

from __future__ import annotations

import socket

import pytest

from stub_servers import Reply, free_port, grpc_stub, http_stub, raw_stub, stall
from tfsctl.client import ServerAddress, connect, connecting
from tfsctl.client.probing import probe_protocol
from tfsctl.errors import UsageError


def test_a_port_that_speaks_http_1_gets_the_rest_client() -> None:
    with http_stub(lambda *_: Reply()) as stub, connect(stub.address) as client:
        assert (client.address.protocol, client.address.port) == ("rest", stub.port)


def test_a_port_that_speaks_http_2_gets_the_grpc_client() -> None:
    with grpc_stub(lambda *_: b"") as port, connect(f"127.0.0.1:{port}") as client:
        assert (client.address.protocol, client.address.port) == ("grpc", port)


def test_a_port_that_hangs_up_gets_the_rest_client() -> None:
    with raw_stub(lambda _: None) as port, connect(f"127.0.0.1:{port}") as client:
        assert client.address.protocol == "rest"


def test_a_port_where_nothing_listens_gets_the_rest_client() -> None:
    with connect(f"127.0.0.1:{free_port()}") as client:
        assert client.address.protocol == "rest"


def test_probing_a_silent_port_gives_up_at_the_timeout() -> None:
    with raw_stub(stall) as port:
        assert probe_protocol(ServerAddress("127.0.0.1", port), timeout_seconds=0.05) is None


def test_probing_takes_an_answer_in_pieces() -> None:
    def dribble(connection: socket.socket) -> None:
        connection.recv(1000)
        for byte in b"\x00\x00\x00\x04\x00":
            connection.sendall(bytes([byte]))

    with raw_stub(dribble) as port:
        assert probe_protocol(ServerAddress("127.0.0.1", port), timeout_seconds=5) == "grpc"


@pytest.mark.parametrize(("grpc_is_there", "protocol"), [(True, "grpc"), (False, "rest")])
def test_without_a_port_grpc_comes_first_where_it_is_there(
    monkeypatch: pytest.MonkeyPatch, grpc_is_there: bool, protocol: str
) -> None:
    with raw_stub(stall) as port:
        monkeypatch.setattr(connecting, "GRPC_PORT", port if grpc_is_there else free_port())
        with connect() as client:
            assert client.address.protocol == protocol


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
def test_a_timeout_that_leaves_no_time_is_a_usage_error(seconds: float) -> None:
    with pytest.raises(UsageError, match="no time for an answer"):
        connect("127.0.0.1:1", timeout_seconds=seconds)


def test_a_protocol_asked_for_is_not_probed() -> None:
    port = free_port()
    with connect(f"127.0.0.1:{port}", protocol="grpc") as client:
        assert (client.address.protocol, client.address.port) == ("grpc", port)


def test_a_url_of_the_other_protocol_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="rest, but grpc was asked for"):
        connect("http://gpu-box", protocol="grpc")


def test_a_timeout_of_nothing_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no time"):
        connect("gpu-box:1", protocol="rest", timeout_seconds=0)
