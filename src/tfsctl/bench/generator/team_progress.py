"""How far several generators are, together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfsctl.bench.generator.messages import Tick

if TYPE_CHECKING:
    from tfsctl.bench.generator.record import Record, SecondRecord
    from tfsctl.bench.level_result import Interval


class TeamProgress:
    """Sums of what the generators last said.

    Attributes:
        last_interval: The newest second that all of them have told; None before there is one.
        elapsed_seconds: Since the start.
    """

    def __init__(self, num_generators: int) -> None:
        self.elapsed_seconds = 0.0
        self.last_interval: Interval | None = None
        self._ticks = [Tick(0, 0, 0, 0.0, None)] * num_generators
        self._seconds: dict[int, list[SecondRecord]] = {}

    @property
    def num_done(self) -> int:
        """Calls that are over."""
        return sum(tick.num_done for tick in self._ticks)

    @property
    def num_failed(self) -> int:
        """Of these, without an answer."""
        return sum(tick.num_failed for tick in self._ticks)

    @property
    def num_wrong(self) -> int:
        """Of these, judged wrong so far."""
        return sum(tick.num_wrong for tick in self._ticks)

    @property
    def num_unjudged(self) -> int:
        """Answers that wait to be judged."""
        return sum(tick.num_unjudged for tick in self._ticks)

    def take(self, number: int, tick: Tick) -> None:
        """What generator `number` says."""
        self._ticks[number] = tick
        self.elapsed_seconds = max(self.elapsed_seconds, tick.elapsed_seconds)
        if tick.second is not None:
            second, record = tick.second
            told = self._seconds.setdefault(second, [])
            told.append(record)
            if len(told) == len(self._ticks):
                self.last_interval = _interval(second, self._seconds.pop(second))

    def finish(self, number: int, record: Record) -> None:
        """What came of all that generator `number` sent."""
        num_failed = record.failures.total()
        num_answers = sum(second.latencies.count for second in record.seconds.values())
        self._ticks[number] = Tick(
            num_answers + num_failed, num_failed, record.truth.num_wrong, record.ended_seconds, None
        )


def _interval(number: int, records: list[SecondRecord]) -> Interval:
    total = records[0]
    for record in records[1:]:
        total.merge(record)
    return total.interval(number)
