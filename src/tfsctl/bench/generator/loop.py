"""One generator: a loop over non-blocking sockets that sends what is due and takes what comes back."""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tfsctl.bench.generator.effort import Effort
from tfsctl.bench.generator.judging import AnswerJudge
from tfsctl.bench.generator.messages import Tick
from tfsctl.bench.generator.record import Record, SecondRecord
from tfsctl.bench.generator.sender import Call, Sender
from tfsctl.bench.truth_counts import TruthCounts
from tfsctl.errors import DeadlineExceededError, TfsctlError

if TYPE_CHECKING:
    from tfsctl.bench.generator.share import Share
    from tfsctl.bench.generator.waiting import Waiter
    from tfsctl.bench.workload import Workload

TICK_SECONDS = 0.1
OnTick = Callable[["LoadLoop"], bool]
_now = time.perf_counter


class LoadLoop:
    """Carries out a share of the load in the calling thread, once.

    A latency ends when the operating system has said that the reply is there, and replies that are there together are
    all noted before anything else is done: so the times are those of the server, and not of this side's work.

    In an open loop what is due is sent before answers are looked at. In a closed loop it is the other way round: the
    system likes to run a local server on the processor where its client ran, and what the client does after it has sent
    would keep the server waiting.
    """

    def __init__(
        self, share: Share, workload: Workload, senders: Sequence[Sender], *, waiter: Waiter, ended: list[Call]
    ) -> None:
        """`senders` are open, use the selector of `waiter`, and put calls that are over into `ended`."""
        self.record = Record(TruthCounts.of(workload))
        self.num_done = 0
        self.num_failed = 0
        self._share = share
        self._is_closed = share.rate is None
        self._workload = workload
        self._waiter = waiter
        self._ended = ended
        self._judge = AnswerJudge(workload, self.record)
        self._free = deque(sender for sender in senders for _ in range(sender.capacity))
        self._over: deque[Call] = deque()
        self._deadlines: deque[Call] = deque()
        self._numbers = share.numbers()
        self._next = next(self._numbers, None)
        self._num_in_flight = 0
        self._start = self._free_since = 0.0
        self._num_wakes = 0
        self._is_stopped = False

    @property
    def elapsed_seconds(self) -> float:
        """Since the start."""
        return _now() - self._start

    def run(self, start: float, *, on_tick: OnTick = lambda _: True) -> Record:
        """Send until the share is done and all is answered; what came of it.

        Args:
            start: When to begin, in terms of `time.perf_counter`, which all processes of a machine share.
            on_tick: Called ten times a second; false ends the load at once. So does KeyboardInterrupt, which is passed
                on: `finish` then tells what there is. Calls in flight are not counted then.
        """
        self._start = self._free_since = start
        time.sleep(max(0.0, start - _now()))
        with _no_collecting():
            effort = Effort()
            try:
                self._run(on_tick)
            finally:
                effort.write(self.record, num_wakes=self._num_wakes)
        return self.finish()

    def tick(self, second: tuple[int, SecondRecord] | None = None) -> Tick:
        """How far it is; `second` is passed on."""
        num_wrong = self.record.truth.num_wrong
        return Tick(self.num_done, self.num_failed, num_wrong, self.elapsed_seconds, second, self._judge.num_waiting)

    def second(self, number: int) -> SecondRecord:
        """What came back within a second that is just over, as far as it is known."""
        return self._judge.second(number)

    def finish(self) -> Record:
        """Judge what has come, and tell it."""
        while self._over:
            self._settle(self._over.popleft())
        self._judge.finish()
        return self.record

    def _run(self, on_tick: OnTick) -> None:
        tick = _now()
        while not self._is_stopped:
            if self._is_closed:
                self._look_at_answers()
            self._send_due()
            if self._next is None and not self._num_in_flight:
                break
            if not self._is_closed:
                self._look_at_answers()
            now = _now()
            if now >= tick:
                self._is_stopped = not on_tick(self)
                tick = now + TICK_SECONDS
            self._take(min(tick, self._next_event()) - now)
        for call in self._deadlines:
            if not call.ended:
                call.sender.abandon(call)

    def _send_due(self) -> None:
        """Send what is due while connections are free; a call that fails at once does not make room for another."""
        for _ in range(len(self._free)):
            self._give_up_overdue()
            if self._next is None or not self._is_due(self._next[1]):
                return
            sender = self._usable_sender()
            if sender is None:
                return
            (number, offset), self._next = self._next, next(self._numbers, None)
            self._send(sender, number, offset)

    def _give_up_overdue(self) -> None:
        """Count as failed what was due so long ago that whoever asked has gone, or the load would never end."""
        timeout = self._share.timeout_seconds
        while self._next is not None and self._next[1] is not None:
            elapsed = _now() - self._start
            if elapsed - self._next[1] <= timeout:
                return
            self._next = next(self._numbers, None)
            self.num_done += 1
            self.num_failed += 1
            self.record.failed(elapsed, _too_late(timeout))

    def _is_due(self, offset: float | None) -> bool:
        elapsed, duration, cutoff = _now() - self._start, self._share.duration_seconds, self._share.cutoff_seconds
        if cutoff is not None and elapsed >= cutoff:
            self._next = None
            return False
        if offset is not None:
            return offset <= elapsed
        if duration is not None and elapsed >= duration:
            self._next = None
            return False
        return True

    def _send(self, sender: Sender, number: int, offset: float | None) -> None:
        request = self._workload.request(number)
        now = _now()
        due = now if offset is None else self._start + offset
        call = Call(number, sender, due=due, ready=max(due, self._free_since), sent=now)
        self._num_in_flight += 1
        self._deadlines.append(call)
        sender.begin(call, request)
        if self._ended:
            self._collect(_now())

    def _usable_sender(self) -> Sender | None:
        """A sender that is free, the longest first; one that waits for its connection to be renewed is passed over."""
        for _ in range(len(self._free)):
            sender = self._free.popleft()
            if sender.can_begin:
                return sender
            self._free.append(sender)
        return None

    def _next_event(self) -> float:
        """When something is to be done even if nothing comes."""
        deadlines = self._deadlines
        while deadlines and deadlines[0].ended:
            deadlines.popleft()
        first = deadlines[0].sent + self._share.timeout_seconds if deadlines else float("inf")
        if self._next is None or self._next[1] is None or not self._free:
            return first
        return min(first, self._start + self._next[1])

    def _take(self, seconds: float) -> None:
        """Wait for replies, and note when they came."""
        ready = self._waiter.wait(seconds, precisely=not self._is_closed)
        self._num_wakes += bool(ready)
        now = _now()
        for sender, mask in ready:
            sender.on_event(mask)  # type: ignore[attr-defined]  # The waiter knows of nobody else.
        self._collect(now)
        self._end_overdue(now)

    def _collect(self, now: float) -> None:
        for call in self._ended:
            if call.ended:
                continue
            call.ended = now
            if not self._free:
                self._free_since = now
            self._free.append(call.sender)
            self._over.append(call)
            self._num_in_flight -= 1
            self.num_done += 1
            self.num_failed += call.error is not None
        self._ended.clear()

    def _end_overdue(self, now: float) -> None:
        deadlines, timeout = self._deadlines, self._share.timeout_seconds
        while deadlines and (deadlines[0].ended or deadlines[0].sent + timeout <= now):
            call = deadlines.popleft()
            if not call.ended:
                call.sender.abandon(call)
                call.error = DeadlineExceededError(f"No answer within {timeout:g} s.")
                self._ended.append(call)
        if self._ended:
            self._collect(now)

    def _look_at_answers(self) -> None:
        while self._over:
            self._settle(self._over.popleft())
        self._judge.work(_now())

    def _settle(self, call: Call) -> None:
        record, at = self.record, call.ended - self._start
        if not self._is_closed:
            record.late.record(call.sent - call.due)
            record.idly_late.record(call.sent - call.ready)
        try:
            if call.error is not None:
                raise call.error
            reply = call.sender.answer(call)
        except TfsctlError as error:
            record.failed(at, error)
        else:
            self._judge.add(call.number, reply, at=at, seconds=call.ended - call.due)
        call.reply = None  # The call itself stays until its deadline.


def _too_late(timeout: float) -> DeadlineExceededError:
    return DeadlineExceededError(f"Not sent within {timeout:g} s of when it was due: the server is behind.")


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Nothing here makes circles, and a pause for collecting them would count as the server's."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
