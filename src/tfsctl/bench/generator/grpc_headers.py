"""Headers of gRPC calls, packed and unpacked (RFC 7541), with what repeats itself done once."""

from __future__ import annotations

from hpack import Decoder, Encoder, HPACKError

Headers = tuple[tuple[bytes, bytes], ...]
_MAX_KNOWN = 256


class RequestHeaders:
    """The headers of calls that are all alike, as one connection sends them.

    The first call teaches the server the headers, and those after it name them by number.
    """

    def __init__(self, headers: Headers) -> None:
        self._headers = headers
        self._encoder = Encoder()
        self._last = b""
        self._is_settled = False

    def block(self) -> bytes:
        """The header block of the next call."""
        if not self._is_settled:
            block: bytes = self._encoder.encode(self._headers)
            self._is_settled, self._last = block == self._last, block
        return self._last

    def set_table_size(self, size: int) -> None:
        """How much the server remembers."""
        self._encoder.header_table_size = min(size, 4096)
        self._last, self._is_settled = b"", False


class ReplyHeaders:
    """Reads the server's header blocks. Raises HPACKError."""

    def __init__(self) -> None:
        self._decoder = Decoder()
        self._known: dict[bytes, dict[bytes, bytes]] = {}

    def read(self, block: bytes) -> dict[bytes, bytes]:
        """The headers in a block by name.

        While neither side remembers anything, equal blocks are equal headers: so it is with a server that was told to
        remember nothing, from its first block on.
        """
        entries = self._decoder.header_table.dynamic_entries
        if not entries and block in self._known:
            return self._known[block]
        before = len(entries)
        headers = dict(self._decoder.decode(block, raw=True))
        if not before and not self._decoder.header_table.dynamic_entries:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            self._known[block] = headers
        return headers


__all__ = ["HPACKError", "Headers", "ReplyHeaders", "RequestHeaders"]
