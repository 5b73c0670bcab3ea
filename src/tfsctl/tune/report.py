"""What a search found, for programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tfsctl.bench.level_result import LevelResult
from tfsctl.bench.statistics.percentiles import percentile_ms
from tfsctl.bench.statistics.ratio_words import ratio_to_json
from tfsctl.tune.figures import Trial
from tfsctl.tune.parameters_text import parameters_text
from tfsctl.tune.plan import TunePlan
from tfsctl.tune.probe import LoadChoice
from tfsctl.tune.search_result import SearchResult
from tfsctl.tune.setting import Batching, Setting
from tfsctl.tune.verdict import reasons, traded

SCHEMA = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class TuneReport:
    """The outcome of tuning a model.

    Attributes:
        plan: What was asked.
        load: The load under which settings were compared, and how it was found.
        result: What was tried and chosen.
        workload: What was sent, in words.
        seconds: How long it took.
        files: What was written, by what it is (`server`, `model`).
        confirmation: The chosen setting once more, with the written files; None where none was.
        commands: How to serve like that, by what serves (`tfsctl`, `docker`).
    """

    plan: TunePlan
    load: LoadChoice
    result: SearchResult
    workload: str
    seconds: float
    files: Mapping[str, Path] = field(default_factory=dict)
    confirmation: LevelResult | None = None
    commands: Mapping[str, str] = field(default_factory=dict)

    @property
    def setting(self) -> Setting:
        """What was chosen."""
        return self.result.chosen.setting

    @property
    def is_met(self) -> bool:
        """Whether the chosen setting keeps the limit, by all that was measured of it."""
        seen = [self.result.chosen.figures, *([self.confirmation] if self.confirmation is not None else [])]
        return all(self.plan.objective.is_met(figures) for figures in seen)

    @property
    def load_text(self) -> str:
        """The load in words."""
        rate = self.plan.rate
        return f"{self.load.concurrency} requests in flight" if rate is None else f"{rate:g} requests a second"

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it was chosen, in sentences."""
        return (*reasons(self.result, self.plan.objective), *self._confirmed(), *self._notes())

    @property
    def traded(self) -> str | None:
        """What became of throughput and latency; None where nothing is changed."""
        if self.result.gain is None:
            return None
        return traded(self.result.chosen.figures, self.result.baseline.figures)

    @property
    def ranked(self) -> list[Trial]:
        """What was tried, the best first."""
        rank = self.plan.objective.rank
        return sorted(self.result.trials, key=lambda trial: rank(trial.figures), reverse=True)

    def to_json(self) -> dict[str, Any]:
        """All of it, as JSON can carry it. Names stay; new ones may come."""
        batching = self.setting.batching
        return {
            "schema": SCHEMA,
            "model": self.plan.load.model,
            "signature_name": self.plan.load.signature_name,
            "workload": self.workload,
            "concurrency": self.load.concurrency,
            "concurrency_reason": self.load.reason,
            "rate": self.plan.rate,
            "limit": self.plan.objective.text,
            "is_met": self.is_met,
            "missed_by": self.plan.objective.missed_by(self.result.chosen.figures),
            "chosen": self._trial(self.result.chosen),
            "baseline": self._trial(self.result.baseline),
            "gain": ratio_to_json(self.result.gain),
            "rival": None if self.result.rival is None else _setting(self.result.rival.setting),
            "rival_gain": ratio_to_json(self.result.rival_gain),
            "num_rounds": self.result.num_rounds,
            "reasons": list(self.reasons),
            "traded": self.traded,
            "batching_parameters": None if batching is None else parameters_text(batching),
            "files": {what: str(path) for what, path in self.files.items()},
            "commands": dict(self.commands),
            "confirmation": None if self.confirmation is None else _figures(self.confirmation),
            "trials": [self._trial(trial) for trial in self.ranked],
            "load_levels": [{"concurrency": each.level.concurrency, **_figures(each)} for each in self.load.levels],
            "seconds": self.seconds,
        }

    def _trial(self, trial: Trial) -> dict[str, Any]:
        figures = trial.figures
        return {
            "setting": _setting(trial.setting),
            "num_runs": len(trial.runs),
            "is_met": self.plan.objective.is_met(figures),
            **_figures(figures),
        }

    def _confirmed(self) -> list[str]:
        if self.confirmation is None:
            return []
        p99 = percentile_ms(self.confirmation.latencies, 99)
        shown = f"{self.confirmation.throughput:.4g} answers/s" + ("" if p99 is None else f", p99 {p99:.4g} ms")
        missed = self.plan.objective.missed_by(self.confirmation)
        kept = "" if missed is None else f" This run misses the limit: {missed}."
        return [f"A server with the written file: {shown}.{kept}"]

    def _notes(self) -> list[str]:
        chosen = self.result.chosen
        notes = [] if chosen.setting.batching is None else list(_costs(chosen.setting.batching))
        if chosen.figures.generator.was_limit:
            notes.append(f"The load generator was the limit: {chosen.figures.generator.reason}.")
        return notes


def _setting(setting: Setting) -> dict[str, Any]:
    batching = setting.batching
    return {
        "batching": None if batching is None else dataclasses.asdict(batching),
        "tensorflow_intra_op_parallelism": setting.intra_op_parallelism,
        "tensorflow_inter_op_parallelism": setting.inter_op_parallelism,
    }


def _figures(result: LevelResult) -> dict[str, Any]:
    latencies = result.latencies
    return {
        "seconds": result.seconds,
        "throughput": result.throughput,
        "latency_ms": {f"p{percent}": percentile_ms(latencies, percent) for percent in (50, 90, 99)},
        "num_requests": result.num_requests,
        "num_failed": result.num_failed,
        "num_wrong": result.num_wrong,
        "first_failure": result.first_failure,
    }


def _costs(batching: Batching) -> Iterator[str]:
    """What batching brings with it under any other load."""
    if batching.batch_timeout_micros:
        waits = f"{batching.batch_timeout_micros / 1000:g} ms (batch_timeout_micros)"
        yield f"Under less load, batches that do not fill wait {waits} for more requests."
    yield (
        f"A request of more than {batching.max_batch_size} rows is refused with these parameters (max_batch_size); with"
        " enable_large_batch_splitting it would be cut."
    )
