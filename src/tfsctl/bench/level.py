"""How hard a server is pressed: one point of a range."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """One load.

    Attributes:
        concurrency: How many requests may be in flight at once.
        rate: Requests a second that are planned (an open loop); None where each is sent as soon as one before it is
            answered (a closed loop).
    """

    concurrency: int
    rate: float | None = None
