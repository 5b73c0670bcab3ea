"""From a trace to the parts of a request's time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfsctl.profile.report import LoadTime, OpTime, StageTime

if TYPE_CHECKING:
    from tfsctl.bench.level_result import TimeSplit
    from tfsctl.profile.trace import OpTotal, RequestSpan, Trace

# In the order in which most requests go through them.
STAGES = ("queue", "parse", "run", "encode")
REMAINDER = "client and wire"


@dataclass(frozen=True, slots=True)
class Stages:
    """The parts, what they add up to, and what to know about them."""

    parts: tuple[StageTime, ...]
    total: StageTime
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    mean_ms: float
    p50_ms: float | None = None
    p99_ms: float | None = None


def stages_of_spans(requests: Sequence[RequestSpan], load: LoadTime | None) -> Stages:
    """The parts as the server has noted them for each of `requests`, at least one."""
    parts = [_measured(name, [request.stages.get(name, 0.0) for request in requests]) for name in STAGES]
    whole = _measured("server", [request.ms for request in requests])
    return _added_up(parts, whole, load, ())


def stages_of_runs(trace: Trace, load: LoadTime | None, split: TimeSplit | None) -> Stages:
    """What can be said of a server without spans, from TensorFlow's own events and the server's metrics.

    There is at least one `SessionRun` in the trace.
    """
    run = _measured("run", trace.session_runs)
    notes = ["This server has no spans of its own: `run` is TensorFlow's SessionRun."]
    parts, inside = [run], run
    if trace.batching_session_runs:
        inside = _measured("server", trace.batching_session_runs)
        parts.insert(0, _Part("queue", max(0.0, inside.mean_ms - run.mean_ms)))
        notes.append(
            "`queue` is the mean of BatchingSessionRun without that of SessionRun, putting batches together too."
        )
    if split is not None and split.server > inside.mean_ms:
        parts.append(_Part("parse and encode", split.server - inside.mean_ms))
        inside = _Part("server", split.server)
        notes.append("`parse and encode` come from the server's metrics; they cannot be told apart.")
    else:
        notes.append(f"Parsing and encoding cannot be told from {REMAINDER if load else 'the rest, and are missing'}.")
    return _added_up(parts, inside, load, notes)


def op_times(ops: Sequence[OpTotal]) -> tuple[OpTime, ...]:
    """Each with its share of all."""
    total = sum(op.self_ms for op in ops)
    return tuple(
        OpTime(op.type, op.name, op.num_calls, op.self_ms, op.self_ms / op.num_calls, _share(op.self_ms, total))
        for op in ops
    )


def _added_up(parts: Sequence[_Part], server: _Part, load: LoadTime | None, notes: Sequence[str]) -> Stages:
    """With the remainder that only this side has seen."""
    whole = server
    if load is not None:
        whole = _Part("total", max(load.mean_ms, server.mean_ms), load.p50_ms, load.p99_ms)
        parts = [*parts, _Part(REMAINDER, whole.mean_ms - server.mean_ms)]
    total = whole.mean_ms
    times = [
        StageTime(part.name, part.mean_ms, part.p50_ms, part.p99_ms, _share(part.mean_ms, total)) for part in parts
    ]
    return Stages(tuple(times), StageTime("total", total, whole.p50_ms, whole.p99_ms, 1.0), tuple(notes))


def _measured(name: str, values: Sequence[float]) -> _Part:
    ordered = sorted(values)
    return _Part(name, math.fsum(ordered) / len(ordered), _percentile(ordered, 50), _percentile(ordered, 99))


def _percentile(ordered: Sequence[float], percent: int) -> float:
    """The least value that `percent` of all do not exceed (the nearest rank)."""
    return ordered[max(1, math.ceil(len(ordered) * percent / 100)) - 1]


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0
