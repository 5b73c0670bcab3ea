"""How the load of a level is divided among generators, and what goes before it."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from tfsctl.bench.generator.share import Share

if TYPE_CHECKING:
    from tfsctl.bench.level import Level
    from tfsctl.bench.plan import BenchPlan


def level_share(plan: BenchPlan, level: Level, *, num_tests: int | None, duration_seconds: float | None) -> Share:
    """All of a level's load as one share."""
    connections = level.concurrency if plan.connections is None else min(plan.connections, level.concurrency)
    return Share(
        lanes=level.concurrency,
        connections=connections,
        limit=num_tests,
        duration_seconds=duration_seconds,
        rate=level.rate,
        arrivals=plan.arrivals,
        seed=plan.seed,
        timeout_seconds=plan.timeout_seconds,
    )


def warm_up_share(plan: BenchPlan, whole: Share) -> Share | None:
    """What is sent before what counts, in a closed loop, unless so many seconds of the level's rate are asked for."""
    if plan.warmup_seconds is not None:
        return _for_seconds(whole, plan.warmup_seconds) if plan.warmup_seconds else None
    requests = whole.lanes if plan.warmup_requests is None else plan.warmup_requests
    return replace(whole, limit=requests, duration_seconds=None, rate=None) if requests else None


def pilot_share(whole: Share) -> Share:
    """A short piece of a level's load, which shows how busy it keeps this side."""
    return _for_seconds(whole, PILOT_SECONDS)


def divided(whole: Share, count: int) -> list[Share]:
    """As many shares, no more than there are lanes; the numbers go round."""
    count = min(count, whole.lanes, whole.connections)
    return [
        replace(
            whole,
            lanes=_part(whole.lanes, count, number),
            connections=_part(whole.connections, count, number),
            first=number,
            stride=count,
        )
        for number in range(count)
    ]


def num_processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


PILOT_SECONDS = 0.3
# A request that is due in time may be sent a little late.
_PATIENCE_SECONDS = 1.0


def _for_seconds(whole: Share, seconds: float) -> Share:
    """So much of it; a server that does not keep up with the rate is not left to work off what it is behind."""
    return replace(whole, limit=None, duration_seconds=seconds, cutoff_seconds=seconds + _PATIENCE_SECONDS)


def _part(total: int, count: int, number: int) -> int:
    return total // count + (number < total % count)
