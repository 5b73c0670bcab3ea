"""Judge answers when there is time for it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from tfsctl.bench.generator.record import SecondRecord
from tfsctl.errors import TfsctlError

if TYPE_CHECKING:
    from tfsctl.bench.generator.record import Record
    from tfsctl.bench.truth import Verdict
    from tfsctl.bench.workload import Workload

_MAX_WAITING_BYTES = 64 << 20
_MAX_WAITING = 200_000
_MAX_KNOWN_BYTES = 32 << 20
# What an entry costs beside the reply.
_ENTRY_BYTES = 300
# While requests are sent, so often one is judged: decoding delays what comes back meanwhile, though by little.
_SECONDS_BETWEEN = 0.01
_SECONDS_KEPT = 3


class AnswerJudge:
    """Counts verdicts into a record. What is the same answer to the same request is judged once.

    Answers wait until the load is over, but for one now and then and those that memory has no room for.
    """

    def __init__(self, workload: Workload, record: Record) -> None:
        self._workload = workload
        self._record = record
        self._waiting: deque[tuple[int, bytes, float, float]] = deque()
        self._num_waiting_bytes = 0
        # What came within the newest seconds, so that it can be told before it is judged.
        self._arrived: dict[int, SecondRecord] = {}
        self._known: dict[tuple[int, bytes], Verdict | TfsctlError] = {}
        self._num_known_bytes = 0
        self._next_at = 0.0

    def add(self, number: int, reply: bytes, *, at: float, seconds: float) -> None:
        """An answer came at `at`, `seconds` after it was due."""
        if not self._workload.checks_answers:
            self._record.answered(at, seconds)
            return
        self._arrived_within(int(at)).latencies.record(seconds)
        verdict = self._known.get((number % self._workload.num_requests, reply))
        if verdict is not None:
            self._count(number, verdict, at, seconds)
            return
        self._waiting.append((number, reply, at, seconds))
        self._num_waiting_bytes += len(reply)
        if self._num_waiting_bytes > _MAX_WAITING_BYTES or len(self._waiting) > _MAX_WAITING:
            self._judge_next()

    @property
    def num_waiting(self) -> int:
        """Answers that are not judged yet."""
        return len(self._waiting)

    def second(self, number: int) -> SecondRecord:
        """What came back within a second that is just over, judged or not."""
        judged = self._record.second(number)
        if not self._workload.checks_answers:
            return judged
        arrived = self._arrived_within(number)
        arrived.num_failed, arrived.num_wrong = judged.num_failed, judged.num_wrong
        return arrived

    def _arrived_within(self, number: int) -> SecondRecord:
        found = self._arrived.get(number)
        if found is None:
            self._arrived = {kept: record for kept, record in self._arrived.items() if kept >= number - _SECONDS_KEPT}
            found = self._arrived[number] = SecondRecord()
        return found

    def work(self, now: float) -> None:
        """Judge an answer, if it is time for one."""
        if self._waiting and now >= self._next_at:
            self._judge_next()
            self._next_at = now + _SECONDS_BETWEEN

    def finish(self) -> None:
        """Judge all."""
        while self._waiting:
            self._judge_next()

    def _judge_next(self) -> None:
        number, reply, at, seconds = self._waiting.popleft()
        self._num_waiting_bytes -= len(reply)
        key = number % self._workload.num_requests, reply
        verdict = self._known.get(key)
        if verdict is None:
            try:
                verdict = self._workload.judge(number, reply)
            except TfsctlError as error:
                verdict = error
            size = len(reply) + _ENTRY_BYTES
            if self._num_known_bytes + size <= _MAX_KNOWN_BYTES:
                self._known[key] = verdict
                self._num_known_bytes += size
        self._count(number, verdict, at, seconds)

    def _count(self, number: int, verdict: Verdict | TfsctlError, at: float, seconds: float) -> None:
        record = self._record
        if isinstance(verdict, TfsctlError):
            record.failed(at, verdict)
            return
        record.answered(at, seconds)
        record.truth.add(number, verdict)
        if not verdict.is_right:
            record.second(at).num_wrong += 1
