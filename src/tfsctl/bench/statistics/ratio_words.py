"""Ratios in plain words, and as JSON."""

from __future__ import annotations

from typing import Any

from tfsctl.bench.statistics.ratio import Ratio

METRICS = ("throughput", "p50", "p99", "error_rate")
_OUT = "that stands out of the noise"
_IN = "no difference that stands out of the noise"
_UNKNOWN = "too short to tell a difference from noise"


def ratio_line(name: str, ratio: Ratio | None, *, first: str, second: str) -> str:
    """One metric in a sentence: `Throughput: B answers 1.32 times as many requests as A (1.25 to 1.40): …`."""
    title = name.replace("_", " ").capitalize() if name in {"throughput", "error_rate"} else name
    if ratio is None:
        return f"{title}: nothing to compare, one side has no figure"
    return f"{title}: {_statement(name, ratio, first, second)}{_spread(ratio)}: {_verdict(ratio)}"


def ratio_to_json(ratio: Ratio | None) -> dict[str, Any] | None:
    """`value`, `low`, `high`, `stands_out`; for error rates they are of the difference B less A."""
    if ratio is None:
        return None
    kind = "difference" if ratio.is_difference else "ratio"
    return {
        "kind": kind,
        "value": ratio.value,
        "low": ratio.low,
        "high": ratio.high,
        "stands_out": ratio.stands_out,
    }


def _statement(name: str, ratio: Ratio, first: str, second: str) -> str:
    if name == "throughput":
        return f"{second} answers {ratio.value:.2f} times as many requests as {first}"
    if name == "error_rate":
        if not ratio.value:
            return f"{second} and {first} err equally often"
        more = "more" if ratio.value > 0 else "less"
        return f"{second} errs {abs(ratio.value) * 100:.3g} percentage points {more} often than {first}"
    return f"{second} takes {ratio.value:.2f} times as long as {first}"


def _spread(ratio: Ratio) -> str:
    if ratio.low is None or ratio.high is None or (ratio.is_difference and ratio.low == ratio.high):
        return ""
    if ratio.is_difference:
        return f" ({ratio.low * 100:+.3g} to {ratio.high * 100:+.3g})"
    return f" ({ratio.low:.2f} to {ratio.high:.2f})"


def _verdict(ratio: Ratio) -> str:
    if ratio.stands_out is None:
        return _UNKNOWN
    return _OUT if ratio.stands_out else _IN
