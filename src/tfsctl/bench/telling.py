"""What the caller is told while a level is measured."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tfsctl.bench.progress import Progress

if TYPE_CHECKING:
    from tfsctl.bench.generator.share import Share
    from tfsctl.bench.generator.team import OnTeamProgress
    from tfsctl.bench.generator.team_progress import TeamProgress
    from tfsctl.bench.level import Level
    from tfsctl.bench.level_result import LevelResult
    from tfsctl.bench.progress import OnProgress


class Teller:
    """Turns what generators say into what the caller is told."""

    def __init__(self, level: Level, share: Share, on_progress: OnProgress | None) -> None:
        self._on_progress = on_progress
        self._share = share
        self._progress = Progress(0, share.limit, 0.0, 0.0, level=level)

    @property
    def warming_up(self) -> OnTeamProgress | None:
        """For what does not count; None if nobody wants to know."""
        return self._tell_warm_up if self._on_progress is not None else None

    @property
    def measuring(self) -> OnTeamProgress | None:
        """For what counts, likewise."""
        return self._tell if self._on_progress is not None else None

    def end(self, result: LevelResult) -> None:
        """All is done."""
        self._pass_on(
            replace(
                self._progress,
                num_done=result.num_requests,
                num_failed=result.num_failed,
                num_wrong=result.num_wrong,
                num_unjudged=0,
                elapsed_seconds=result.seconds,
                fraction=1.0,
                phase="measuring",
            )
        )

    def _tell_warm_up(self, team: TeamProgress) -> None:
        del team
        self._pass_on(replace(self._progress, phase="warm-up"))

    def _tell(self, team: TeamProgress) -> None:
        limit, duration = self._share.limit, self._share.duration_seconds
        elapsed = team.elapsed_seconds
        fraction = team.num_done / limit if limit else elapsed / duration if duration else 0.0
        self._progress = replace(
            self._progress,
            num_done=team.num_done,
            elapsed_seconds=elapsed,
            fraction=min(1.0, fraction),
            last_interval=team.last_interval,
            num_failed=team.num_failed,
            num_wrong=team.num_wrong,
            num_unjudged=team.num_unjudged,
        )
        self._pass_on(self._progress)

    def _pass_on(self, progress: Progress) -> None:
        if self._on_progress is not None:
            self._on_progress(progress)
