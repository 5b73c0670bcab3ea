"""A made-up server: what a setting costs on it is known, so what a search should find is known too."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

from tfsctl.bench.level import Level
from tfsctl.bench.level_result import GeneratorLoad, LevelResult
from tfsctl.bench.statistics.histogram import LatencyHistogram
from tfsctl.tune.limit import latency_limit_ms, parse_limits
from tfsctl.tune.objective import Objective
from tfsctl.tune.search import Search
from tfsctl.tune.search_result import SearchResult
from tfsctl.tune.setting import Setting
from tfsctl.tune.space import Space

_OVERHEAD_SECONDS = 2.0
_SPREAD = (0.8, 0.9, 1.0, 1.1, 1.2)
_NUM_OF_EACH = 5


def level_result(
    latencies_ms: dict[float, int], *, seconds: float = 1.0, num_failed: int = 0, first_failure: str | None = None
) -> LevelResult:
    """A result with so many answers at each latency."""
    latencies = LatencyHistogram()
    for milliseconds, count in latencies_ms.items():
        for _ in range(count):
            latencies.record(milliseconds / 1000)
    return LevelResult(
        level=Level(8),
        seconds=seconds,
        num_requests=latencies.count + num_failed,
        num_wrong=0,
        num_failed=num_failed,
        failed_calls={"INVALID_ARGUMENT": num_failed} if num_failed else {},
        first_failure=first_failure,
        latencies=latencies,
        intervals=(),
        repeat_throughputs=(latencies.count / seconds,),
        generator=GeneratorLoad(num_processes=1, cpu_fraction=0.1),
    )


@dataclass
class Machine:
    """Runs n rows in `fixed_ms` + n x `row_ms` on each of its CPUs, in a closed loop of `concurrency` clients.

    Attributes:
        noise: The standard deviation of a run's speed, as a share.
        single_thread_gain: How much faster all is with one thread within operations.
        refusal: What a server with batching answers instead of predictions.
        tolerates_padding: Whether padding keeps it from refusing.
    """

    fixed_ms: float
    row_ms: float
    num_cpus: int = 2
    concurrency: int = 32
    noise: float = 0.0
    single_thread_gain: float = 1.0
    refusal: str | None = None
    tolerates_padding: bool = False
    now: float = 0.0
    seen: Counter[Setting] = field(default_factory=Counter)
    random: random.Random = field(default_factory=lambda: random.Random(7))

    def measure(self, setting: Setting, seconds: float, /, *, phase: str) -> LevelResult:
        """One run, on a clock of its own."""
        del phase
        self.now += _OVERHEAD_SECONDS + seconds
        self.seen[setting] += 1
        if self._refuses(setting):
            return level_result({}, seconds=seconds, num_failed=50, first_failure=self.refusal)
        throughput = self.throughput(setting) * self.random.gauss(1, self.noise)
        mean_ms = self.concurrency / throughput * 1000
        num_answers = _NUM_OF_EACH * len(_SPREAD)
        return level_result({mean_ms * part: _NUM_OF_EACH for part in _SPREAD}, seconds=num_answers / throughput)

    def throughput(self, setting: Setting) -> float:
        """Answers a second, without noise."""
        gain = self.single_thread_gain if setting.intra_op_parallelism == 1 else 1.0
        batching = setting.batching
        if batching is None:
            return gain * self.num_cpus * 1000 / (self.fixed_ms + self.row_ms)
        threads = batching.num_batch_threads
        rows = min(batching.max_batch_size, max(1, self.concurrency // threads))
        run_ms = (self.fixed_ms + rows * self.row_ms) * max(1.0, threads / self.num_cpus)
        return gain * threads * rows * 1000 / (run_ms + batching.batch_timeout_micros / 1000)

    def search(self, *, limit: str = "", budget_seconds: float = 300.0) -> SearchResult:
        """Search this machine's settings."""
        limits = parse_limits([limit])
        space = Space(
            num_cpus=self.num_cpus,
            concurrency=self.concurrency,
            request_ms=self.fixed_ms + self.row_ms,
            limit_ms=latency_limit_ms(limits),
        )
        return Search(
            space=space,
            objective=Objective(limits),
            measure=self.measure,
            clock=lambda: self.now,
            until=self.now + budget_seconds,
            run_seconds=max(0.5, budget_seconds / 100),
        ).run()

    def _refuses(self, setting: Setting) -> bool:
        if setting.batching is None or self.refusal is None:
            return False
        return not (self.tolerates_padding and setting.batching.pad_variable_length_inputs)
