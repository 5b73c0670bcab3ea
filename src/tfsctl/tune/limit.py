"""What a setting must keep: limits in the grammar of `tfsctl bench --slo`."""

from __future__ import annotations

import math
from collections.abc import Iterable

from tfsctl.bench.objectives.slo import Judgement, Objective, parse_objectives
from tfsctl.errors import UsageError


def parse_limits(texts: Iterable[str]) -> tuple[Objective, ...]:
    """The limits that are written in `texts`, such as `p99<20ms`.

    Raises UsageError for what is none, and for one that is for a certain load: there is only one.
    """
    try:
        limits = parse_objectives(texts)
    except UsageError as error:
        raise UsageError(error.message.replace("--slo", "--limit"), hint=error.hint) from error
    for limit in limits:
        if limit.concurrency is not None or limit.rate is not None:
            raise UsageError(f"--limit '{limit.text}': settings are compared under one load: leave the @ out.")
    return limits


def excess(judgement: Judgement) -> float:
    """How far a figure is beyond its limit, as a factor: above 1 where the limit is missed."""
    limit, value = judgement.objective.limit, judgement.value
    if value is None:
        return math.inf
    over, under = (value, limit) if judgement.objective.comparison.startswith("<") else (limit, value)
    if under <= 0:
        return math.inf if over > 0 else 1.0
    return over / under


def latency_limit_ms(limits: Iterable[Objective]) -> float | None:
    """The shortest time that any latency is limited to; None where none is."""
    times = [limit.limit for limit in limits if "ms" in limit.measure.units and limit.comparison.startswith("<")]
    return min(times, default=None)
