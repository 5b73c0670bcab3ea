"""The first screen: the answer in words, and in four figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tfsctl.bench.level_result import LevelResult
from tfsctl.bench.objectives.slo import Judgement
from tfsctl.bench.page.amount import (
    count_text,
    data,
    milliseconds_text,
    moment_text,
    percent_text,
    plural,
    three_digits,
)
from tfsctl.bench.page.callout import callout
from tfsctl.bench.page.load_range import level_name, range_of
from tfsctl.bench.page.markup import Content, Markup, element, joined
from tfsctl.bench.page.objectives import objectives_list
from tfsctl.bench.report.report import BenchReport
from tfsctl.bench.statistics.confidence import throughput_estimate
from tfsctl.bench.statistics.percentiles import to_milliseconds

# A rate that was held to this part was held.
_HELD = 0.99


def headline(report: BenchReport, judgements: Sequence[Judgement] = ()) -> Markup:
    """The model's name, a sentence or two, the four figures, and what speaks against them."""
    best = report.best
    return element(
        "header",
        element(
            "p", "tfsctl bench", element("span", moment_text(report.environment.started), class_="when"), class_="brand"
        ),
        element("h1", element("bdi", report.model)),
        element("p", _asked(report), class_="asked"),
        element("p", *_answer(report), class_="answer"),
        element("dl", _tiles(best), class_="tiles"),
        _level_note(report),
        objectives_list(judgements, name_levels=len(report.levels) > 1),
        _warnings(report),
    )


def loop_name(result: LevelResult) -> str:
    """How requests followed one another, in words."""
    count = result.level.concurrency
    if result.level.rate is None:
        return f"{plural(count, 'request')} in flight, each sent when one before it was answered (closed loop)"
    rate = f"{result.level.rate:,g} requests a second planned"
    return f"{rate}, sent whether or not earlier ones were answered (open loop, at most {count:,} in flight)"


def protocol_name(report: BenchReport) -> str:
    """As people write it."""
    return {"rest": "REST", "grpc": "gRPC"}.get(report.protocol, report.protocol)


def _asked(report: BenchReport) -> Markup:
    version = f"version {report.version}" if report.version is not None else ""
    parts = [
        f"{protocol_name(report)} to {report.server}",
        version or report.version_label or "",
        report.signature_name,
    ]
    parts.append(report.workload)
    return joined(" · ".join(part for part in parts if part))


def _answer(report: BenchReport) -> Iterator[Content]:
    best = report.best
    median, slow = (best.latencies.percentile_seconds(percent) for percent in (50, 99))
    if median is None or slow is None:
        yield element("strong", "No request was answered")
        yield f": all {plural(best.num_requests, 'call')} failed."
        return
    yield from _throughput_words(report)
    yield f" Half of the answers came within {milliseconds_text(median * 1000)},"
    yield f" 99 of 100 within {milliseconds_text(slow * 1000)}. "
    yield _error_words(report)
    yield _knee_words(report)


def _throughput_words(report: BenchReport) -> Iterator[Content]:
    best = report.best
    rate = best.level.rate
    figure = element("strong", f"{three_digits(best.throughput)} answers a second")
    if len(report.levels) > 1:
        yield from ("At its best, with ", level_name(best), ", the server gave ", figure, ".")
    elif rate is None:
        yield from ("With ", level_name(best), " the server gave ", figure, ".")
    elif best.throughput >= _HELD * rate:
        yield from ("The server kept up with ", element("strong", f"{rate:,g} requests a second"), ".")
    else:
        yield from (f"Of {rate:,g} requests a second the server managed ", figure, ".")


def _error_words(report: BenchReport) -> str:
    best = report.best
    failed = plural(best.num_failed, "call") + " failed" if best.num_failed else "No call failed"
    if not report.checks_answers:
        return f"{failed}; whether the answers were right, nobody checked."
    answered = best.latencies.count
    wrong = f"{percent_text(best.num_wrong / answered)} of the answers were wrong" if best.num_wrong else ""
    return f"{failed}; {wrong or 'every answer was right'}."


def _knee_words(report: BenchReport) -> str | None:
    """What the range of the best level tells about pressing harder."""
    levels = range_of(report.levels, report.best)
    if len(levels.results) < 2:
        return None
    knee = levels.knee()
    if knee is None:
        return " Not even the lowest rate was held."
    name = levels.name(knee.result)
    if levels.is_of_rates:
        return f" It held every rate that was tried, up to {name}." if knee.is_end else f" It held up to {name}."
    if knee.is_end:
        return " Throughput still rose at the end of the range."
    if knee.result is levels.results[0]:
        return " More load brought no more throughput, only longer waiting."
    return f" Beyond {name}, more load brought little but longer waiting."


def _tiles(best: LevelResult) -> Iterator[Markup]:
    median, slow = (to_milliseconds(best.latencies.percentile_seconds(percent)) for percent in (50, 99))
    yield _tile("Throughput", data(best.throughput, three_digits(best.throughput)), "answers/s", _spread_note(best))
    yield _tile("Median latency, p50", *_split_unit(median), "half were faster" if median is not None else "no answer")
    yield _tile("Slow latency, p99", *_split_unit(slow), _slow_note(median, slow))
    yield _tile("Errors", data(best.error_rate, percent_text(best.error_rate)), "", _error_note(best), is_error=True)


def _tile(name: str, figure: Markup, unit: str, note: str, *, is_error: bool = False) -> Markup:
    return element(
        "div",
        element("dt", name),
        element("dd", figure, element("span", unit, class_="unit") if unit else None, class_="figure"),
        element("dd", note, class_="note"),
        class_="tile error-tile" if is_error else "tile",
    )


def _split_unit(milliseconds: float | None) -> tuple[Markup, str]:
    """The figure alone, and its unit, which is written smaller."""
    shown, _, unit = milliseconds_text(milliseconds).partition(" ")
    return data(milliseconds, shown), unit


def _spread_note(best: LevelResult) -> str:
    estimate = throughput_estimate(best)
    asked = f"of {best.level.rate:,g} planned" if best.level.rate is not None else ""
    if estimate is None:
        return asked or f"{plural(best.latencies.count, 'answer')} in {three_digits(best.seconds)} s"
    sure = f"95% sure: {three_digits(estimate.low)} to {three_digits(estimate.high)}"
    return f"{asked}; {sure}" if asked else sure


def _slow_note(median: float | None, slow: float | None) -> str:
    if not median or not slow:
        return "no answer"
    return f"{three_digits(slow / median)} times the median"


def _error_note(best: LevelResult) -> str:
    parts = f"{count_text(best.num_wrong)} wrong, {count_text(best.num_failed)} failed"
    return f"{parts}, of {count_text(best.num_requests)}"


def _level_note(report: BenchReport) -> Markup | None:
    if len(report.levels) == 1:
        return None
    name, how_many = level_name(report.best), plural(len(report.levels), "level")
    return element("p", f"The figures are of the level with the most throughput, {name}, of {how_many}.", class_="fine")


def _warnings(report: BenchReport) -> Iterator[Markup]:
    if report.was_interrupted:
        yield callout("Interrupted", "It was ended before its time; the figures are those until then.")
    limited = [result for result in report.levels if result.generator.was_limit]
    if limited:
        reason = limited[-1].generator.reason
        text = f"This side, not the server, bounded the load{_where(limited, report)}. {_sentence(reason)}"
        yield callout("The generator was the limit", f"{text} The server can do at least this much.")
    silent = [result for result in report.levels if result.latencies.count == 0]
    if silent and len(report.levels) > 1:
        yield callout("No answer", f"No call was answered{_where(silent, report)}.")


def _where(results: Sequence[LevelResult], report: BenchReport) -> str:
    """At which levels; nothing where there is but one."""
    return " at " + ", ".join(map(level_name, results)) if len(report.levels) > 1 else ""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "." if text else ""
