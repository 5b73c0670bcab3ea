"""One REST connection: HTTP/1.1, one request at a time."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfsctl.bench.generator.sender import Call, Sender
from tfsctl.client.http_reply import HttpReply, HttpReplyReader, NoHttpError
from tfsctl.client.rest_errors import error_from_reply, not_tensorflow_serving
from tfsctl.errors import TfsctlError

if TYPE_CHECKING:
    import ssl

    from tfsctl.bench.generator.dial import Dial
    from tfsctl.bench.generator.waiting import Waiter

_OK = 200


@dataclass(frozen=True, slots=True)
class RestTarget:
    """What REST requests are sent to: the path and query of the URL, and whether they are compressed. Picklable."""

    path: str
    gzip: bool = False

    def head(self, dial: Dial) -> bytes:
        """What goes before a request, up to its size."""
        address, proxy = dial.address, dial.proxy
        host = address.target if address.socket is None else address.host
        passes_on = proxy is not None and not proxy.tunnels
        lines = [
            f"POST {f'http://{host}' if passes_on else ''}{self.path} HTTP/1.1",
            f"Host: {host}",
            "Accept: application/json",
            "Content-Type: application/json",
            *(["Content-Encoding: gzip", "Accept-Encoding: gzip"] if self.gzip else []),
        ]
        header = proxy.header if proxy is not None and passes_on else ""
        return ("\r\n".join(lines) + f"\r\n{header}Content-Length: ").encode("latin-1")


class RestSender(Sender):
    """See `Sender`."""

    def __init__(
        self,
        dial: Dial,
        context: ssl.SSLContext | None,
        waiter: Waiter,
        *,
        ended: list[Call],
        target: RestTarget,
    ) -> None:
        super().__init__(dial, context, waiter, ended=ended)
        self._head = target.head(dial)
        self._reader = HttpReplyReader()
        self._call: Call | None = None

    def abandon(self, call: Call) -> None:
        """See `Sender.abandon`: what is still to come would be taken for the next reply."""
        if self._call is call:
            self._call = None
            self._transport.close()

    def answer(self, call: Call) -> bytes:
        """See `Sender.answer`."""
        reply = call.reply
        assert isinstance(reply, HttpReply)
        body = self._unpacked(reply) if reply.encoding else reply.body
        if reply.status != _OK:
            raise error_from_reply(self._dial.address, reply.status, body)
        return body

    def _begin(self, call: Call, request: bytes) -> None:
        self._call = call
        self._transport.write(b"%b%d\r\n\r\n%b" % (self._head, len(request), request))

    def _on_open(self) -> None:
        self._reader = HttpReplyReader()

    def _receive(self, received: bytes) -> None:
        if self._call is None:
            self._transport.close()  # Nothing is owed to us between calls: so servers say goodbye.
            return
        try:
            reply = self._reader.feed(received)
        except NoHttpError as error:
            raise not_tensorflow_serving(self._dial.address, "no HTTP") from error
        if reply is not None:
            self._take(reply)

    def _on_end(self) -> None:
        reply = self._reader.end()
        if reply is None or self._call is None:
            self._fail(self._lost())
        else:
            self._take(reply)

    def _take(self, reply: HttpReply) -> None:
        call, self._call = self._call, None
        assert call is not None
        call.reply = reply
        self._ended.append(call)
        if not reply.keeps_alive:
            self._transport.close()

    def _fail(self, error: TfsctlError) -> None:
        self._transport.close()
        call, self._call = self._call, None
        if call is not None and call.error is None:
            call.error = error
            self._ended.append(call)

    def _unpacked(self, reply: HttpReply) -> bytes:
        try:
            return gzip.decompress(reply.body)
        except (OSError, EOFError, zlib.error) as error:
            raise not_tensorflow_serving(self._dial.address, f"no gzip ({error})") from error
