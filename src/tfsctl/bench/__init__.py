"""Measure a running server: how fast it answers, and for the digits of MNIST how often it is right.

    from tfsctl.bench import BenchPlan, run

    print(run(BenchPlan(model="mnist", num_tests=1000, concurrency=4)).summary())

Importing this package loads neither numpy nor a client.
"""

from __future__ import annotations

from tfsctl.bench.plan import BenchPlan
from tfsctl.bench.progress import Progress
from tfsctl.bench.report.report import BenchReport
from tfsctl.bench.runner import BenchInterruptedError, run
from tfsctl.bench.statistics.histogram import LatencyHistogram

__all__ = ["BenchInterruptedError", "BenchPlan", "BenchReport", "LatencyHistogram", "Progress", "run"]
