"""Where a server is: what people write after `--server`, as a value."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from tfsctl.errors import UsageError

WireProtocol = Literal["rest", "grpc"]

DEFAULT_HOST = "127.0.0.1"
GRPC_PORT = 8500
REST_PORT = 8501
_HTTPS_PORT = 443
_SCHEMES: dict[str, tuple[WireProtocol, bool]] = {
    "http": ("rest", False),
    "https": ("rest", True),
    "grpc": ("grpc", False),
    "grpcs": ("grpc", True),
}
_FORMS = "Write HOST, HOST:PORT, http://HOST:PORT, https://HOST or grpc://HOST:PORT."


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A host with what is known of port and protocol; None means not said. `secure` is TLS.

    `path` goes before `/v1/models` in REST URLs, for servers behind a gateway; it is empty or starts with a slash.
    """

    host: str
    port: int | None = None
    protocol: WireProtocol | None = None
    secure: bool = False
    path: str = ""

    @property
    def is_loopback(self) -> bool:
        """Whether this is the machine itself, to which no proxy leads."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost" or self.host.endswith(".localhost")

    @property
    def target(self) -> str:
        """`HOST:PORT`, or `HOST` where the port is not known; IPv6 addresses in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The base of REST URLs, without a slash at the end."""
        return f"{'https' if self.secure else 'http'}://{self.target}{self.path}"

    def with_protocol(self, protocol: WireProtocol) -> ServerAddress:
        """The same server spoken to by `protocol`, at that protocol's default port where none was given."""
        port = self.port if self.port is not None else _default_port(protocol, secure=self.secure)
        return ServerAddress(self.host, port, protocol, self.secure, self.path)

    def __str__(self) -> str:
        return self.target


def parse_server(text: str | None) -> ServerAddress:
    """The address that `text` means; None or empty text is this machine.

    A URL without a port means the protocol's default port (8500, 8501), but 443 for https, which TensorFlow Serving
    does not speak itself, so that something on the usual port stands before it.

    Raises:
        UsageError: it is none of the forms.
    """
    text = (text or "").strip()
    if not text:
        return ServerAddress(DEFAULT_HOST)
    scheme, separator, rest = text.partition("://")
    if not separator:
        host, port, path = _split(text, text)
        if path:
            raise UsageError(f"{text!r} is not a server's address.", hint=_FORMS)
        return ServerAddress(host, port)
    if scheme.lower() not in _SCHEMES:
        raise UsageError(f"{text!r}: unknown scheme {scheme!r}.", hint=_FORMS)
    protocol, secure = _SCHEMES[scheme.lower()]
    host, port, path = _split(rest, text)
    if re.match(r"/v1(/|$)", path) or (path and protocol == "grpc"):
        raise UsageError(f"{text!r} has a path; give only the server's address.", hint=_FORMS)
    return ServerAddress(host, port, protocol, secure, path).with_protocol(protocol)


def _split(rest: str, text: str) -> tuple[str, int | None, str]:
    """Host, port and path of what follows the scheme in `text`."""
    if rest.count(":") > 1 and not rest.startswith("["):
        rest = f"[{rest}]"  # a bare IPv6 address
    try:
        parts = urlsplit(f"//{rest}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(f"{text!r}: {error}.", hint=_FORMS) from error
    if parts.username is not None or parts.query or parts.fragment or re.search(r"\s", rest):
        raise UsageError(f"{text!r} is not a server's address.", hint=_FORMS)
    if port == 0:
        raise UsageError(f"{text!r}: port 0 is no port to connect to.", hint=_FORMS)
    return host or DEFAULT_HOST, port, parts.path.rstrip("/")


def _default_port(protocol: WireProtocol, *, secure: bool) -> int:
    if protocol == "grpc":
        return GRPC_PORT
    return _HTTPS_PORT if secure else REST_PORT
