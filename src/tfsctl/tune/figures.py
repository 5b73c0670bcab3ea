"""Measurements of one setting, added up."""

from __future__ import annotations

from dataclasses import dataclass, field

from tfsctl.bench.comparing.merging import merged
from tfsctl.bench.level_result import LevelResult
from tfsctl.tune.setting import Setting


@dataclass(slots=True)
class Trial:
    """A setting, and the runs in which it was measured, in the order of time.

    Attributes:
        setting: What was tried.
        runs: All of them.
        rounds: Those at the end in which the finalists took turns, by the number of the round.
    """

    setting: Setting
    runs: list[LevelResult] = field(default_factory=list)
    rounds: dict[int, LevelResult] = field(default_factory=dict)

    @property
    def figures(self) -> LevelResult:
        """All runs together; those of the rounds alone where there are any, for they were measured side by side."""
        return merged(list(self.rounds.values()) or self.runs)
