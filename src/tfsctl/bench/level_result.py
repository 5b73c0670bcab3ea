"""What was measured at one level."""

from __future__ import annotations

from dataclasses import dataclass

from tfsctl.bench.level import Level
from tfsctl.bench.statistics.histogram import LatencyHistogram
from tfsctl.bench.truth import ConfusionMatrix, Misread


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """What came back within one second or so.

    Attributes:
        start_seconds: Since the measurement began, warm-up excluded.
        seconds: How long it is; the last one may be short.
        num_answers, num_wrong, num_failed: Answers, those of them that were wrong, and failed calls.
        latencies: Of the answers.
    """

    start_seconds: float
    seconds: float
    num_answers: int
    num_wrong: int
    num_failed: int
    latencies: LatencyHistogram


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneratorLoad:
    """Whether the figures are the server's or this side's.

    Attributes:
        num_processes: That sent requests.
        cpu_fraction: CPU time over wall time of the busiest of them: at 1 it can do no more.
        late_ms: How late requests were sent after they were due, `p50`, `p99` and `max`; None in a closed loop.
        was_limit: Whether the generator, not the server, bounded the load.
        reason: Why it is thought to be; empty otherwise.
    """

    num_processes: int
    cpu_fraction: float
    late_ms: dict[str, float] | None = None
    was_limit: bool = False
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeSplit:
    """Where the mean latency went, in milliseconds, from the server's own metrics before and after.

    Attributes:
        total: What this side measured.
        server: Between the server's reading a request and its answering it; the rest is the network and this side.
        run: Inside the server, in the model; None where its metrics do not tell.
        queue: Inside the server, waiting for a batch; None likewise.
    """

    total: float
    server: float
    run: float | None = None
    queue: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelResult:
    """The figures of one level; several repeats are added up.

    Attributes:
        level: How hard the server was pressed.
        seconds: From the first request to the last answer, warm-up excluded, all repeats together.
        num_requests: Sent and counted.
        num_wrong: Answers that were not right.
        num_failed: Calls that brought no answer.
        failed_calls: These by canonical code (`DEADLINE_EXCEEDED`, …).
        first_failure: What the first failed call said.
        latencies: Of answers. In an open loop from when a request was due, else from when it was sent.
        intervals: In the order of time.
        repeat_throughputs: Answers a second, one figure for each repeat.
        generator: Whether this side was the limit.
        time_split: None where the server's metrics do not tell.
        time_split_reason: Why they do not.
        confusion: None where answers are no classes, or nobody knows the right ones.
        misread: Some of the wrong answers.
    """

    level: Level
    seconds: float
    num_requests: int
    num_wrong: int
    num_failed: int
    failed_calls: dict[str, int]
    first_failure: str | None
    latencies: LatencyHistogram
    intervals: tuple[Interval, ...]
    repeat_throughputs: tuple[float, ...]
    generator: GeneratorLoad
    time_split: TimeSplit | None = None
    time_split_reason: str = ""
    confusion: ConfusionMatrix | None = None
    misread: tuple[Misread, ...] = ()

    @property
    def throughput(self) -> float:
        """Answers a second."""
        return self.latencies.count / self.seconds if self.seconds > 0 else 0.0

    @property
    def num_errors(self) -> int:
        """Wrong answers and failed calls together, as TF Serving's mnist_client counts."""
        return self.num_wrong + self.num_failed

    @property
    def error_rate(self) -> float:
        """Errors over requests, from 0 to 1."""
        return self.num_errors / self.num_requests if self.num_requests else 0.0
