"""What to profile."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tfsctl.bench.plan import BenchPlan
from tfsctl.errors import UsageError

# A server holds what it records in memory; tfsctl's own takes no more.
MAX_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ProfilePlan:
    """A recording of a server, checked at birth.

    Attributes:
        load: Whom to ask, and what to send meanwhile; of the load itself only one level counts.
        model: The model whose requests count; None means that of `load`, or all where nothing is sent.
        seconds: How long to record.
        num_tests: Send so many requests and record these, instead of sending for `seconds`. At most 60 s are recorded.
        sends_load: Whether to send anything; otherwise the requests of others are recorded.
        profiler_server: The gRPC address of the same server, where `load` asks it over REST. None: the usual port,
            where REST has its usual one too.

    Raises:
        UsageError: a value makes no sense.
    """

    load: BenchPlan
    model: str | None = None
    seconds: float = 3.0
    num_tests: int | None = None
    sends_load: bool = True
    profiler_server: str | None = None

    def __post_init__(self) -> None:
        if not (0 < self.seconds <= MAX_SECONDS and math.isfinite(self.seconds)):
            raise UsageError(f"{self.seconds:g} seconds cannot be recorded: up to {MAX_SECONDS:g} can.")
        if self.num_tests is not None and self.num_tests < 1:
            raise UsageError(f"At least one request is needed, not {self.num_tests}.")
        if self.num_tests is not None and not self.sends_load:
            raise UsageError("A number of requests can only be recorded where they are sent from here.")
