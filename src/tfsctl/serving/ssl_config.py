"""The file that `ssl_config_file` names: whom the server says it is, and whom it lets in (tensorflow-serving.md §9)."""

from __future__ import annotations

import os
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from tfsctl.errors import InvalidArgumentError
from tfsctl.serving.config_protos import SSLConfigProto
from tfsctl.serving.text_proto import read_text_proto

_TEXT_HINT = (
    "{field} holds PEM text itself, not the path of a file. Write the file's lines into it, with \\n for line ends."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SslConfig:
    """The texts are PEM, as they stand in the file; they have been checked.

    Attributes:
        server_key: The private key, without a pass phrase.
        server_cert: The server's certificate, followed by those between it and its authority.
        custom_ca: Authorities whose clients are let in, if `client_verify`; not empty then.
        client_verify: Whether clients must show a certificate.
    """

    server_key: str
    server_cert: str
    custom_ca: str
    client_verify: bool


def read_ssl_config(path: Path) -> SslConfig:
    """Read and check an SSLConfig in text form.

    Raises:
        InvalidArgumentError: it is none, or its texts are not what they should be; the field is named.
        NotFoundError, PermissionDeniedError, FailedPreconditionError: the file cannot be read.
    """
    message = read_text_proto(path, SSLConfigProto)
    custom_ca = message.custom_ca
    if message.client_verify and not custom_ca:
        custom_ca = _system_authorities(path)
    config = SslConfig(
        server_key=message.server_key,
        server_cert=message.server_cert,
        custom_ca=custom_ca,
        client_verify=message.client_verify,
    )
    _check(path, config)
    return config


def server_ssl_context(config: SslConfig) -> ssl.SSLContext:
    """What the standard library needs to speak TLS 1.2 or 1.3 as this server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.set_alpn_protocols(["http/1.1"])
    _load_identity(context, config)
    if config.client_verify:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=_in_ascii(config.custom_ca))
    return context


def _check(path: Path, config: SslConfig) -> None:
    for field in ("server_key", "server_cert", "custom_ca"):
        text = getattr(config, field)
        if not text and field != "custom_ca":
            _refuse(path, f"{field} is missing")
        if text and "-----BEGIN " not in text:
            _refuse(path, f"{field} is not PEM text", hint=_TEXT_HINT.format(field=field))
        if text and field != "server_key":
            _check_certificates(path, field, text)
    try:
        server_ssl_context(config)
    except _PassPhraseError:
        hint = "Write the key without one: openssl pkey -in KEY.pem"
        _refuse(path, "server_key is protected by a pass phrase", hint=hint)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            _refuse(path, "server_key does not belong to the first certificate in server_cert")
        _refuse(path, f"server_key cannot be used: {error.reason or 'it is not a private key in PEM form'}")


def _check_certificates(path: Path, field: str, text: str) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(cadata=_in_ascii(text))
    except (ssl.SSLError, ValueError) as error:
        _refuse(path, f"{field} has no certificate in PEM form that can be read", cause=error)


def _in_ascii(text: str) -> str:
    """What the standard library asks for. Names of authorities in other letters stand between certificates only."""
    return text.encode("ascii", "replace").decode()


def _refuse(path: Path, what: str, *, hint: str | None = None, cause: Exception | None = None) -> NoReturn:
    raise InvalidArgumentError(f"{path}: {what}.", hint=hint) from cause


class _PassPhraseError(Exception):
    """OpenSSL asks for a pass phrase, which nobody is there to type."""


def _no_pass_phrase() -> NoReturn:
    raise _PassPhraseError


def _load_identity(context: ssl.SSLContext, config: SslConfig) -> None:
    """OpenSSL reads keys from files only: they are there for as long as that takes, for nobody else to read."""
    with tempfile.TemporaryDirectory(prefix="tfsctl-") as directory:
        key, cert = Path(directory, "key.pem"), Path(directory, "cert.pem")
        _write_private(key, config.server_key)
        _write_private(cert, config.server_cert)
        context.load_cert_chain(cert, key, password=_no_pass_phrase)


def _write_private(path: Path, text: str) -> None:
    with open(path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags | os.O_EXCL, 0o600)) as file:
        file.write(text)


def _system_authorities(path: Path) -> str:
    """TF Serving's default where `custom_ca` is empty, though hardly what anybody wants."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_default_certs(ssl.Purpose.CLIENT_AUTH)
    authorities = "".join(map(ssl.DER_cert_to_PEM_cert, context.get_ca_certs(binary_form=True)))
    if not authorities:
        hint = "Name the authority that signs your clients' certificates in custom_ca."
        _refuse(path, "client_verify is set, custom_ca is not, and this machine trusts no authority", hint=hint)
    return authorities
