"""The times of requests as a plane of TensorFlow's trace, beside its own: TensorBoard shows them, clients read them.

A line holds requests that did not overlap. Each is an event named `request`, with its stages as events within it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tfsctl.profiler_protos import REQUEST_PLANE, TASK_PLANE, XPlane, XSpace, messages
from tfsctl.serving.profiler.request_timer import RequestTimer
from tfsctl.serving.profiler.request_times import RequestTimes

_EVENTS = ("request", "queue", "parse", "run", "encode")
_PROFILE_START = b"profile_start_time"


def with_requests(xspace: bytes, timer: RequestTimer) -> bytes:
    """A serialized XSpace with one more plane; as it was where no request ran a model.

    Messages are merged by writing them one after the other: the rest, which may be large, is not read.
    """
    requests = list(timer.requests)
    if not requests:
        return xspace
    plane = _PlaneBuilder(_origin_ns(xspace, timer), timer.origin)
    for lane in _lanes(sorted(requests, key=lambda each: each.received)):
        plane.add_line(lane)
    plane.add_count("num_refused", timer.num_refused)
    plane.add_count("num_dropped", timer.num_dropped)
    added: bytes = XSpace(planes=[plane.message]).SerializeToString()
    return xspace + added


class _PlaneBuilder:
    def __init__(self, origin_ns: int, origin: float) -> None:
        self.message: Any = XPlane(name=REQUEST_PLANE)
        self._origin_ns = origin_ns
        self._origin = origin
        self._stats: dict[str, int] = {}
        self._events = {name: number for number, name in enumerate(_EVENTS, start=1)}
        for name, number in self._events.items():
            metadata = self.message.event_metadata.add(key=number)
            metadata.value.id, metadata.value.name = number, name.encode()

    def add_line(self, requests: Sequence[tuple[int, RequestTimes]]) -> None:
        number = len(self.message.lines) + 1
        line = self.message.lines.add(id=number, name=f"requests/{number}".encode(), timestamp_ns=self._origin_ns)
        for request_id, times in requests:
            whole = self._add_event(line, "request", times.received, times.ended)
            self._add_stats(whole, request_id, times)
            for name, start, end in times.stages():
                event = self._add_event(line, name, start, end)
                event.stats.add(metadata_id=self._stat("request_id"), int64_value=request_id)

    def add_count(self, name: str, value: int) -> None:
        if value:  # A 0 is not written, and TensorFlow's tools want every stat to have a value.
            self.message.stats.add(metadata_id=self._stat(name), int64_value=value)

    def _add_event(self, line: Any, name: str, start: float, end: float) -> Any:
        offset = round((start - self._origin) * 1e9) * 1000
        duration = round((end - self._origin) * 1e9) * 1000 - offset
        return line.events.add(metadata_id=self._events[name], offset_ps=offset, duration_ps=duration)

    def _add_stats(self, event: Any, request_id: int, times: RequestTimes) -> None:
        event.stats.add(metadata_id=self._stat("request_id"), int64_value=request_id)
        texts = (
            ("model", times.model),
            ("version", str(times.version)),
            ("signature", times.signature),
            ("method", times.method),
            ("entrypoint", times.entrypoint),
            ("outcome", "answered" if times.is_ok else "failed"),
        )
        for name, text in texts:
            # A text that comes again and again is written once, as the name of a stat.
            event.stats.add(metadata_id=self._stat(name), ref_value=self._stat(text))

    def _stat(self, name: str) -> int:
        number = self._stats.get(name)
        if number is None:
            number = self._stats[name] = len(self._stats) + 1
            metadata = self.message.stat_metadata.add(key=number)
            metadata.value.id, metadata.value.name = number, name.encode()
        return number


def _lanes(requests: Iterable[RequestTimes]) -> list[list[tuple[int, RequestTimes]]]:
    """Numbered requests, in the order in which they came, spread over as few lines as possible without overlap."""
    lanes: list[list[tuple[int, RequestTimes]]] = []
    for request_id, times in enumerate(requests, start=1):
        free = next((lane for lane in lanes if lane[-1][1].ended <= times.received), None)
        if free is None:
            free = []
            lanes.append(free)
        free.append((request_id, times))
    return lanes


def _origin_ns(xspace: bytes, timer: RequestTimer) -> int:
    """The timer's beginning, counted as TensorFlow counts: from the beginning of the recording."""
    for serialized in messages(memoryview(xspace), 1):
        if next((bytes(name) for name in messages(serialized, 2)), b"") == TASK_PLANE:
            plane = XPlane.FromString(bytes(serialized))
            names = {entry.key: entry.value.name for entry in plane.stat_metadata}
            for stat in plane.stats:
                if names.get(stat.metadata_id) == _PROFILE_START:
                    return timer.wall_ns - int(stat.uint64_value or stat.int64_value)
    return 0
