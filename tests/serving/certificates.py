"""Certificates for tests: an authority, a server and a client that it vouches for, and strangers."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import trustme

from tfsctl.serving.ssl_config import SslConfig, server_ssl_context


@dataclass(frozen=True)
class Identity:
    """A private key with its certificate, both PEM."""

    key: str
    certificate: str


class Authority:
    """Signs certificates."""

    def __init__(self) -> None:
        self._ca = trustme.CA()
        self.certificate = self._ca.cert_pem.bytes().decode()
        self.server = self.sign("localhost", "127.0.0.1")
        self.client = self.sign("client@example.org")

    def sign(self, *names: str) -> Identity:
        signed = self._ca.issue_cert(*names)
        chain = "".join(blob.bytes().decode() for blob in signed.cert_chain_pems)
        return Identity(signed.private_key_pem.bytes().decode(), chain)

    def ssl_config(self, *, client_verify: bool = False) -> SslConfig:
        return SslConfig(
            server_key=self.server.key,
            server_cert=self.server.certificate,
            custom_ca=self.certificate,
            client_verify=client_verify,
        )

    def server_context(self, *, client_verify: bool = False) -> ssl.SSLContext:
        return server_ssl_context(self.ssl_config(client_verify=client_verify))

    def client_context(self, directory: Path | None = None, identity: Identity | None = None) -> ssl.SSLContext:
        """What a client needs that trusts this authority; `directory` takes the files of its own identity."""
        context = ssl.create_default_context(cadata=self.certificate)
        if identity is not None:
            assert directory is not None
            context.load_cert_chain(*write_identity(directory, identity))
        return context


@cache
def authority() -> Authority:
    return Authority()


@cache
def stranger() -> Authority:
    """Nobody here trusts it."""
    return Authority()


def write_identity(directory: Path, identity: Identity) -> tuple[Path, Path]:
    """Files of the certificate and of the key."""
    certificate, key = directory / "client.pem", directory / "client-key.pem"
    certificate.write_text(identity.certificate)
    key.write_text(identity.key)
    return certificate, key


def ssl_config_text(key: str, certificate: str, *, custom_ca: str = "", client_verify: bool = False) -> str:
    """An SSLConfig in text form."""
    fields = {"server_key": key, "server_cert": certificate, "custom_ca": custom_ca}
    lines = [f"{name}: {_quoted(text)}" for name, text in fields.items() if text]
    if client_verify:
        lines.append("client_verify: true")
    return "\n".join(lines) + "\n"


def write_ssl_config(directory: Path, *, client_verify: bool = False) -> Path:
    """A file with the test authority's server; with `client_verify` for that authority's clients only."""
    ours = authority()
    path = directory / "ssl.config"
    custom_ca = ours.certificate if client_verify else ""
    text = ssl_config_text(ours.server.key, ours.server.certificate, custom_ca=custom_ca, client_verify=client_verify)
    path.write_text(text)
    return path


def _quoted(text: str) -> str:
    return '"' + text.replace("\n", "\\n") + '"'
