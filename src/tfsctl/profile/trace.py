"""What a trace says: a serialized XSpace, read without TensorFlow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError

from tfsctl.errors import InternalError
from tfsctl.profiler_protos import (
    CPU_PLANE,
    PICOSECONDS_PER_MILLISECOND,
    REQUEST_PLANE,
    SESSION_RUN,
    XPlane,
    is_operation,
    messages,
)

_BATCHING_SESSION_RUN = "BatchingSessionRun"


@dataclass(frozen=True, slots=True)
class RequestSpan:
    """One request, from the server's own spans.

    Attributes:
        is_ok: Whether it was answered without an error.
        ms: How long it took in the server.
        stages: Milliseconds by stage: `queue`, `parse`, `run`, `encode`.
    """

    request_id: int
    model: str
    version: int
    signature: str
    method: str
    entrypoint: str
    is_ok: bool
    ms: float
    stages: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class OpTotal:
    """All runs of one operation. `self_ms` is without the operations that it ran itself."""

    type: str
    name: str
    num_calls: int
    self_ms: float


@dataclass(frozen=True, slots=True)
class Trace:
    """What is of interest here.

    Attributes:
        requests: None where the server has no spans of its own, or has had no request.
        ops: The longest first.
        session_runs, batching_session_runs: Milliseconds of each; the second are waits for a batch and its run.
        num_refused: Requests that ended before a model ran, where the server tells.
        num_dropped: Requests that it had no room for.
        host_name: As the server gives it; may be empty.
    """

    requests: tuple[RequestSpan, ...] | None
    ops: tuple[OpTotal, ...]
    session_runs: tuple[float, ...]
    batching_session_runs: tuple[float, ...]
    num_refused: int = 0
    num_dropped: int = 0
    host_name: str = ""


def read_trace(xspace: bytes) -> Trace:
    """Read a trace; raises InternalError where it is something else."""
    data = memoryview(xspace)
    try:
        planes = [_Plane(XPlane.FromString(bytes(each))) for each in messages(data, 1)]
        host_name = next((_text(bytes(each)) for each in messages(data, 4)), "")
    except (DecodeError, IndexError) as error:
        raise InternalError("The server has sent a trace that cannot be read.") from error
    ours = next((plane for plane in planes if plane.name == REQUEST_PLANE), None)
    cpu = [plane for plane in planes if plane.name == CPU_PLANE]
    counts = ours.stats(ours.message.stats) if ours is not None else {}
    return Trace(
        requests=None if ours is None else tuple(_requests(ours)),
        ops=_ops(cpu),
        session_runs=tuple(_durations(cpu, SESSION_RUN)),
        batching_session_runs=tuple(_durations(cpu, _BATCHING_SESSION_RUN)),
        num_refused=int(counts.get("num_refused", 0)),
        num_dropped=int(counts.get("num_dropped", 0)),
        host_name=host_name,
    )


class _Plane:
    """A plane with its names."""

    def __init__(self, message: Any) -> None:
        self.message = message
        self.name: bytes = message.name
        self.event_names = {entry.key: _text(entry.value.name) for entry in message.event_metadata}
        self._stat_names = {entry.key: _text(entry.value.name) for entry in message.stat_metadata}

    def stats(self, stats: Iterable[Any]) -> dict[str, int | str]:
        return {self._stat_names.get(stat.metadata_id, ""): self._value(stat) for stat in stats}

    def _value(self, stat: Any) -> int | str:
        if stat.ref_value:
            return self._stat_names.get(stat.ref_value, "")
        number: int = stat.int64_value or stat.uint64_value
        return number or _text(stat.str_value) or 0


def _requests(plane: _Plane) -> Iterator[RequestSpan]:
    """A request's stages stand behind it."""
    for line in plane.message.lines:
        whole: Any = None
        stages: defaultdict[str, float] = defaultdict(float)
        for event in line.events:
            name = plane.event_names.get(event.metadata_id, "")
            if name != "request":
                stages[name] += _ms(event)
                continue
            if whole is not None:
                yield _request(plane, whole, stages)
            whole, stages = event, defaultdict(float)
        if whole is not None:
            yield _request(plane, whole, stages)


def _request(plane: _Plane, event: Any, stages: Mapping[str, float]) -> RequestSpan:
    stats = plane.stats(event.stats)
    return RequestSpan(
        request_id=int(stats.get("request_id", 0)),
        model=str(stats.get("model", "")),
        version=int(stats.get("version", 0)),
        signature=str(stats.get("signature", "")),
        method=str(stats.get("method", "")),
        entrypoint=str(stats.get("entrypoint", "")),
        is_ok=stats.get("outcome") == "answered",
        ms=_ms(event),
        stages=dict(stages),
    )


def _ops(planes: Iterable[_Plane]) -> tuple[OpTotal, ...]:
    calls: defaultdict[str, int] = defaultdict(int)
    picoseconds: defaultdict[str, int] = defaultdict(int)
    for plane in planes:
        ops = {key: name for key, name in plane.event_names.items() if is_operation(name)}
        for line in plane.message.lines:
            for event, own in _own_times(event for event in line.events if event.metadata_id in ops):
                name = ops[event.metadata_id]
                calls[name] += 1
                picoseconds[name] += own
    totals = []
    for full_name, total in picoseconds.items():
        name, _, kind = full_name.rpartition(":")
        totals.append(OpTotal(kind, name, calls[full_name], total / PICOSECONDS_PER_MILLISECOND))
    return tuple(sorted(totals, key=lambda op: (-op.self_ms, op.name)))


def _own_times(events: Iterable[Any]) -> list[tuple[Any, int]]:
    """Each event of one thread with its time without the events within it, in picoseconds."""
    ordered = sorted(events, key=lambda event: (event.offset_ps, -event.duration_ps))
    own = [event.duration_ps for event in ordered]
    around: list[int] = []  # Those that are not over yet, each within the one before.
    for number, event in enumerate(ordered):
        while around and _end(ordered[around[-1]]) <= event.offset_ps:
            around.pop()
        if around:
            own[around[-1]] -= min(event.duration_ps, _end(ordered[around[-1]]) - event.offset_ps)
        around.append(number)
    return list(zip(ordered, own, strict=True))


def _end(event: Any) -> int:
    end: int = event.offset_ps + event.duration_ps
    return end


def _durations(planes: Iterable[_Plane], name: str) -> Iterator[float]:
    for plane in planes:
        keys = {key for key, known in plane.event_names.items() if known == name}
        for line in plane.message.lines:
            yield from (_ms(event) for event in line.events if event.metadata_id in keys)


def _ms(event: Any) -> float:
    milliseconds: float = event.duration_ps / PICOSECONDS_PER_MILLISECOND
    return milliseconds


def _text(name: bytes) -> str:
    return name.decode(errors="replace")
