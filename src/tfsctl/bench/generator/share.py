"""What one of several generators has to send, and when."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from tfsctl.bench.plan import Arrivals


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """A part of a level; picklable.

    Attributes:
        lanes: How many requests may be in flight at once.
        connections: Over how many connections; REST takes one for each lane.
        first, stride: The requests are numbered `first`, `first + stride`, … so that those of all shares are 0, 1, 2, …
        offset: Added to each number in the end: where among all requests this load begins.
        limit: Numbers, without it, lie below this; None where time ends the load.
        duration_seconds: Requests are sent, or due, before so much time is over; None where the limit ends the load.
        rate: Requests a second of all shares together; None in a closed loop.
        arrivals: How the gaps between them are.
        seed: Of gaps by chance; the same for all shares of a level.
        timeout_seconds: Of one request, from when it is sent. What was due for as long and is not sent has failed, too.
        cutoff_seconds: From then on nothing is sent any more, and what was due before does not count; None where all
            that is due is sent, or counts as failed.
    """

    lanes: int
    connections: int
    first: int = 0
    stride: int = 1
    offset: int = 0
    limit: int | None = None
    duration_seconds: float | None = None
    rate: float | None = None
    arrivals: Arrivals = "constant"
    seed: int = 0
    timeout_seconds: float = 5.0
    cutoff_seconds: float | None = None

    def numbers(self) -> Iterator[tuple[int, float | None]]:
        """The numbers of the requests, and when each is due, in seconds after the start; None where at once."""
        for number, due in enumerate(self._due()):
            if self.limit is not None and number >= self.limit:
                return
            if due is not None and self.duration_seconds is not None and due >= self.duration_seconds:
                return
            if number % self.stride == self.first:
                yield number + self.offset, due

    def _due(self) -> Iterator[float | None]:
        if self.rate is None:
            while True:
                yield None
        elif self.arrivals == "constant":
            yield from (number / self.rate for number in count())
        else:
            yield from _poisson(self.rate, self.seed)


def _poisson(rate: float, seed: int) -> Iterator[float]:
    """A Poisson process from 0 on: gaps are exponential, with mean and standard deviation 1 / rate."""
    chance, due = random.Random(seed), 0.0  # noqa: S311 (nothing secret)
    while True:
        due += chance.expovariate(rate)
        yield due
