"""One connection that sends requests, and a request on its way: what REST and gRPC have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from tfsctl.bench.generator.transport import Transport
from tfsctl.errors import TfsctlError, UnavailableError

if TYPE_CHECKING:
    import ssl

    from tfsctl.bench.generator.dial import Dial
    from tfsctl.bench.generator.waiting import Waiter

_OPEN_SECONDS = 5.0


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


class Sender(ABC):
    """Sends calls over a connection, and connects again when that has failed. Calls that are over go to `ended`.

    `capacity` calls may be in flight at once.
    """

    def __init__(
        self,
        dial: Dial,
        context: ssl.SSLContext | None,
        waiter: Waiter,
        *,
        ended: list[Call],
        capacity: int = 1,
    ) -> None:
        self.capacity = capacity
        self._dial = dial
        self._ended = ended
        self._transport = Transport(dial, context, waiter, owner=self)

    @property
    def can_begin(self) -> bool:
        """Whether it takes a call now."""
        return True

    def open(self) -> None:
        """Connect, and wait for it; raises UnavailableError."""
        self._transport.open_now(timeout_seconds=_OPEN_SECONDS)
        self._on_open()

    def close(self) -> None:
        """Hang up; calls in flight are forgotten."""
        self._transport.close()

    def begin(self, call: Call, request: bytes) -> None:
        """Send a request; connects first where there is no connection."""
        try:
            if not self._transport.is_open:
                self._transport.open_later()
                self._on_open()
            self._begin(call, request)
        except OSError as error:
            call.error = self._dial.failure(error)
            self._ended.append(call)
            self._fail(self._lost())

    def on_event(self, mask: int) -> None:
        """Go on with what the connection is ready for."""
        try:
            received = self._transport.on_event(mask)
            if received:
                self._receive(received)
            elif received is not None:
                self._on_end()
        except OSError as error:
            self._fail(self._lost(error))
        except TfsctlError as error:
            self._fail(error)

    @abstractmethod
    def abandon(self, call: Call) -> None:
        """Wait no longer for a call's reply."""

    @abstractmethod
    def answer(self, call: Call) -> bytes:
        """What a call brought, as `Workload.judge` takes it; raises TfsctlError for anything but an answer."""

    @abstractmethod
    def _begin(self, call: Call, request: bytes) -> None: ...

    @abstractmethod
    def _receive(self, received: bytes) -> None:
        """Take what has come; raises TfsctlError where it cannot be read, which ends the connection."""

    @abstractmethod
    def _fail(self, error: TfsctlError) -> None:
        """Hang up; the calls in flight have failed with `error`."""

    @abstractmethod
    def _on_open(self) -> None:
        """The connection begins anew."""

    def _on_end(self) -> None:
        """The server has hung up."""
        self._fail(self._lost())

    def _lost(self, error: OSError | None = None) -> TfsctlError:
        if error is not None and error.strerror:
            return self._dial.failure(error)
        return UnavailableError(
            f"The server at {self._dial.address} closed the connection before an answer was complete.",
            hint="It may be stopping or have crashed: look at its log.",
        )
