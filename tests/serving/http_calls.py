"""HTTP servers with a handler of the test's own, and connections whose every byte the test decides."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tfsctl.serving.http.engine import Handle
from tfsctl.serving.http.limits import HttpLimits
from tfsctl.serving.http.reply import RestReply
from tfsctl.serving.http.server import HttpServer
from tfsctl.serving.listen_address import ListenAddress

WAIT_SECONDS = 30.0


def echo(method: str, target: str, headers: Mapping[str, str], body: bytes) -> RestReply:
    """Answers with what was asked."""
    return RestReply(200, f"{method} {target} ".encode("latin-1") + body, content_type="text/plain")


@contextmanager
def running(
    handle: Handle = echo,
    *,
    num_threads: int = 4,
    limits: HttpLimits | None = None,
    host: str = "127.0.0.1",
    address: ListenAddress | None = None,
    ssl_context: ssl.SSLContext | None = None,
) -> Iterator[HttpServer]:
    """A started server, by default on a free port."""
    address = address or ListenAddress(host=host)
    server = HttpServer(handle, address=address, num_threads=num_threads, limits=limits, ssl_context=ssl_context)
    server.start()
    try:
        yield server
    finally:
        server.close()


@dataclass(frozen=True)
class Answer:
    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    version: int


class RawConnection:
    """A socket to a server: bytes go out as they are, answers come in parsed.

    `port` may be the path of a UNIX socket. With `ssl_context` there is TLS in between.
    """

    def __init__(self, port: int | Path, host: str = "127.0.0.1", *, ssl_context: ssl.SSLContext | None = None) -> None:
        self.socket = _connect(port, host)
        if ssl_context is not None:
            self.socket = ssl_context.wrap_socket(self.socket, server_hostname="localhost")
        # One buffered file for all answers: what follows an answer must not be lost with its reader.
        self._file = self.socket.makefile("rb")

    def __enter__(self) -> RawConnection:  # noqa: PYI034 (typing.Self came with Python 3.11)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()
        self.socket.close()

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.socket.sendall(piece)

    def makefile(self, *_args: object, **_kwargs: object) -> _Unclosed:
        """What http.client asks of a socket."""
        return _Unclosed(self._file)

    def answer(self, method: str = "GET") -> Answer:
        """The next answer; `method` is what it answers, for HEAD has no body."""
        response = http.client.HTTPResponse(self, method=method)  # type: ignore[arg-type] # It only makes a file of it.
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, response.reason, headers, response.read(), response.version)

    def ask(self, *pieces: bytes, method: str = "GET") -> Answer:
        self.send(*pieces)
        return self.answer(method)

    def read_rest(self) -> bytes:
        """Everything until the server ends the connection."""
        try:
            return self._file.read()
        except (ConnectionResetError, ssl.SSLEOFError):
            return b""

    def line(self) -> bytes:
        """The next line of an answer, as it is."""
        return self._file.readline()

    def shut_down_sending(self) -> None:
        """Send no more, but still listen. TLS is not told: its sockets cannot do that."""
        socket.socket.shutdown(self.socket, socket.SHUT_WR)

    def has_ended_early(self) -> bool:
        """Whether the server has ended the connection by now."""
        try:
            return self.socket.recv(1) == b""
        except TimeoutError:
            return False

    def is_ended(self) -> bool:
        """Whether the server ends the connection, without a further byte, before the test gives up."""
        return self.read_rest() == b""


def _connect(port: int | Path, host: str) -> socket.socket:
    if isinstance(port, int):
        return socket.create_connection((host, port), timeout=WAIT_SECONDS)
    connected = socket.socket(socket.AF_UNIX)
    connected.settimeout(WAIT_SECONDS)
    connected.connect(str(port))
    return connected


class _Unclosed:
    """A file that stays open when an answer has been read."""

    def __init__(self, file: object) -> None:
        self._file = file

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)

    def close(self) -> None:
        pass

    def flush(self) -> None:
        pass


def post(target: str, body: bytes, *headers: str) -> bytes:
    """A whole request with a body of known length."""
    lines = [f"POST {target} HTTP/1.1", "Host: test", f"Content-Length: {len(body)}", *headers]
    return "".join(line + "\r\n" for line in lines).encode("latin-1") + b"\r\n" + body


def get(target: str, *headers: str, method: str = "GET", version: str = "HTTP/1.1") -> bytes:
    """A whole request without a body."""
    lines = [f"{method} {target} {version}", "Host: test", *headers]
    return "".join(line + "\r\n" for line in lines).encode("latin-1") + b"\r\n"


def chunked(target: str, *chunks: bytes) -> bytes:
    head = f"POST {target} HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    return head + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
