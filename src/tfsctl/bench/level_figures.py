"""From what generators saw of a level to its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfsctl.bench.level_result import GeneratorLoad, LevelResult
from tfsctl.bench.statistics.histogram import LatencyHistogram

if TYPE_CHECKING:
    from tfsctl.bench.generator.record import Record
    from tfsctl.bench.level import Level
    from tfsctl.bench.level_result import Interval
    from tfsctl.bench.workload import Workload

# A process that works, or waits for a processor, for more of the time has no time to wait for the server.
_MAX_BUSY = 0.9
# Later than this by itself, and than this part of the median latency, it sends what is another load than was asked for.
_MAX_LATE_SECONDS = 0.001
_MAX_LATE_PART = 0.1
# More of a closed loop's time than this is this side's own.
_MAX_IDLE = 0.1
_MIN_ANSWERS = 100


def level_result(
    level: Level, record: Record, workload: Workload, *, num_processes: int, seconds: float
) -> LevelResult:
    """The figures of a level that took so many seconds."""
    latencies = LatencyHistogram.sum_of(second.latencies for second in record.seconds.values())
    num_failed = sum(record.failures.values())
    return LevelResult(
        level=level,
        seconds=seconds,
        num_requests=latencies.count + num_failed,
        num_wrong=record.truth.num_wrong,
        num_failed=num_failed,
        failed_calls={code.name: count for code, count in sorted(record.failures.items())},
        first_failure=record.first_failure[1] if record.first_failure is not None else None,
        latencies=latencies,
        intervals=_intervals(record, seconds),
        repeat_throughputs=(latencies.count / seconds if seconds > 0 else 0.0,),
        generator=generator_load(record, latencies, level=level, num_processes=num_processes, seconds=seconds),
        confusion=record.truth.confusion(),
        misread=record.truth.misread(workload),
    )


def generator_load(
    record: Record, latencies: LatencyHistogram, *, level: Level, num_processes: int, seconds: float
) -> GeneratorLoad:
    """Whether the generators were the limit, and why."""
    reasons = [_busy_reason(record, num_processes)]
    if latencies.count >= _MIN_ANSWERS:  # Of fewer nothing can be said.
        reasons += [
            _late_reason(record, latencies),
            _starved_reason(record, latencies),
            _idle_reason(record, latencies, level, seconds),
        ]
    reason = next(filter(None, reasons), "")
    return GeneratorLoad(
        num_processes=num_processes,
        cpu_fraction=record.cpu_fraction,
        late_ms=_late_ms(record.late) if record.late.count else None,
        was_limit=bool(reason),
        reason=reason,
    )


def _intervals(record: Record, seconds: float) -> tuple[Interval, ...]:
    """A second each, quiet ones too; the last is as long as the measurement."""
    return tuple(
        record.second(number).interval(number, seconds=min(1.0, max(seconds - number, 0.0)))
        for number in range(max(record.seconds, default=-1) + 1)
    )


def _busy_reason(record: Record, num_processes: int) -> str:
    if record.cpu_fraction < _MAX_BUSY:
        return ""
    who = "the process that sends" if num_processes == 1 else f"the busiest of {num_processes} processes that send"
    return f"{who} used a processor for {record.cpu_fraction:.0%} of the time"


def _starved_reason(record: Record, latencies: LatencyHistogram) -> str:
    """What runs beside it on this machine delays this side so much that latencies show it."""
    delay, median = record.wake_delay_seconds, latencies.percentile_seconds(50)
    if median is None or (
        delay <= _MAX_LATE_PART * median and record.starved_fraction + record.cpu_fraction < _MAX_BUSY
    ):
        return ""
    return (
        f"replies waited {delay * 1000:.2f} ms on the mean until this side had a processor to take them: this machine"
        " has too few for all that runs on it, perhaps the server among that"
    )


def _idle_reason(record: Record, latencies: LatencyHistogram, level: Level, seconds: float) -> str:
    """In a closed loop every connection always waits for the server, but for what this side does between two requests.

    Only told where there is enough to judge by: at the end, connections have nothing more to do.
    """
    count, mean = latencies.count, latencies.mean_seconds
    if level.rate is not None or mean is None or record.failures or count < _MIN_ANSWERS * level.concurrency:
        return ""
    idle = 1 - mean * count / (level.concurrency * seconds)
    if idle <= _MAX_IDLE:
        return ""
    return f"for {idle:.0%} of the time a connection stood idle between an answer and the next request"


def _late_reason(record: Record, latencies: LatencyHistogram) -> str:
    late, median = record.idly_late.percentile_seconds(99), latencies.percentile_seconds(50)
    if late is None or late <= max(_MAX_LATE_SECONDS, _MAX_LATE_PART * (median or 0.0)):
        return ""
    return f"1 % of the requests were sent {late * 1000:.1f} ms late or more although a connection was free"


def _late_ms(late: LatencyHistogram) -> dict[str, float]:
    values = {"p50": late.percentile_seconds(50), "p99": late.percentile_seconds(99), "max": late.max_seconds}
    return {name: value * 1000 for name, value in values.items() if value is not None}
