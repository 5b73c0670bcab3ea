"""How far a measurement is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tfsctl.bench.level import Level
    from tfsctl.bench.level_result import Interval


@dataclass(frozen=True, slots=True)
class Progress:
    """Passed on a few times a second, and once at the end of each level.

    Attributes:
        num_done: Requests of this level and repeat that are over, failed ones included, those of a warm-up not.
        num_tests: How many there will be; None where time alone ends the level.
        elapsed_seconds: Since the first request that counts.
        fraction: From 0 to 1, by count or by time.
        phase: Whether what is sent now counts.
        level: How hard the server is pressed now; None where one measurement stands for itself.
        level_number: Which level that is, from 1; repeats count as levels of their own.
        num_levels: How many there are.
        last_interval: The newest whole second; None before there is one.
        num_failed: Of `num_done`, calls that brought no answer.
        num_wrong: Of `num_done`, answers that were not right, as far as they have been judged.
        num_unjudged: Of `num_done`, answers that have not: most wait until the level is over.
    """

    num_done: int
    num_tests: int | None
    elapsed_seconds: float
    fraction: float
    phase: Literal["warm-up", "measuring"] = "measuring"
    level: Level | None = None
    level_number: int = 1
    num_levels: int = 1
    last_interval: Interval | None = None
    num_failed: int = 0
    num_wrong: int = 0
    num_unjudged: int = 0


OnProgress = Callable[[Progress], None]
