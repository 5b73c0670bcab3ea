"""What a generator process and the one that started it say to each other. All picklable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfsctl.bench.generator.record import Record, SecondRecord
    from tfsctl.bench.generator.share import Share
    from tfsctl.bench.generator.target import Target
    from tfsctl.bench.workload import Workload


@dataclass(frozen=True, slots=True)
class Setup:
    """To the process, first of all."""

    target: Target
    workload: Workload


@dataclass(frozen=True, slots=True)
class Prepare:
    """To the process: open connections, and say Ready."""

    share: Share


@dataclass(frozen=True, slots=True)
class Start:
    """To the process that is ready: begin at this moment of `time.perf_counter`, which all processes share."""

    at: float


@dataclass(frozen=True, slots=True)
class Stop:
    """To the process that sends: no more; say Done."""


@dataclass(frozen=True, slots=True)
class Ready:
    """From the process: the connections are open."""


@dataclass(frozen=True, slots=True)
class Tick:
    """From the process, ten times a second: how far it is, with the newest second that is over, by its number."""

    num_done: int
    num_failed: int
    num_wrong: int
    elapsed_seconds: float
    second: tuple[int, SecondRecord] | None
    num_unjudged: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """From the process: what came of its share."""

    record: Record


@dataclass(frozen=True, slots=True)
class Failed:
    """From the process: an error that is no failed call."""

    error: Exception
