"""What came of the requests of one thread."""

from __future__ import annotations

from collections import Counter

from tfsctl.bench.histogram import LatencyHistogram
from tfsctl.errors import Code, TfsctlError


class Tally:
    """Counts outcomes. Written by one thread; merged when that has ended. `num_done` may be read at any time."""

    def __init__(self) -> None:
        self.num_done = 0
        self.num_wrong = 0
        self.latencies = LatencyHistogram()
        self.failures: Counter[Code] = Counter()
        self.first_failure: TfsctlError | None = None

    def answered(self, seconds: float, *, is_right: bool) -> None:
        """An answer came."""
        self.latencies.record(seconds)
        self.num_wrong += not is_right
        self.num_done += 1

    def failed(self, error: TfsctlError) -> None:
        """The call failed. Its duration is no latency: a refusal is quick, a timeout as long as was chosen."""
        self.failures[error.code] += 1
        self.first_failure = self.first_failure or error
        self.num_done += 1

    def merge(self, other: Tally) -> None:
        """Add what `other` counted."""
        self.num_done += other.num_done
        self.num_wrong += other.num_wrong
        self.latencies.merge(other.latencies)
        self.failures.update(other.failures)
        self.first_failure = self.first_failure or other.first_failure
