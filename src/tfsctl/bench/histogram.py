"""Latencies, counted in buckets: little memory however many there are, and percentiles with a known error."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

# 2^7 buckets between one power of two and the next.
_SUB_BUCKET_BITS = 7
_SUB_BUCKETS = 1 << _SUB_BUCKET_BITS
_NANOSECONDS = 1e9


class LatencyHistogram:
    """Counts durations in log-linear buckets. Not thread-safe: one for each thread, merged at the end.

    A duration is kept in whole nanoseconds. Below 256 ns every value has its own bucket; above, each power of two is
    divided into 128 buckets of equal width, and a bucket stands for its middle. So a percentile differs from the true
    one by at most 1/256 (0.4 %) of it, or half a nanosecond. The smallest and the largest value are kept exactly.
    """

    RELATIVE_ERROR = 1 / (2 * _SUB_BUCKETS)

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self._total_nanoseconds = 0
        self._min_nanoseconds: int | None = None
        self._max_nanoseconds = 0

    @property
    def count(self) -> int:
        """How many durations were recorded."""
        return self._counts.total()

    @property
    def min_seconds(self) -> float | None:
        """The shortest duration; None if there is none."""
        return None if self._min_nanoseconds is None else self._min_nanoseconds / _NANOSECONDS

    @property
    def max_seconds(self) -> float | None:
        """The longest duration; None if there is none."""
        return None if self._min_nanoseconds is None else self._max_nanoseconds / _NANOSECONDS

    @property
    def mean_seconds(self) -> float | None:
        """The mean duration, exact; None if there is none."""
        return self._total_nanoseconds / self.count / _NANOSECONDS if self._counts else None

    def record(self, seconds: float) -> None:
        """Count one duration; a negative one, as a clock may give, counts as 0."""
        nanoseconds = max(0, round(seconds * _NANOSECONDS))
        self._counts[_bucket(nanoseconds)] += 1
        self._total_nanoseconds += nanoseconds
        self._max_nanoseconds = max(self._max_nanoseconds, nanoseconds)
        if self._min_nanoseconds is None or nanoseconds < self._min_nanoseconds:
            self._min_nanoseconds = nanoseconds

    def merge(self, other: LatencyHistogram) -> None:
        """Add all that `other` counted; exact, as if all had been recorded here."""
        self._counts.update(other._counts)
        self._total_nanoseconds += other._total_nanoseconds
        self._max_nanoseconds = max(self._max_nanoseconds, other._max_nanoseconds)
        theirs = other._min_nanoseconds
        if theirs is not None and (self._min_nanoseconds is None or theirs < self._min_nanoseconds):
            self._min_nanoseconds = theirs

    def percentile_seconds(self, percent: float) -> float | None:
        """The least duration that `percent` of all do not exceed (the nearest rank); None if there is none.

        Raises:
            ValueError: `percent` is not between 0 and 100.
        """
        if not 0 <= percent <= 100:
            raise ValueError(f"{percent} is no percentage")
        if self._min_nanoseconds is None:
            return None
        rank = max(1, math.ceil(self.count * percent / 100 - 1e-9))  # 99.9 has no exact binary form
        if rank == self.count:
            return self.max_seconds
        bucket = next(bucket for bucket, reached in self._cumulated() if reached >= rank)
        return self._clamped(_middle(bucket)) / _NANOSECONDS

    def buckets(self) -> Iterator[tuple[float, int]]:
        """The middles of the buckets that are not empty, in seconds, ascending, each with its count."""
        for bucket in sorted(self._counts):
            yield self._clamped(_middle(bucket)) / _NANOSECONDS, self._counts[bucket]

    def _cumulated(self) -> Iterator[tuple[int, int]]:
        reached = 0
        for bucket in sorted(self._counts):
            reached += self._counts[bucket]
            yield bucket, reached

    def _clamped(self, nanoseconds: float) -> float:
        assert self._min_nanoseconds is not None
        return min(max(nanoseconds, self._min_nanoseconds), self._max_nanoseconds)


def _bucket(nanoseconds: int) -> int:
    """Buckets are numbered in the order of their values: by power of two, then by the seven bits after the first."""
    shift = nanoseconds.bit_length() - 1 - _SUB_BUCKET_BITS
    if shift <= 0:
        return nanoseconds
    return (shift << _SUB_BUCKET_BITS) + (nanoseconds >> shift)


def _middle(bucket: int) -> float:
    if bucket < 2 * _SUB_BUCKETS:
        return float(bucket)
    shift = (bucket >> _SUB_BUCKET_BITS) - 1
    lowest = (bucket - (shift << _SUB_BUCKET_BITS)) << shift
    return lowest + ((1 << shift) - 1) / 2
