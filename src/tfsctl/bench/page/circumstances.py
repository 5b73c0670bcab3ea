"""What a reader needs to make the measurement again: the command, the load, the machine, the versions."""

from __future__ import annotations

from collections.abc import Iterator

from tfsctl.bench.level_result import LevelResult
from tfsctl.bench.page.amount import moment_text, percent_text, plural, three_digits
from tfsctl.bench.page.headline import loop_name
from tfsctl.bench.page.markup import Markup, element
from tfsctl.bench.report.report import BenchReport


def circumstances_section(report: BenchReport) -> Markup:
    """All of it."""
    return element(
        "section",
        element("h2", "How it was measured"),
        element("pre", element("code", report.environment.command), class_="command", tabindex=0),
        element(
            "div",
            _facts("What was sent", _load_facts(report)),
            _facts("The machine that sent", _machine_facts(report)),
            _facts("Versions", iter(report.environment.versions.items())),
            class_="columns",
        ),
        element("p", _counting(report.best), class_="fine"),
    )


def _facts(title: str, facts: Iterator[tuple[str, str]]) -> Markup:
    rows = [element("div", element("dt", name), element("dd", element("bdi", value))) for name, value in facts if value]
    return element("div", element("h3", title), element("dl", rows, class_="facts"))


def _load_facts(report: BenchReport) -> Iterator[tuple[str, str]]:
    best = report.best
    yield "Requests", f"{best.num_requests:,} in {three_digits(best.seconds)} s"
    yield "Inputs", report.workload
    yield "Signature", report.signature_name
    yield "Load", loop_name(best)
    yield "Levels", str(len(report.levels)) if len(report.levels) > 1 else ""
    yield "Repeats", str(len(best.repeat_throughputs)) if len(best.repeat_throughputs) > 1 else ""
    yield "Started", moment_text(report.environment.started)


def _machine_facts(report: BenchReport) -> Iterator[tuple[str, str]]:
    environment, generator = report.environment, report.best.generator
    yield "Name", environment.machine
    yield "Processor", environment.cpu
    yield "CPUs", str(environment.num_cpus)
    yield "System", environment.system
    if generator.num_processes:
        yield "Generator", f"{plural(generator.num_processes, 'process', 'processes')}, {_busy(generator.cpu_fraction)}"
    yield "Time split", _cut(report.best.time_split_reason)
    if generator.late_ms is not None:
        late = ", ".join(f"{name} {three_digits(value)} ms" for name, value in generator.late_ms.items())
        yield "Sent late by", late


def _cut(reason: str) -> str:
    """Why the time is not split, if it is not."""
    return f"none: {reason}" if reason else ""


def _busy(fraction: float) -> str:
    return f"the busiest {percent_text(min(1.0, fraction))} of a CPU"


def _counting(best: LevelResult) -> str:
    since = "it was sent" if best.level.rate is None else "it was due, so that waiting behind a slow answer counts"
    return (
        f"An answer's latency is counted from when {since}. Throughput counts answers, not failed calls. "
        "An error is a wrong answer or a failed call. Of 100 answers 50 were as fast as p50 or faster, 99 as p99."
    )
