"""What to tune, under which load."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from tfsctl.bench.objectives.slo import Objective as Limit
from tfsctl.bench.plan import BenchPlan
from tfsctl.errors import UsageError
from tfsctl.tune.objective import Objective

# With less there is time for hardly more than starting servers.
_MIN_BUDGET_SECONDS = 5.0
# In an open loop this only bounds how many requests may be late at once.
_OPEN_LOOP_CONCURRENCY = 128


@dataclass(frozen=True, kw_only=True, slots=True)
class TunePlan:
    """A search for the best setting of a server, checked at birth.

    Attributes:
        load: The model, and what is sent to it and how; its server, duration and concurrency do not count.
        concurrency: How many requests are in flight at once; None: as `choose_load` finds.
        rate: Requests a second instead (an open loop); None: as many as are answered.
        limits: What must be kept (`parse_limits`); none: throughput alone counts.
        budget_seconds: How long all of it may take, about: what runs then is not cut short.
        rows: In each request.
        num_cpus: Of the server.

    Raises:
        UsageError: a value makes no sense.
    """

    load: BenchPlan
    concurrency: int | None = None
    rate: float | None = None
    limits: tuple[Limit, ...] = ()
    budget_seconds: float = 300.0
    rows: int = 1
    num_cpus: int = field(default_factory=lambda: os.cpu_count() or 1)

    def __post_init__(self) -> None:
        if not self.budget_seconds >= _MIN_BUDGET_SECONDS:
            raise UsageError(f"A budget of {self.budget_seconds:g} s is too small.", hint="A few minutes are good.")
        if self.rate is not None and not self.rate > 0:
            raise UsageError(f"A rate of {self.rate:g} requests a second sends nothing.")
        if self.concurrency is not None and self.concurrency < 1:
            raise UsageError(f"A concurrency of {self.concurrency} sends nothing.")

    @property
    def objective(self) -> Objective:
        """What is wanted."""
        return Objective(self.limits, self.rate)

    @property
    def known_concurrency(self) -> int | None:
        """How many requests are in flight where that need not be found out."""
        if self.concurrency is None and self.rate is not None:
            return _OPEN_LOOP_CONCURRENCY
        return self.concurrency

    @property
    def run_seconds(self) -> float:
        """How long the shortest runs are: a hundredth of the budget, half a second to five."""
        return min(5.0, max(0.5, self.budget_seconds / 100))
