"""Where a server is: what people write after `--server`, as a value."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import quote, unquote, urlsplit

from tfsctl.client.tls_files import NO_FILES, TlsFiles
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
_UNIX = "unix:"
_UNIX_URL = "http+unix://"
_SOCKET_HOST = "localhost"
_FORMS = "Write HOST, HOST:PORT, http[s]://HOST:PORT, grpc[s]://HOST:PORT or unix:PATH."


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A host with what is known of port and protocol; None means not said.

    Attributes:
        host: A name or address; `localhost` where there is a socket.
        port: The TCP port.
        protocol: What is spoken there.
        secure: Whether that is TLS.
        path: Goes before `/v1/models` in REST URLs, for servers behind a gateway; empty, or starts with a slash.
        socket: The path of a UNIX socket, which takes the place of host and port.
        tls: What this side brings along for TLS.
    """

    host: str
    port: int | None = None
    protocol: WireProtocol | None = None
    secure: bool = False
    path: str = ""
    socket: str | None = None
    tls: TlsFiles = NO_FILES

    @property
    def is_loopback(self) -> bool:
        """Whether this is the machine itself, to which no proxy leads."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost" or self.host.endswith(".localhost")

    @property
    def target(self) -> str:
        """`HOST:PORT`, `HOST` where the port is not known, or `unix:PATH`; IPv6 addresses in brackets."""
        if self.socket is not None:
            return _UNIX + self.socket
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The base of REST URLs for people, without a slash at the end."""
        if self.socket is not None:
            return f"{_UNIX_URL}{quote(self.socket, safe='')}"
        return self.http_url

    @property
    def http_url(self) -> str:
        """The base of REST URLs as they are sent, without a slash at the end; a socket does not show in it."""
        target = self.target if self.socket is None else self.host
        return f"{'https' if self.secure else 'http'}://{target}{self.path}"

    def with_protocol(self, protocol: WireProtocol) -> ServerAddress:
        """The same server spoken to by `protocol`, at that protocol's default port where none was given."""
        port = self.port
        if port is None and self.socket is None:
            port = _default_port(protocol, secure=self.secure)
        return replace(self, protocol=protocol, port=port)

    def with_tls(self, files: TlsFiles) -> ServerAddress:
        """The same server spoken to over TLS with `files`; as it is where there are none.

        Raises UsageError where the address says that it speaks no TLS.
        """
        if not files:
            return self
        if self.protocol is not None and not self.secure and self.socket is None:
            scheme = {"rest": "https", "grpc": "grpcs"}[self.protocol]
            raise UsageError(
                f"Files for TLS were given, but {self.target} is to be asked without it.",
                hint=f"Write {scheme}://{self.target}.",
            )
        return replace(self, secure=True, tls=files)

    def __str__(self) -> str:
        return self.target


def parse_server(text: str | None) -> ServerAddress:
    """The address that `text` means; None or empty text is this machine.

    A URL without a port means the protocol's default port (8500, 8501), but 443 for https, which TensorFlow Serving
    does not speak itself, so that something on the usual port stands before it.

    A socket is `unix:PATH`, or `http+unix://` with the path percent-encoded, which is REST for sure.

    Raises:
        UsageError: it is none of the forms.
    """
    text = (text or "").strip()
    if not text:
        return ServerAddress(DEFAULT_HOST)
    if text.startswith((_UNIX, _UNIX_URL)):
        return _socket_address(text)
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


def _socket_address(text: str) -> ServerAddress:
    protocol: WireProtocol | None
    if text.startswith(_UNIX_URL):
        path, protocol = unquote(text[len(_UNIX_URL) :]), "rest"
    else:
        # grpcio's `unix:///absolute` is the same as `unix:/absolute`.
        path, protocol = re.sub(r"^///", "/", text[len(_UNIX) :]), None
    if not path:
        raise UsageError(f"{text!r} names no socket.", hint=_FORMS)
    return ServerAddress(_SOCKET_HOST, protocol=protocol, socket=path)


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
