"""What a measurement found."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class BenchReport:
    """The figures. Counting as TF Serving's mnist_client: an error is a wrong answer or a failed call.

    Attributes:
        model, signature_name: What was asked.
        server, protocol: Who was asked, `HOST:PORT`, and how.
        concurrency, rate: As planned; `rate` is None in a closed loop.
        num_tests: Requests sent.
        num_errors: Wrong answers and failed calls together.
        num_wrong: Wrong answers; 0 where nobody knows the right ones, see `checks_answers`.
        num_failed_calls: Calls that brought no answer.
        failed_calls: These by canonical code (`DEADLINE_EXCEEDED`, …).
        first_failure: What the first failed call said.
        error_rate: Errors over tests, from 0 to 1.
        checks_answers: Whether answers were compared with known labels.
        seconds: From the first request to the last answer.
        throughput: Answers a second.
        latency_ms: Of answers, in milliseconds: `p50`, `p90`, `p99`, `max`, `mean`; None if no call was answered. In
            an open loop from when a request was due, else from when it was sent.
    """

    model: str
    signature_name: str
    server: str
    protocol: str
    concurrency: int
    rate: float | None
    num_tests: int
    num_errors: int
    num_wrong: int
    num_failed_calls: int
    failed_calls: dict[str, int]
    first_failure: str | None
    error_rate: float
    checks_answers: bool
    seconds: float
    throughput: float
    latency_ms: dict[str, float | None]

    @property
    def error_rate_line(self) -> str:
        """The line that ends mnist_client's output: `Inference error rate: 10.8%`.

        The percentage is one division of whole numbers, so that 108 errors in 1000 tests print as 10.8 and not as the
        10.799999999999999 that multiplying the quotient may give.
        """
        percent = self.num_errors * 100 / self.num_tests if self.num_tests else 0.0
        return f"Inference error rate: {percent}%"

    def summary(self) -> str:
        """The figures for people, several lines."""
        lines = [self.error_rate_line, self._latency_line(), self._throughput_line()]
        if self.num_failed_calls:
            codes = ", ".join(f"{count} {code}" for code, count in self.failed_calls.items())
            lines.append(f"Failed calls: {self.num_failed_calls} of {self.num_tests} ({codes}): {self.first_failure}")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """The attributes under their names, as JSON can carry them. Names stay; new ones may come."""
        return dataclasses.asdict(self)

    def _latency_line(self) -> str:
        if self.latency_ms["p50"] is None:
            return "Latency: no call was answered"
        shown = ", ".join(f"{name} {self.latency_ms[name]:.2f} ms" for name in ("p50", "p90", "p99", "max"))
        return f"Latency: {shown}"

    def _throughput_line(self) -> str:
        asked = f", {self.rate:g}/s asked for" if self.rate is not None else ""
        how = f"{self.protocol}, concurrency {self.concurrency}{asked}"
        return f"Throughput: {self.throughput:.1f} answers/s ({self.num_tests} tests in {self.seconds:.2f} s, {how})"
