"""How far a measurement is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """Passed on a few times a second, and once at the end.

    Attributes:
        num_done: Requests that are over, failed ones included.
        num_tests: How many there will be; None where time alone ends the measurement.
        elapsed_seconds: Since the first request.
        fraction: From 0 to 1, by count or by time.
    """

    num_done: int
    num_tests: int | None
    elapsed_seconds: float
    fraction: float
