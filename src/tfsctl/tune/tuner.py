"""Tune a model: a server for each measurement, the search over them, and the proof of what was chosen."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfsctl.bench.level import Level
from tfsctl.bench.statistics.percentiles import percentile_ms
from tfsctl.tune.limit import latency_limit_ms
from tfsctl.tune.parameters_text import SERVER_FILE_NAME, parameters_text
from tfsctl.tune.probe import LoadChoice, MeasureLoad, choose_load
from tfsctl.tune.progress import OnProgress, TuneProgress
from tfsctl.tune.report import TuneReport
from tfsctl.tune.search import Search
from tfsctl.tune.setting import Setting
from tfsctl.tune.space import Space

if TYPE_CHECKING:
    from tfsctl.bench.level_result import LevelResult
    from tfsctl.bench.measurement import Measurement
    from tfsctl.bench.progress import Progress
    from tfsctl.tune.plan import TunePlan

# Starts a server with flags of TensorFlow Serving that differ from their defaults, and serves the model as long as the
# block runs. Gives the address as `tfsctl.client.connect` takes it. However the block ends, so does the server.
StartServer = Callable[[Mapping[str, Any]], AbstractContextManager[str]]

_WARM_UP_SHARE = 0.2
_MAX_WARM_UP_SECONDS = 1.0


class Tuner:
    """Carries out one plan. Not thread-safe.

    Servers run one at a time, each measurement has one of its own, and the load comes from this machine.
    """

    def __init__(self, plan: TunePlan, start_server: StartServer, *, on_progress: OnProgress | None = None) -> None:
        self._plan = plan
        self._start_server = start_server
        self._on_progress = on_progress
        self._started = 0.0
        self._tried: set[Setting] = set()
        self._level = Level(1)
        self._directory = Path()
        self._workload = ""

    def run(self) -> TuneReport:
        """Find the load, search, and report.

        Raises:
            ServerStartError: a server did not start.
            TfsctlError: the model cannot be asked, or cannot be measured. Failed calls are counted instead.
        """
        plan = self._plan
        self._started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="tfsctl-tune-") as directory:
            self._directory = Path(directory)
            load = self._find_load()
            self._level = Level(load.concurrency, plan.rate)
            search = Search(
                space=self._space(load.concurrency, request_ms=_alone_ms(load)),
                objective=plan.objective,
                measure=self._measure,
                clock=time.monotonic,
                until=self._started + plan.budget_seconds,
                run_seconds=plan.run_seconds,
            )
            result = search.run()
        return TuneReport(
            plan=plan,
            load=load,
            result=result,
            workload=self._workload,
            seconds=time.monotonic() - self._started,
        )

    def confirm(self, setting: Setting, flags: Mapping[str, Any]) -> LevelResult:
        """Measure a server that is given exactly these flags, for as long as the longest runs of the search."""
        with self._measurement(flags) as measurement:
            seconds = 3 * self._plan.run_seconds
            return self._timed(measurement, self._level, seconds, phase="confirming", setting=setting)

    def _find_load(self) -> LoadChoice:
        """The load to compare under, and in any case what one request costs alone."""
        known = self._plan.known_concurrency
        with self._probing(Setting()) as measure:
            if known is not None:
                return LoadChoice(known, "as asked for", (measure(1),))
            return choose_load(measure, self._plan.objective, batching=self._probing_batches)

    def _probing_batches(self, concurrency: int) -> AbstractContextManager[MeasureLoad]:
        return self._probing(self._space(concurrency, request_ms=1.0).first_batching())

    @contextlib.contextmanager
    def _probing(self, setting: Setting) -> Iterator[MeasureLoad]:
        """A server for a setting, to be measured briefly at any concurrency."""
        phase = "finding the load"
        self._tell(phase, setting)
        with self._measurement(setting.flags(self._written(setting))) as measurement:
            self._workload = measurement.workload.description

            def measure(concurrency: int) -> LevelResult:
                level, seconds = Level(concurrency), self._plan.run_seconds / 2
                return self._timed(measurement, level, seconds, phase=phase, setting=setting)

            yield measure

    def _space(self, concurrency: int, *, request_ms: float) -> Space:
        return Space(
            num_cpus=self._plan.num_cpus,
            concurrency=concurrency,
            request_ms=request_ms,
            limit_ms=latency_limit_ms(self._plan.limits),
            rows=self._plan.rows,
        )

    def _written(self, setting: Setting) -> Path:
        """The file with a setting's parameters, for as long as no other setting is measured."""
        file = self._directory / SERVER_FILE_NAME
        if setting.batching is not None:
            file.write_text(parameters_text(setting.batching))
        return file

    def _measure(self, setting: Setting, seconds: float, /, *, phase: str) -> LevelResult:
        self._tried.add(setting)
        self._tell(phase, setting)
        with self._measurement(setting.flags(self._written(setting))) as measurement:
            return self._timed(measurement, self._level, seconds, phase=phase, setting=setting)

    @contextlib.contextmanager
    def _measurement(self, flags: Mapping[str, Any]) -> Iterator[Measurement]:
        from tfsctl.bench.measurement import prepare

        warm_up_seconds = min(_MAX_WARM_UP_SECONDS, _WARM_UP_SHARE * self._plan.run_seconds)
        with self._start_server(flags) as address:
            load = replace(self._plan.load, server=address, warmup_seconds=warm_up_seconds, warmup_requests=None)
            with prepare(load) as measurement:
                yield measurement

    def _timed(
        self, measurement: Measurement, level: Level, seconds: float, *, phase: str, setting: Setting
    ) -> LevelResult:
        def tell(_: Progress) -> None:
            self._tell(phase, setting)

        return measurement.measure(level, duration_seconds=seconds, on_progress=tell)

    def _tell(self, phase: str, setting: Setting) -> None:
        if self._on_progress is not None:
            elapsed = time.monotonic() - self._started
            tried = max(1, len(self._tried))
            self._on_progress(TuneProgress(elapsed, self._plan.budget_seconds, phase, str(setting), tried))


def _alone_ms(load: LoadChoice) -> float:
    """What one request costs that is alone."""
    median = percentile_ms(load.levels[0].latencies, 50)
    return 1.0 if median is None else median
