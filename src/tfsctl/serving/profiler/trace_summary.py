"""What a trace says in a few lines of text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from tfsctl.profiler_protos import PICOSECONDS_PER_MILLISECOND, SESSION_RUN, XSpace, is_operation, messages

_NUM_OPERATIONS = 10


def is_empty(xspace: bytes) -> bool:
    """Whether a serialized XSpace has no event in it. Reads up to the first one, for a trace may be large."""
    planes = messages(memoryview(xspace), 1)
    lines = (line for plane in planes for line in messages(plane, 3))
    return next((event for line in lines for event in messages(line, 4)), None) is None


def summarize(xspace: bytes, seconds: float, *, level: int) -> str:
    """How often models ran in the `seconds` of a trace, and how long; from level 2 on the busiest operations too."""
    durations: defaultdict[str, list[float]] = defaultdict(list)
    for name, picoseconds in _events(XSpace.FromString(xspace)):
        durations[name].append(picoseconds / PICOSECONDS_PER_MILLISECOND)
    runs = durations[SESSION_RUN]
    lines = [
        f"Observed for: {seconds * 1000:.0f} ms",
        f"Model runs: {len(runs)} ({len(runs) / seconds if seconds else 0:.1f} per second)",
    ]
    if runs:
        lines.append(f"Time of a model run: {sum(runs) / len(runs):.3f} ms on average, {max(runs):.3f} ms at most")
    if level > 1:
        totals = {name: sum(times) for name, times in durations.items() if is_operation(name)}
        busiest = sorted(totals, key=lambda name: -totals[name])[:_NUM_OPERATIONS]
        lines += [f"{totals[name]:.3f} ms in {len(durations[name])} x {name}" for name in busiest]
    return "\n".join(lines) + "\n"


def _events(space: Any) -> Iterator[tuple[str, int]]:
    for plane in space.planes:
        names = {entry.key: entry.value.name.decode(errors="replace") for entry in plane.event_metadata}
        for line in plane.lines:
            for event in line.events:
                yield names.get(event.metadata_id, ""), event.duration_ps
