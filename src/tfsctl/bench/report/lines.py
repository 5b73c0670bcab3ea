"""What a level's result says beyond the first three lines, in plain lines: for terminals, JUnit and Markdown alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfsctl.bench.statistics.confidence import throughput_estimate
from tfsctl.bench.statistics.percentiles import latency_ms, num_needed

if TYPE_CHECKING:
    from tfsctl.bench.level import Level
    from tfsctl.bench.level_result import LevelResult, TimeSplit
    from tfsctl.bench.truth import ConfusionMatrix

# Of fewer answers the short line of percentiles says all there is.
_MIN_ANSWERS = 100
_NUM_CONFUSIONS = 5
_RARE = (99.9, 99.99)


def level_name(level: Level) -> str:
    """`concurrency 8`, or `concurrency 8, 500/s`."""
    asked = f", {level.rate:g}/s" if level.rate is not None else ""
    return f"concurrency {level.concurrency}{asked}"


def more_lines(result: LevelResult) -> Iterator[str]:
    """Further percentiles, the interval of throughput, confusions and the time split, as far as there are any."""
    if result.latencies.count >= _MIN_ANSWERS:
        yield _percentiles_line(result)
    estimate = throughput_estimate(result)
    if estimate is not None:
        source = "repeats" if estimate.method == "repeats" else "batches of its intervals"
        yield (
            f"Throughput lies from {estimate.low:.1f} to {estimate.high:.1f} answers/s"
            f" (95 % sure, by {estimate.num_samples} {source})"
        )
    if result.confusion is not None and (confused := confusions(result.confusion)):
        shown = ", ".join(f"{expected} for {predicted} ({count})" for expected, predicted, count in confused)
        yield f"Mistaken most often: {shown}"
    if result.time_split is not None:
        yield time_split_line(result.time_split)


def confusions(matrix: ConfusionMatrix, *, limit: int = _NUM_CONFUSIONS) -> list[tuple[str, str, int]]:
    """The most frequent mistakes: what it was, what it was taken for, how often."""
    found = [
        (matrix.class_names[expected], matrix.class_names[predicted], count)
        for expected, row in enumerate(matrix.counts)
        for predicted, count in enumerate(row)
        if count and expected != predicted
    ]
    return sorted(found, key=lambda confusion: -confusion[2])[:limit]


def time_split_line(split: TimeSplit) -> str:
    """`Time: 2.10 ms = 0.70 network and this side + 0.40 server + 0.90 model + 0.10 waiting for a batch`."""
    return f"Time: {split.total:.2f} ms = " + " + ".join(f"{ms:.2f} {where}" for where, ms in time_parts(split))


def time_parts(split: TimeSplit) -> list[tuple[str, float]]:
    """The parts that make up the mean latency, in milliseconds, from the outside in."""
    inside = (split.run or 0.0) + (split.queue or 0.0)
    parts = [("network and this side", split.total - split.server), ("server", split.server - inside)]
    if split.run is not None:
        parts.append(("model", split.run))
    if split.queue is not None:
        parts.append(("waiting for a batch", split.queue))
    return parts


def _percentiles_line(result: LevelResult) -> str:
    figures = latency_ms(result.latencies)
    shown = [f"{name} {figures[name]:.2f} ms" for name in ("p75", "p95", "mean", "stdev") if figures[name] is not None]
    for percent in _RARE:
        value = figures[f"p{percent:g}"]
        rest = f"{value:.2f} ms" if value is not None else f"— (needs {num_needed(percent):,} answers)"
        shown.append(f"p{percent:g} {rest}")
    return f"Latency: {', '.join(shown)}"
