"""What went wrong with TLS, for people: whom the server or the client does not trust, and what to give."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from tfsctl.client.sockets import open_tls
from tfsctl.errors import UnavailableError

if TYPE_CHECKING:
    from tfsctl.client.address import ServerAddress

_PATIENCE_SECONDS = 2.0
_UNKNOWN_AUTHORITY = "Give the certificate of its authority: --ssl-ca FILE."
_OTHER_NAME = "Ask the server by a name that stands in its certificate."
_NO_CERTIFICATE = "Give yours: --ssl-cert FILE --ssl-key FILE."
_PERHAPS_CERTIFICATE = "It may want to see a certificate of the client: --ssl-cert FILE --ssl-key FILE."
_PERHAPS_OTHER_CERTIFICATE = "It may not accept this client's certificate: its log says more."
_OTHER_CERTIFICATE = "Give one that the server's authority has signed: --ssl-cert FILE --ssl-key FILE."
_NO_TLS = "Without TLS: write http://{0} or grpc://{0}, and leave out --ssl-ca, --ssl-cert and --ssl-key."
# How OpenSSL names what the other side complains of.
_WANTS_CERTIFICATE = ("CERTIFICATE_REQUIRED", "HANDSHAKE_FAILURE")
_DISLIKES_CERTIFICATE = ("ALERT_UNKNOWN_CA", "ALERT_BAD_CERTIFICATE", "CERTIFICATE_UNKNOWN", "ALERT_DECRYPT_ERROR")
_NOT_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG")


def tls_failure(address: ServerAddress, error: BaseException) -> UnavailableError:
    """The error for a connection on which TLS failed."""
    reason, hint = _explanation(address, error)
    return UnavailableError(f"No TLS connection to {address}: {reason}.", hint=hint)


def find_tls_failure(address: ServerAddress) -> UnavailableError | None:
    """What is wrong with TLS at an address, None if nothing: connects once more to see it.

    The client's certificate is judged after the handshake, so that the server must be heard afterwards; nothing is sent
    meanwhile, for what a server leaves unread makes its complaint get lost. A gRPC server says nothing and hangs up.
    """
    context = address.tls.context()
    context.set_alpn_protocols(["h2" if address.protocol == "grpc" else "http/1.1"])
    try:
        with open_tls(address, context, timeout_seconds=_PATIENCE_SECONDS) as connection:
            connection.settimeout(_PATIENCE_SECONDS)
            try:
                has_hung_up = not connection.recv(1)
            except (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError):
                has_hung_up = True
    except ssl.SSLError as error:
        return tls_failure(address, error)
    except OSError:
        return None
    return tls_failure(address, ssl.SSLEOFError()) if has_hung_up and address.protocol == "grpc" else None


def _explanation(address: ServerAddress, error: BaseException) -> tuple[str, str | None]:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _distrust(error)
    if isinstance(error, ssl.SSLEOFError):
        hint = _PERHAPS_OTHER_CERTIFICATE if address.tls.cert_file else _PERHAPS_CERTIFICATE
        return "the server ended it at the handshake", hint
    reason = str(getattr(error, "reason", None) or error)
    if any(text in reason for text in _NOT_TLS):
        return "what answers there does not speak TLS", _NO_TLS.format(address)
    if any(text in reason for text in _DISLIKES_CERTIFICATE):
        return "the server does not accept this client's certificate", _OTHER_CERTIFICATE
    if any(text in reason for text in _WANTS_CERTIFICATE):
        if address.tls.cert_file is None:
            return "the server wants to see a certificate of the client", _NO_CERTIFICATE
        return "the server does not accept this client's certificate", _OTHER_CERTIFICATE
    return reason.replace("_", " ").lower() if reason.isupper() else reason, None


def _distrust(error: ssl.SSLCertVerificationError) -> tuple[str, str | None]:
    message = error.verify_message.rstrip(".")
    if "ismatch" in message:  # `Hostname mismatch, certificate is not valid for 'x'`, or `IP address mismatch, …`.
        return message, _OTHER_NAME
    if "expired" in message or "not yet valid" in message:
        return f"its {message}", None
    return f"its certificate is not of a known authority ({message})", _UNKNOWN_AUTHORITY
