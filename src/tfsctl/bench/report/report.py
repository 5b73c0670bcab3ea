"""What a measurement found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tfsctl.bench.report.environment import Environment
from tfsctl.bench.report.level_json import level_from_json, level_to_json
from tfsctl.bench.statistics.percentiles import latency_ms
from tfsctl.errors import InvalidArgumentError

if TYPE_CHECKING:
    from tfsctl.bench.level_result import LevelResult

SCHEMA = 1
_OF_ALL = ("model", "signature_name", "server", "protocol")
_OF_THE_BEST = (
    "concurrency",
    "rate",
    "num_tests",
    "num_errors",
    "num_wrong",
    "num_failed_calls",
    "failed_calls",
    "first_failure",
    "error_rate",
    "checks_answers",
    "seconds",
    "throughput",
    "latency_ms",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class BenchReport:
    """The figures. Counting as TF Serving's mnist_client: an error is a wrong answer or a failed call.

    What is a property shows one level: of several, the one of most throughput.

    Attributes:
        server, protocol: Who was asked, `HOST:PORT`, and how, `rest` or `grpc`.
        model, signature_name: What was asked.
        version, version_label: Of the model, as asked for; both None where the newest was.
        workload: What was sent, in words.
        checks_answers: Whether answers were compared with known ones.
        levels: What was measured, one level after another; at least one.
        environment: Where, when and by what.
        was_interrupted: Whether Ctrl-C ended it before its time.
    """

    server: str
    protocol: str
    model: str
    signature_name: str
    version: int | None = None
    version_label: str | None = None
    workload: str = ""
    checks_answers: bool
    levels: tuple[LevelResult, ...]
    environment: Environment
    was_interrupted: bool = False

    @property
    def best(self) -> LevelResult:
        """The level of most throughput; the first of those that are equal."""
        return max(self.levels, key=lambda result: result.throughput)

    @property
    def concurrency(self) -> int:
        """How many requests could be in flight at once."""
        return self.best.level.concurrency

    @property
    def rate(self) -> float | None:
        """Requests a second that were planned; None in a closed loop."""
        return self.best.level.rate

    @property
    def num_tests(self) -> int:
        """Requests sent."""
        return self.best.num_requests

    @property
    def num_errors(self) -> int:
        """Wrong answers and failed calls together."""
        return self.best.num_errors

    @property
    def num_wrong(self) -> int:
        """Wrong answers; 0 where nobody knows the right ones, see `checks_answers`."""
        return self.best.num_wrong

    @property
    def num_failed_calls(self) -> int:
        """Calls that brought no answer."""
        return self.best.num_failed

    @property
    def failed_calls(self) -> dict[str, int]:
        """These by canonical code (`DEADLINE_EXCEEDED`, …)."""
        return self.best.failed_calls

    @property
    def first_failure(self) -> str | None:
        """What the first failed call said."""
        return self.best.first_failure

    @property
    def error_rate(self) -> float:
        """Errors over tests, from 0 to 1."""
        return self.best.error_rate

    @property
    def seconds(self) -> float:
        """From the first request to the last answer."""
        return self.best.seconds

    @property
    def throughput(self) -> float:
        """Answers a second."""
        return self.best.throughput

    @property
    def latency_ms(self) -> dict[str, float | None]:
        """Of answers, in milliseconds: `p50` … `p99.99`, `max`, `mean`, `stdev`; see `percentiles.latency_ms`.

        In an open loop from when a request was due, else from when it was sent.
        """
        return latency_ms(self.best.latencies)

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
        """All of it as JSON carries it: docs/reference/bench-report.schema.json. Names stay; new ones may come."""
        return {
            **{name: getattr(self, name) for name in (*_OF_ALL, *_OF_THE_BEST)},
            "schema": SCHEMA,
            "version": self.version,
            "version_label": self.version_label,
            "workload": self.workload,
            "was_interrupted": self.was_interrupted,
            "environment": self.environment.to_json(),
            "levels": [level_to_json(result) for result in self.levels],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> BenchReport:
        """The report that `to_json` wrote.

        Raises:
            InvalidArgumentError: it is something else, or of a schema that is not known here.
        """
        schema = document.get("schema")
        if schema != SCHEMA:
            raise InvalidArgumentError(
                f"This is no report that can be read here: its schema is {schema!r}, and {SCHEMA} is known.",
                hint="`tfsctl bench --json` and `--save` write such reports.",
            )
        try:
            return cls(**_values(document))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise InvalidArgumentError(f"This is no complete report: {what}.") from error

    def _latency_line(self) -> str:
        shown = self.latency_ms
        if shown["p50"] is None:
            return "Latency: no call was answered"
        return "Latency: " + ", ".join(f"{name} {shown[name]:.2f} ms" for name in ("p50", "p90", "p99", "max"))

    def _throughput_line(self) -> str:
        asked = f", {self.rate:g}/s asked for" if self.rate is not None else ""
        how = f"{self.protocol}, concurrency {self.concurrency}{asked}"
        return f"Throughput: {self.throughput:.1f} answers/s ({self.num_tests} tests in {self.seconds:.2f} s, {how})"


def _values(document: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes; raises KeyError, TypeError, ValueError or AttributeError for what is no report."""
    version = document["version"]
    levels = tuple(level_from_json(value) for value in document["levels"])
    if not levels:
        raise ValueError("it has no level")
    return {
        **{name: str(document[name]) for name in (*_OF_ALL, "workload")},
        "version": None if version is None else int(version),
        "version_label": document["version_label"],
        "checks_answers": bool(document["checks_answers"]),
        "was_interrupted": bool(document["was_interrupted"]),
        "levels": levels,
        "environment": Environment.from_json(document["environment"]),
    }
