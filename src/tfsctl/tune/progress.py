"""How far a search is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TuneProgress:
    """Passed on a few times a second.

    Attributes:
        elapsed_seconds: Since the search began.
        budget_seconds: How long it may take.
        phase: What is done: `finding the load`, `screening`, `measuring longer`, `final round 2`, `confirming`.
        setting: What is tried, in words.
        num_tried: How many settings have been measured or are being measured.
    """

    elapsed_seconds: float
    budget_seconds: float
    phase: str
    setting: str
    num_tried: int


OnProgress = Callable[[TuneProgress], None]
