"""Traces made by hand."""

from __future__ import annotations

from typing import Any

from tfsctl.profiler_protos import CPU_PLANE, XSpace

MICROSECOND = 1_000_000


def trace(*threads: list[tuple[str, int, int]]) -> bytes:
    """A serialized XSpace; each thread has events of a name, a start and a duration in microseconds."""
    space = XSpace(hostnames=[b"host"])
    plane = space.planes.add(name=CPU_PLANE)
    names: dict[str, int] = {}
    for thread in threads:
        line = plane.lines.add()
        for name, start, duration in thread:
            line.events.add(
                metadata_id=names.setdefault(name, len(names) + 1),
                offset_ps=start * MICROSECOND,
                duration_ps=duration * MICROSECOND,
            )
    for name, number in names.items():
        plane.event_metadata.add(key=number).value.name = name.encode()
    serialized: Any = space.SerializeToString()
    return bytes(serialized)
