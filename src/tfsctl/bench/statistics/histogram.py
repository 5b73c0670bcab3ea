"""Latencies, counted in the buckets of an HDR histogram: little memory, and percentiles with a known error."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator

from tfsctl.bench.statistics.hdr_format import HALF_BITS, LONGEST_NANOSECONDS, decode, encode

_NANOSECONDS = 1e9
# How HDR lays out three significant figures: 2^11 buckets up to the first power of two, 2^10 for each after it.
_HALF = 1 << HALF_BITS


class LatencyHistogram:
    """Counts durations. Not thread-safe: one for each thread, merged at the end. Picklable.

    A duration is kept in whole nanoseconds, in the buckets of an HDR histogram (hdrhistogram.org) of three significant
    figures: below 2048 ns each value has its own; above, each power of two is divided into 1024 buckets of equal width,
    and a bucket stands for its middle. So a percentile differs from the true one by at most 1/2048 (0.05 %) of it, or
    half a nanosecond. The smallest and the largest value and the mean are kept exactly. What takes longer than a day
    counts in the last bucket.

    Only buckets that are not empty take memory: a measurement has a histogram for each second of it.
    """

    RELATIVE_ERROR = 1 / (2 * _HALF)

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self._total_nanoseconds = 0
        self._min_nanoseconds: int | None = None
        self._max_nanoseconds = 0

    @property
    def count(self) -> int:
        """How many durations were recorded."""
        return sum(self._counts.values())

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

    @classmethod
    def sum_of(cls, histograms: Iterable[LatencyHistogram]) -> LatencyHistogram:
        """A new one with all that these counted."""
        total = cls()
        for histogram in histograms:
            total.merge(histogram)
        return total

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

    def encode(self) -> str:
        """The buckets as other HDR histograms read them: compressed, in base64, version 2 of that format.

        The values in it are nanoseconds. The exact mean, least and largest value are not in it.
        """
        return encode(self._counts)

    @classmethod
    def decode(cls, text: str) -> LatencyHistogram:
        """The histogram that `encode` wrote. Its mean, least and largest value are those of the buckets' middles.

        Raises:
            InvalidArgumentError: it is something else, or has another precision or unit.
        """
        histogram = cls()
        for bucket, count in decode(text).items():
            histogram._add_bucket(bucket, count)
        return histogram

    def _add_bucket(self, bucket: int, count: int) -> None:
        middle = round(_middle(bucket))
        self._counts[bucket] += count
        self._total_nanoseconds += middle * count
        self._max_nanoseconds = max(self._max_nanoseconds, middle)
        self._min_nanoseconds = middle if self._min_nanoseconds is None else min(self._min_nanoseconds, middle)

    def _cumulated(self) -> Iterator[tuple[int, int]]:
        reached = 0
        for bucket in sorted(self._counts):
            reached += self._counts[bucket]
            yield bucket, reached

    def _clamped(self, nanoseconds: float) -> float:
        assert self._min_nanoseconds is not None
        return min(max(nanoseconds, self._min_nanoseconds), self._max_nanoseconds)


def _bucket(nanoseconds: int) -> int:
    """Buckets are numbered in the order of their values: by power of two, then by the ten bits after the first."""
    nanoseconds = min(nanoseconds, LONGEST_NANOSECONDS)
    shift = nanoseconds.bit_length() - 1 - HALF_BITS
    if shift <= 0:
        return nanoseconds
    return (shift << HALF_BITS) + (nanoseconds >> shift)


def _middle(bucket: int) -> float:
    if bucket < 2 * _HALF:
        return float(bucket)
    shift = (bucket >> HALF_BITS) - 1
    lowest = (bucket - (shift << HALF_BITS)) << shift
    return lowest + ((1 << shift) - 1) / 2
