"""TLS as a client sees it: what works, and what is said where it does not."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
import trustme

from stub_servers import Reply, free_port, grpc_stub, http_stub, raw_stub
from tfsctl.client import Client, connect
from tfsctl.client.http_connection import HttpConnection
from tfsctl.errors import TfsctlError, UnavailableError, UsageError
from tfsctl.protos import GetModelStatusResponse

STATUS = b'{"model_version_status": [{"version": "1", "state": "AVAILABLE"}]}'
Files = dict[str, Any]


@dataclass(frozen=True)
class Pki:
    """Authorities and their certificates, as objects for servers and as files for clients."""

    authority: trustme.CA
    server: trustme.LeafCert
    trusting: Files
    own: Files
    foreign: Files

    def context(self, *, verify: bool) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.configure_cert(context)
        if verify:
            context.verify_mode = ssl.CERT_REQUIRED
            self.authority.configure_trust(context)
        return context

    def credentials(self, *, verify: bool) -> grpc.ServerCredentials:
        pair = (self.server.private_key_pem.bytes(), b"".join(blob.bytes() for blob in self.server.cert_chain_pems))
        roots = self.authority.cert_pem.bytes() if verify else None
        return grpc.ssl_server_credentials([pair], root_certificates=roots, require_client_auth=verify)


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    home = tmp_path_factory.mktemp("pki")
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(home / "ca.pem")
    for name, ca in (("own", authority), ("foreign", other)):
        leaf = ca.issue_cert("client.example")
        leaf.private_key_pem.write_to_path(home / f"{name}.key")
        leaf.cert_chain_pems[0].write_to_path(home / f"{name}.pem")
        leaf.private_key_and_cert_chain_pem.write_to_path(home / f"{name}-both.pem")
    trusting = {"ca_file": home / "ca.pem"}
    own = {**trusting, "cert_file": home / "own.pem", "key_file": home / "own.key"}
    foreign = {**trusting, "cert_file": home / "foreign.pem", "key_file": home / "foreign.key"}
    return Pki(authority, authority.issue_cert("localhost"), trusting, own, foreign)


@contextmanager
def rest_server(pki: Pki, *, verify: bool = False) -> Iterator[str]:
    """`HOST:PORT` of a REST server with TLS whose certificate is for localhost."""
    with http_stub(lambda *_: Reply(body=STATUS), tls=pki.context(verify=verify)) as stub:
        yield f"localhost:{stub.port}"


@contextmanager
def grpc_server(pki: Pki, *, verify: bool = False) -> Iterator[str]:
    """Likewise with gRPC."""
    reply = GetModelStatusResponse()
    reply.model_version_status.add(version=1, state=30)
    with grpc_stub(lambda *_: reply.SerializeToString(), tls=pki.credentials(verify=verify)) as port:
        yield f"localhost:{port}"


SERVERS = pytest.mark.parametrize(("serve", "scheme"), [(rest_server, "https"), (grpc_server, "grpcs")])


def version(client: Client) -> int:
    return client.status("m", timeout_seconds=20)[0].version


def failure(server: str, **files: Any) -> UnavailableError:
    """The error of asking a server for a status."""
    with pytest.raises(UnavailableError) as caught, connect(server, **files) as client:
        version(client)
    return caught.value


@SERVERS
def test_a_server_whose_authority_is_given_is_trusted(pki: Pki, serve: Any, scheme: str) -> None:
    with serve(pki) as server, connect(f"{scheme}://{server}", **pki.trusting) as client:
        assert client.address.secure
        assert version(client) == 1


@SERVERS
def test_files_alone_say_that_it_is_tls_and_the_port_says_which_protocol(pki: Pki, serve: Any, scheme: str) -> None:
    with serve(pki) as server, connect(server, **pki.trusting) as client:
        assert client.address.protocol == {"https": "rest", "grpcs": "grpc"}[scheme]
        assert version(client) == 1


@SERVERS
def test_a_server_that_wants_a_certificate_gets_it(pki: Pki, serve: Any, scheme: str) -> None:
    with serve(pki, verify=True) as server:
        with connect(server, **pki.own) as client:
            assert version(client) == 1
        both = pki.own["cert_file"].with_name("own-both.pem")
        with connect(server, ca_file=pki.own["ca_file"], cert_file=both) as client:
            assert version(client) == 1


@SERVERS
def test_an_unknown_authority_is_told_with_the_option_for_it(pki: Pki, serve: Any, scheme: str) -> None:
    with serve(pki) as server:
        error = failure(f"{scheme}://{server}")
    assert "its certificate is not of a known authority" in error.message
    assert "--ssl-ca FILE" in (error.hint or "")


@SERVERS
def test_another_name_is_told(pki: Pki, serve: Any, scheme: str) -> None:
    with serve(pki) as server:
        error = failure(f"{scheme}://127.0.0.1:{server.rpartition(':')[2]}", **pki.trusting)
    assert "certificate is not valid for '127.0.0.1'" in error.message
    assert "name that stands in its certificate" in (error.hint or "")


@SERVERS
def test_a_missing_certificate_is_told_with_the_options_for_it(pki: Pki, serve: Any, scheme: str) -> None:
    with serve(pki, verify=True) as server:
        error = failure(f"{scheme}://{server}", **pki.trusting)
    assert "No TLS connection" in error.message
    assert "--ssl-cert FILE --ssl-key FILE" in (error.hint or "")


@SERVERS
def test_a_certificate_that_the_server_does_not_know_is_told(pki: Pki, serve: Any, scheme: str) -> None:
    with serve(pki, verify=True) as server:
        error = failure(f"{scheme}://{server}", **pki.foreign)
    assert "No TLS connection" in error.message
    assert "accept this client's certificate" in f"{error.message} {error.hint}"


@SERVERS
def test_asking_without_tls_is_told(pki: Pki, serve: Any, scheme: str) -> None:
    with serve(pki) as server:
        unasked = failure(server)
        asked = failure(f"{scheme[:-1]}://{server}")
    assert [error.message for error in (unasked, asked)] == [f"What answers at {server} speaks TLS."] * 2
    assert f"{scheme}://{server}" in (asked.hint or "")


def test_asking_with_tls_a_server_without_it_is_told(pki: Pki) -> None:
    with http_stub(lambda *_: Reply()) as stub:
        error = failure(f"https://localhost:{stub.port}", **pki.trusting)
    assert "what answers there does not speak TLS" in error.message
    assert "--ssl-ca" in (error.hint or "")
    with grpc_stub(lambda *_: b"") as port:
        assert "No TLS connection" in failure(f"grpcs://localhost:{port}", **pki.trusting).message


def test_nobody_there_and_hanging_up_are_told_as_without_tls(pki: Pki) -> None:
    for scheme in ("https", "grpcs"):
        error = failure(f"{scheme}://localhost:{free_port()}", **pki.trusting)
        assert "Connection refused" in error.message
    with raw_stub(lambda _: None) as port:
        error = failure(f"https://localhost:{port}", **pki.trusting)
    assert "No TLS connection" in error.message or "closed the connection" in error.message


def test_the_connection_for_load_speaks_tls_and_keeps_it(pki: Pki) -> None:
    with rest_server(pki, verify=True) as server, connect(f"https://{server}", **pki.own) as client:
        connection = client.connection("m")
        assert isinstance(connection, HttpConnection)
        connection.open()
        first = connection._socket
        assert [connection.send(b"{}", timeout_seconds=10) for _ in range(3)] == [STATUS] * 3
        assert connection._socket is first
        connection.close()


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ("trusting", "CERTIFICATE_REQUIRED|wants to see a certificate"),
        ("foreign", "does not accept this client's certificate"),
    ],
)
def test_the_connection_for_load_tells_what_is_wrong(pki: Pki, files: str, text: str) -> None:
    with rest_server(pki, verify=True) as server, connect(f"https://{server}", **getattr(pki, files)) as client:
        connection = client.connection("m")
        with pytest.raises(UnavailableError, match=text):
            connection.send(b"{}", timeout_seconds=10)


def test_the_connection_for_load_does_not_trust_anybody(pki: Pki) -> None:
    with (
        rest_server(pki) as server,
        connect(f"https://{server}") as client,
        pytest.raises(UnavailableError, match="not of a known authority"),
    ):
        client.connection("m").open()


def test_the_connection_for_load_tells_that_nobody_is_there(pki: Pki) -> None:
    with (
        connect(f"https://localhost:{free_port()}", **pki.trusting) as client,
        pytest.raises(UnavailableError, match="Connection refused"),
    ):
        client.connection("m").open()


def test_files_that_are_none_are_usage_errors(pki: Pki, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no PEM")
    (tmp_path / "broken").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    cert = pki.own["cert_file"]
    wrong: list[tuple[Files, str]] = [
        ({"ca_file": tmp_path / "nowhere"}, "nowhere: No such file"),
        ({"ca_file": tmp_path / "text"}, "text is not in PEM form"),
        ({"ca_file": tmp_path / "broken"}, "broken holds no certificates of authorities"),
        ({"key_file": pki.own["key_file"]}, "and no certificate"),
        ({"cert_file": cert}, "own.pem are not a certificate and its key"),
        ({"cert_file": cert, "key_file": pki.foreign["key_file"]}, "are not a certificate and its key"),
    ]
    for files, text in wrong:
        with pytest.raises(UsageError, match=text):
            connect("localhost:1", protocol="rest", **files)


def test_an_encrypted_key_is_a_usage_error_and_nobody_is_asked_for_its_password(pki: Pki, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization as form

    key = form.load_pem_private_key(pki.own["key_file"].read_bytes(), None)
    encrypted = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.BestAvailableEncryption(b"secret"))
    (tmp_path / "key").write_bytes(encrypted)
    with pytest.raises(UsageError, match="is encrypted"):
        connect("localhost:1", protocol="rest", cert_file=pki.own["cert_file"], key_file=tmp_path / "key")


def test_files_for_an_address_without_tls_are_a_usage_error(pki: Pki) -> None:
    with pytest.raises(UsageError) as caught:
        connect("http://localhost:1", **pki.trusting)
    assert caught.value.hint == "Write https://localhost:1."


def test_the_lines_for_curl_and_grpcurl_name_the_files(pki: Pki) -> None:
    ca, cert, key = (str(pki.own[name]) for name in ("ca_file", "cert_file", "key_file"))
    with connect("https://localhost:1", **pki.own) as client:
        line = client.request_line("m", b'{"examples": [{}]}', api="regress")
    assert line.startswith(f"curl --cacert {ca} --cert {cert} --key {key} -d ")
    with connect("grpcs://localhost:1", **pki.own) as client:
        line = client.request_line("m", b'{"examples": [{}]}', api="regress")
    assert line.startswith(f"grpcurl -cacert {ca} -cert {cert} -key {key} -d ")


def test_an_error_of_the_server_is_its_own(pki: Pki) -> None:
    def refuse(*_: Any) -> Reply:
        return Reply(404, b'{"error": "no such model"}')

    with (
        http_stub(refuse, tls=pki.context(verify=False)) as stub,
        connect(f"https://localhost:{stub.port}", **pki.trusting) as client,
        pytest.raises(TfsctlError, match="no such model"),
    ):
        version(client)
