"""A bare REST server on the engine that tfsctl uses: httptools and uvloop, no routes, no errors, no lifecycle.

python rest_server.py PORT MODEL_DIR FEED FETCH
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import httptools
import numpy as np
import orjson
import uvloop
from bare_session import BareModel

MODEL = BareModel(sys.argv[2], sys.argv[3], sys.argv[4])


class Protocol(asyncio.Protocol):
    """One connection; every request is taken for a predict request in row format."""

    def connection_made(self, transport: Any) -> None:
        """Remember where to answer; uvloop's transports are none of asyncio's classes."""
        self._transport = transport
        self._parser = httptools.HttpRequestParser(self)
        self._body = b""

    def data_received(self, data: bytes) -> None:
        """Let the parser call back."""
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """Collect."""
        self._body += body

    def on_message_complete(self) -> None:
        """Decode, run, encode, write."""
        x = np.asarray(orjson.loads(self._body)["instances"], np.float32)
        self._body = b""
        reply = orjson.dumps({"predictions": MODEL.run(x)}, option=orjson.OPT_SERIALIZE_NUMPY)
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(reply)
        self._transport.write(head + reply)


async def main() -> None:
    """Serve until killed."""
    server = await asyncio.get_running_loop().create_server(Protocol, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
