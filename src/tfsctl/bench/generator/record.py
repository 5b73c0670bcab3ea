"""What came of the load of one generator; exact sums when those of several are merged."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tfsctl.bench.level_result import Interval
from tfsctl.bench.statistics.histogram import LatencyHistogram

if TYPE_CHECKING:
    from tfsctl.bench.truth_counts import TruthCounts
    from tfsctl.errors import Code, TfsctlError


class SecondRecord:
    """What came back within one second. Picklable."""

    __slots__ = ("latencies", "num_failed", "num_wrong")

    def __init__(self) -> None:
        self.num_failed = 0
        self.num_wrong = 0
        self.latencies = LatencyHistogram()

    def merge(self, other: SecondRecord) -> None:
        """Add what `other` counted."""
        self.num_failed += other.num_failed
        self.num_wrong += other.num_wrong
        self.latencies.merge(other.latencies)

    def interval(self, number: int, *, seconds: float = 1.0) -> Interval:
        """The same for reports: it is the second of that number, and may be a short one."""
        return Interval(
            start_seconds=float(number),
            seconds=seconds,
            num_answers=self.latencies.count,
            num_wrong=self.num_wrong,
            num_failed=self.num_failed,
            latencies=self.latencies,
        )


class Record:
    """Counts outcomes. Picklable.

    Attributes:
        truth: The verdicts.
        seconds: By the number of the second, from the start on, in which something came back.
        failures: Failed calls by code.
        first_failure: What the first of them said, and when, in seconds after the start.
        late: How late requests were sent after they were due; of an open loop.
        idly_late: The same, counted from when a connection was free for them: this side's own delay.
        ended_seconds: When the last reply or failure came, after the start.
        cpu_fraction: CPU time over wall time of the generator; of several, the busiest one's.
        starved_fraction: The part of the time for which that one waited for a processor; 0 where that is not known.
        wake_delay_seconds: That wait for each time it was woken by replies, on the mean.
    """

    def __init__(self, truth: TruthCounts) -> None:
        self.truth = truth
        self.seconds: dict[int, SecondRecord] = {}
        self.failures: Counter[Code] = Counter()
        self.first_failure: tuple[float, str] | None = None
        self.late = LatencyHistogram()
        self.idly_late = LatencyHistogram()
        self.ended_seconds = 0.0
        self.cpu_fraction = 0.0
        self.starved_fraction = 0.0
        self.wake_delay_seconds = 0.0

    def answered(self, at: float, seconds: float) -> None:
        """An answer came at `at` seconds after the start, `seconds` after it was due."""
        self.second(at).latencies.record(seconds)
        self.ended_seconds = max(self.ended_seconds, at)

    def failed(self, at: float, error: TfsctlError) -> None:
        """A call failed. Its duration is no latency: a refusal is quick, a timeout as long as was chosen."""
        self.second(at).num_failed += 1
        self.failures[error.code] += 1
        self.ended_seconds = max(self.ended_seconds, at)
        if self.first_failure is None or at < self.first_failure[0]:
            self.first_failure = at, error.message

    def second(self, at: float) -> SecondRecord:
        """The second that `at` lies in."""
        number = int(at)
        found = self.seconds.get(number)
        if found is None:
            found = self.seconds[number] = SecondRecord()
        return found

    def merge(self, other: Record) -> None:
        """Add what `other` counted."""
        self.truth.merge(other.truth)
        for number, second in other.seconds.items():
            self.second(number).merge(second)
        self.failures.update(other.failures)
        if other.first_failure is not None:
            self.first_failure = min(self.first_failure or other.first_failure, other.first_failure)
        self.late.merge(other.late)
        self.idly_late.merge(other.idly_late)
        self.ended_seconds = max(self.ended_seconds, other.ended_seconds)
        self.wake_delay_seconds = max(self.wake_delay_seconds, other.wake_delay_seconds)
        mine, theirs = self.cpu_fraction + self.starved_fraction, other.cpu_fraction + other.starved_fraction
        if theirs > mine:
            self.cpu_fraction, self.starved_fraction = other.cpu_fraction, other.starved_fraction
