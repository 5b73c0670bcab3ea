"""What a search found."""

from __future__ import annotations

from dataclasses import dataclass

from tfsctl.bench.statistics.ratio import Ratio
from tfsctl.tune.figures import Trial

# Of fewer rounds a confidence interval says next to nothing.
ENOUGH_ROUNDS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchResult:
    """What a search found.

    Attributes:
        trials: All settings that were tried, in that order; the first is the server without any of our flags.
        finalists: Those that took turns at the end; the best comes first.
        chosen: The simplest finalist than which none is better for sure.
        gain: How many times as good the chosen one is as the first trial; None where it is that one, or there was no
            time to compare them.
        rival: The finalist with batching, or the best one where that was chosen; None if none got so far.
        rival_gain: How many times as good the rival is as the chosen one; None likewise.
        num_rounds: How often the finalists took turns.
        batching_failure: Why the model cannot be batched; None where it can.
    """

    trials: tuple[Trial, ...]
    finalists: tuple[Trial, ...]
    chosen: Trial
    gain: Ratio | None
    rival: Trial | None
    rival_gain: Ratio | None
    num_rounds: int
    batching_failure: str | None

    @property
    def baseline(self) -> Trial:
        """The server without any of our flags."""
        return self.trials[0]
