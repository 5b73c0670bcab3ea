"""One request on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfsctl.bench.generator.sender import Sender
    from tfsctl.errors import TfsctlError


class Call:
    """A request from when it is sent until its reply is judged. Times are of `time.perf_counter`.

    Attributes:
        number: The request's.
        due: When it was planned, in an open loop; else when it was sent.
        ready: The first moment from `due` on at which a connection was free.
        sent: When it was sent.
        ended: When its reply, or the failure, was there; 0 before.
        sender: Who sends it.
        reply: What came, as the sender understands it.
        error: Why nothing came.
    """

    __slots__ = ("due", "ended", "error", "number", "ready", "reply", "sender", "sent")

    def __init__(self, number: int, sender: Sender, *, due: float, ready: float, sent: float) -> None:
        self.number = number
        self.sender = sender
        self.due = due
        self.ready = ready
        self.sent = sent
        self.ended = 0.0
        self.reply: object = None
        self.error: TfsctlError | None = None
