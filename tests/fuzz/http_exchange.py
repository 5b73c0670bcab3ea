"""HTTP as strictly as a client may be: what the server sends has to be well-formed to the byte."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import re
import socket
from dataclasses import dataclass
from typing import IO

# No input may take longer; what hangs, hangs for longer than that.
DEADLINE_SECONDS = 20.0

_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9]) ([A-Z][ -~]*)\r\n")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([!-~](?:[ -~]*[!-~])?)?\r\n")
_PROBE_BODY = b'{"instances": [1.0, 2.0, 5.0]}'
_PROBE = (
    b"POST /v1/models/half_plus_two:predict HTTP/1.1\r\nHost: probe\r\nContent-Length: %d\r\n\r\n" % len(_PROBE_BODY)
) + _PROBE_BODY
# A server's own fault; the one exception is what it says it cannot do (tensorflow-serving.md §1.2).
_FAULT, _UNIMPLEMENTED = 500, 501


@dataclass(frozen=True)
class HttpAnswer:
    """A well-formed answer."""

    status: int
    fields: dict[bytes, bytes]
    body: bytes

    @property
    def is_last(self) -> bool:
        """Whether the connection ends with it."""
        return self.fields.get(b"connection", b"").lower() == b"close"

    def check(self) -> None:
        """Not the server's fault, and in the form that its content type promises."""
        assert self.status < _FAULT or self.status == _UNIMPLEMENTED, self
        if self.fields.get(b"content-type") == b"application/json" and self.body:
            self.json()

    def json(self) -> object:
        """The body's value. Strings in it may be any bytes; the server compresses it where it was asked to."""
        is_packed = self.fields.get(b"content-encoding") == b"gzip"
        body = gzip.decompress(self.body) if is_packed else self.body
        return json.loads(body.decode("utf-8", "surrogateescape"), strict=False)


def read_answer(file: IO[bytes], *, may_lack_body: bool = False) -> HttpAnswer:
    """The next answer; `may_lack_body` where it may be one to HEAD, which has the fields of a body, but none."""
    line = file.readline()
    match = _STATUS_LINE.fullmatch(line)
    assert match, f"no status line: {line!r}"
    status = int(match[1])
    fields = _read_fields(file)
    if status < 200:
        return HttpAnswer(status, fields, b"")
    assert b"date" in fields
    length = fields.get(b"content-length")
    if length is None:
        assert fields.get(b"connection") == b"close", fields
        return HttpAnswer(status, fields, file.read())
    assert length.isdigit(), fields
    if may_lack_body and isinstance(file, io.BytesIO) and _is_at_answer_or_end(file):
        return HttpAnswer(status, fields, b"")
    body = file.read(int(length))
    assert len(body) == int(length), f"{len(body)} bytes of {length!r}"
    return HttpAnswer(status, fields, body)


def read_answers(data: bytes) -> list[HttpAnswer]:
    """All answers that a server has sent, whatever they answer; there must be nothing else in between."""
    file = io.BytesIO(data)
    answers = []
    while file.tell() < len(data):
        answers.append(read_answer(file, may_lack_body=True))
    return answers


def _read_fields(file: IO[bytes]) -> dict[bytes, bytes]:
    fields: dict[bytes, bytes] = {}
    while (line := file.readline()) != b"\r\n":
        match = _FIELD.fullmatch(line)
        assert match, f"no field: {line!r}"
        assert match[1].lower() not in fields, f"twice: {line!r}"
        fields[match[1].lower()] = match[2] or b""
    return fields


def _is_at_answer_or_end(file: io.BytesIO) -> bool:
    start = file.tell()
    is_at = file.read(7) in {b"", b"HTTP/1."}
    file.seek(start)
    return is_at


def shut_down_sending(connection: socket.socket) -> None:
    """Send no more, but still listen; ConnectionError where there is no connection any more."""
    try:
        connection.shutdown(socket.SHUT_WR)
    except OSError as error:
        raise ConnectionError(str(error)) from error  # The error for that is no ConnectionError by itself.


class HttpExchange:
    """Requests to a server, over one connection as long as that lasts."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._file: IO[bytes] = io.BytesIO()

    def ask(self, request: bytes, *, has_body: bool = True) -> HttpAnswer:
        """The answer to one whole request; `has_body` is false for HEAD."""
        if self._socket is None:
            self._socket = self._connect()
            self._file = self._socket.makefile("rb")
        try:
            self._socket.sendall(request)
            answer = self._read(has_body=has_body)
            while answer.status < 200:
                answer = self._read(has_body=has_body)
        except (OSError, AssertionError):
            self.close()
            raise
        if answer.is_last:
            self.close()
        return answer

    def send_all(self, data: bytes, *, in_pieces: int = 0) -> bytes:
        """Everything that comes back for `data` over a connection of its own; it goes in pieces of that many bytes."""
        size = in_pieces or max(1, len(data))
        with self._connect() as connection:
            with contextlib.suppress(ConnectionError):  # Sent away already.
                for start in range(0, len(data), size):
                    connection.sendall(data[start : start + size])
                shut_down_sending(connection)
            received = []
            with contextlib.suppress(ConnectionResetError):
                while piece := connection.recv(65536):
                    received.append(piece)
        return b"".join(received)

    def probe(self) -> None:
        """Fail unless a good request gets the right answer."""
        answer = self.ask(_PROBE)
        assert (answer.status, answer.json()) == (200, {"predictions": [2.5, 3.0, 4.5]}), answer

    def close(self) -> None:
        if self._socket is not None:
            self._file.close()
            self._socket.close()
            self._socket = None

    def _connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self._port), timeout=DEADLINE_SECONDS)

    def _read(self, *, has_body: bool) -> HttpAnswer:
        if has_body:
            return read_answer(self._file)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self._file.readline()
            assert line, head
            head += line
        return read_answer(io.BytesIO(head), may_lack_body=True)
