"""How much may be sent over an HTTP/2 connection now, and what waits until more may be (RFC 9113, section 5.2)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from tfsctl.bench.generator.http2_frames import DATA, DEFAULT_FRAME_SIZE, DEFAULT_WINDOW, END_STREAM, frame


class SendWindow:
    """Cuts messages into DATA frames that the server takes; each ends its stream."""

    def __init__(self) -> None:
        self.max_frame_size = DEFAULT_FRAME_SIZE
        self._initial = DEFAULT_WINDOW
        self._connection = DEFAULT_WINDOW
        self._streams: dict[int, int] = {}
        self._waiting: deque[tuple[int, memoryview]] = deque()

    def send(self, stream: int, message: bytes) -> bytes:
        """What can be sent of a message on a new stream; the rest waits."""
        size = len(message)
        if not self._waiting and size <= min(self._connection, self._initial, self.max_frame_size):
            self._connection -= size
            return frame(DATA, END_STREAM, stream, message)
        self._streams[stream] = self._initial
        self._waiting.append((stream, memoryview(message)))
        return self.released()

    def released(self) -> bytes:
        """What can be sent now of what waits."""
        return b"".join(self._release())

    def forget(self, stream: int) -> None:
        """Nothing more goes out on a stream."""
        if self._streams.pop(stream, None) is not None:
            self._waiting = deque(entry for entry in self._waiting if entry[0] != stream)

    def grow(self, stream: int, size: int) -> None:
        """The server takes more, on a stream or (0) on the connection."""
        if stream == 0:
            self._connection += size
        elif stream in self._streams:
            self._streams[stream] += size

    def set_initial(self, size: int) -> None:
        """The server's setting, which moves the windows of streams there are."""
        for stream in self._streams:
            self._streams[stream] += size - self._initial
        self._initial = size

    def _release(self) -> Iterator[bytes]:
        for _ in range(len(self._waiting)):
            stream, rest = self._waiting.popleft()
            while rest:
                size = min(len(rest), self._connection, self._streams[stream], self.max_frame_size)
                if size <= 0:
                    self._waiting.append((stream, rest))
                    break
                part, rest = rest[:size], rest[size:]
                self._connection -= size
                self._streams[stream] -= size
                yield frame(DATA, 0 if rest else END_STREAM, stream, bytes(part))
            else:
                self._streams.pop(stream, None)
