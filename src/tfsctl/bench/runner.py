"""Carry out a plan: prepare, measure each level, report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tfsctl.bench.comparing.merging import merged
from tfsctl.bench.measurement import Measurement, MeasurementInterruptedError, prepare
from tfsctl.bench.plan import BenchPlan
from tfsctl.bench.report.environment import Environment
from tfsctl.bench.report.report import BenchReport

if TYPE_CHECKING:
    from tfsctl.bench.level_result import LevelResult
    from tfsctl.bench.progress import OnProgress, Progress
    from tfsctl.client import Client


class BenchInterruptedError(KeyboardInterrupt):
    """Ctrl-C in the midst of a plan; `report` has what was measured until then, None if that is nothing."""

    def __init__(self, report: BenchReport | None) -> None:
        super().__init__()
        self.report = report


def run(plan: BenchPlan, client: Client | None = None, *, on_progress: OnProgress | None = None) -> BenchReport:
    """Measure a server by a plan.

    Args:
        plan: What to do. Repeats are made after all levels were measured once, so that drift of the machine hits all.
        client: Whom to ask, left open; None connects as the plan says.
        on_progress: Called a few times a second from the calling thread.

    The requests are encoded, the connections made and the model warmed up before the clock starts.

    Raises:
        TfsctlError: the server or the model is not there. Once the load runs, failed calls are counted instead.
        BenchInterruptedError: Ctrl-C once the load runs.
    """
    environment = Environment.current()
    with prepare(plan, client, tells_progress=on_progress is not None) as measurement:
        course = _Course(plan, measurement, on_progress)
        try:
            course.run()
        except KeyboardInterrupt:
            results = course.results()
            report = _report(plan, measurement, results, environment) if results else None
            raise BenchInterruptedError(report and replace(report, was_interrupted=True)) from None
        return _report(plan, measurement, course.results(), environment)


class _Course:
    """All levels, as often as they are repeated."""

    def __init__(self, plan: BenchPlan, measurement: Measurement, on_progress: OnProgress | None) -> None:
        self._plan = plan
        self._measurement = measurement
        self._on_progress = on_progress
        self._results: list[list[LevelResult]] = [[] for _ in plan.all_levels]
        self._number = 0

    def run(self) -> None:
        """Measure; raises KeyboardInterrupt, after which `results` are those there are."""
        tell = self._tell if self._on_progress is not None else None
        for _ in range(self._plan.repeats):
            for level, results in zip(self._plan.all_levels, self._results, strict=True):
                self._number += 1
                try:
                    results.append(self._measurement.measure(level, on_progress=tell))
                except MeasurementInterruptedError as interrupt:
                    if interrupt.result is not None and interrupt.result.num_requests:
                        results.append(interrupt.result)
                    raise

    def results(self) -> list[LevelResult]:
        """Of each level that was measured."""
        return [merged(results) for results in self._results if results]

    def _tell(self, progress: Progress) -> None:
        assert self._on_progress is not None
        num_levels = len(self._plan.all_levels) * self._plan.repeats
        self._on_progress(replace(progress, level_number=self._number, num_levels=num_levels))


def _report(
    plan: BenchPlan, measurement: Measurement, results: list[LevelResult], environment: Environment
) -> BenchReport:
    workload = measurement.workload
    return BenchReport(
        server=measurement.server,
        protocol=measurement.protocol,
        model=plan.model,
        signature_name=workload.spec.resolved_signature_name,
        version=workload.spec.version,
        version_label=workload.spec.version_label,
        workload=workload.description,
        checks_answers=workload.checks_answers,
        levels=tuple(results),
        environment=environment,
    )
