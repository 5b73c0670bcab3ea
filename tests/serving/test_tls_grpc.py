"""gRPC over TLS: whom the server lets in, and what it says of a key that gRPC cannot use."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey

from serving.certificates import authority, ssl_config_text, stranger, write_ssl_config
from serving.grpc_calls import GrpcCalls, connected, floats, open_channel, refusal
from serving.model_directory import serve
from tfsctl.errors import InvalidArgumentError
from tfsctl.serving import Server

ONE = {"x": floats(1.0)}
OURS = authority()


def credentials(*, trusting: str = OURS.certificate, identity: Any = None) -> Any:
    key, chain = (identity.key.encode(), identity.certificate.encode()) if identity else (None, None)
    return grpc.ssl_channel_credentials(trusting.encode(), key, chain)


def is_answered(calls: GrpcCalls) -> bool:
    return bool(calls.predict("half_plus_two", ONE)["y"] == 2.5)


@pytest.fixture(scope="module")
def server(zoo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("tls")
    config = write_ssl_config(directory)
    with serve(
        zoo / "half_plus_two", ssl_config_file=config, grpc_socket_path=directory / "s", rest_api_port=None
    ) as running:
        yield running


@pytest.fixture(scope="module")
def mutual(zoo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that only knows clients of its authority."""
    directory = tmp_path_factory.mktemp("mutual")
    config = write_ssl_config(directory, client_verify=True)
    with serve(
        zoo / "half_plus_two", ssl_config_file=config, grpc_socket_path=directory / "s", rest_api_port=None
    ) as running:
        yield running


def test_client_that_trusts_the_authority_is_answered(server: Server) -> None:
    with connected(server.grpc_address, credentials()) as calls:
        assert is_answered(calls)


def test_the_unix_socket_speaks_tls_too(server: Server) -> None:
    path = server.config.grpc_socket_path
    options = {"ssl_target_name_override": "localhost"}
    with open_channel(f"unix:{path}", credentials(), **options) as channel:
        assert is_answered(GrpcCalls(channel))
    with connected(f"unix:{path}") as calls:
        assert refusal(lambda: is_answered(calls))[0] == "UNAVAILABLE"


def test_client_in_the_clear_is_not_answered(server: Server) -> None:
    with connected(server.grpc_address) as calls:
        assert refusal(lambda: is_answered(calls))[0] == "UNAVAILABLE"


def test_client_of_another_authority_does_not_trust_the_server(server: Server) -> None:
    with connected(server.grpc_address, credentials(trusting=stranger().certificate)) as calls:
        assert refusal(lambda: is_answered(calls))[0] == "UNAVAILABLE"


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\n\r\n", b"\0" * 300, b"\x16\x03\x01\x00\x05hello"])
def test_garbage_leaves_the_server_answering(server: Server, garbage: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.grpc_port or 0), timeout=30) as strange:
        strange.sendall(garbage)
        assert len(_read_to_the_end(strange)) < 1000
    with connected(server.grpc_address, credentials()) as calls:
        assert is_answered(calls)


def test_client_with_a_certificate_is_let_in(mutual: Server) -> None:
    with connected(mutual.grpc_address, credentials(identity=OURS.client)) as calls:
        assert is_answered(calls)


@pytest.mark.parametrize("identity", [None, stranger().client], ids=["none", "another authority's"])
def test_client_without_a_valid_certificate_is_not_let_in(mutual: Server, identity: Any) -> None:
    with connected(mutual.grpc_address, credentials(identity=identity)) as calls:
        assert refusal(lambda: is_answered(calls))[0] == "UNAVAILABLE"
    path = mutual.config.grpc_socket_path
    options = {"ssl_target_name_override": "localhost"}
    with open_channel(f"unix:{path}", credentials(identity=identity), **options) as channel:
        assert refusal(lambda: is_answered(GrpcCalls(channel)))[0] == "UNAVAILABLE"


def test_handshake_that_never_ends_is_cut(zoo: Path, tmp_path: Path) -> None:
    arguments = "grpc.server_handshake_timeout_ms=200"
    config = write_ssl_config(tmp_path)
    with (
        serve(zoo / "half_plus_two", ssl_config_file=config, grpc_channel_arguments=arguments) as server,
        socket.create_connection(("127.0.0.1", server.grpc_port or 0), timeout=30) as silent,
    ):
        silent.sendall(b"\x16\x03\x01")
        assert _read_to_the_end(silent) == b""
        with connected(server.grpc_address, credentials()) as calls:
            assert is_answered(calls)


def test_key_that_grpc_cannot_use_is_named_before_models_are_loaded(zoo: Path, tmp_path: Path) -> None:
    path = tmp_path / "ssl.config"
    path.write_text(ssl_config_text(*_unusual_identity()))
    with pytest.raises(InvalidArgumentError, match=f"{path}: gRPC cannot use server_key") as caught:
        serve(zoo / "half_plus_two", ssl_config_file=path).start()
    assert "P-256" in (caught.value.hint or "")


def _unusual_identity() -> tuple[str, str]:
    """OpenSSL knows this curve, grpcio does not."""
    key = Ed448PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.timezone.utc)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, None)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


def _read_to_the_end(connection: socket.socket) -> bytes:
    try:
        return b"".join(iter(lambda: connection.recv(65536), b""))
    except ConnectionResetError:
        return b""
