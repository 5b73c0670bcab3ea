"""What to measure."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tfsctl.bench.level import Level
from tfsctl.bench.workload.inputs_plan import InputsPlan
from tfsctl.errors import UsageError
from tfsctl.model_spec import ModelSpec

Arrivals = Literal["constant", "poisson"]
_MAX_CONCURRENCY = 1024
_MAX_PROCESSES = 64
_MAX_RATE = 1e6


@dataclass(frozen=True, kw_only=True, slots=True)
class BenchPlan:
    """A measurement, checked at birth.

    Attributes:
        model: The model's name.
        num_tests: How many requests to send at each level; with `duration_seconds` it does not count.
        concurrency: How many requests may be in flight at once; over REST each has a connection.
        rate: Requests a second, sent at these times whether or not earlier ones are answered, up to `concurrency` at
            once (an open loop). None: each is sent as soon as one before it is answered (a closed loop).
        levels: Several of these two, measured one after another; empty means the one of `concurrency` and `rate`.
        arrivals: Whether a rate means equal gaps (`constant`) or chance ones, as independent users make (`poisson`).
        duration_seconds: Send for so long, at each level, instead of `num_tests` times.
        repeats: How often each level is measured; the figures are added up.
        warmup_requests: How many requests to send before those that count, at each level; None means one for each that
            may be in flight.
        warmup_seconds: Send such requests for so long instead.
        processes: How many processes send; 0 means as many as it takes, up to the number of processors.
        connections: Over gRPC, how many HTTP/2 connections the requests in flight share; None means one each.
        gzip: Compress the requests, over REST, and take compressed answers.
        metrics: Where the server shows its metrics: a path on its REST port or a URL; None means the usual path.
        protocol: `rest` or `grpc`; None as `tfsctl.client.connect` finds it.
        server: As `tfsctl.client.connect` takes it.
        ca_file, cert_file, key_file: For TLS, likewise.
        signature_name: Empty means `predict_images` for digits and `serving_default` for all else.
        model_version: The version; None means the newest available.
        version_label: The version by its label instead.
        timeout_seconds: How long one request may take before it counts as failed; with a rate, also how long it may
            wait for its turn. TF Serving's mnist_client waits 5 s.
        seed: Of the inputs that are made up, and of arrivals by chance.
        inputs: What is sent, and what is known of the right answers.

    Raises:
        UsageError: a value makes no sense.
    """

    model: str = "mnist"
    num_tests: int = 1000
    concurrency: int = 1
    rate: float | None = None
    levels: tuple[Level, ...] = ()
    arrivals: Arrivals = "constant"
    duration_seconds: float | None = None
    repeats: int = 1
    warmup_requests: int | None = None
    warmup_seconds: float | None = None
    processes: int = 0
    connections: int | None = None
    gzip: bool = False
    metrics: str | None = None
    protocol: Literal["rest", "grpc"] | None = None
    server: str | None = None
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    signature_name: str = ""
    model_version: int | None = None
    version_label: str | None = None
    timeout_seconds: float = 5.0
    seed: int = 0
    inputs: InputsPlan = field(default_factory=InputsPlan)

    def __post_init__(self) -> None:
        _require(bool(self.model), "Which model? Its name is empty.")
        _require(self.num_tests >= 1, f"At least one test is needed, not {self.num_tests}.")
        for level in self.all_levels:
            _check_level(level)
        _require(self.arrivals in {"constant", "poisson"}, f"Arrivals are constant or poisson, not {self.arrivals!r}.")
        _require(self.repeats >= 1, f"At least one repeat is needed, not {self.repeats}.")
        self._check_warmup()
        _require(0 <= self.processes <= _MAX_PROCESSES, f"{self.processes} processes are not 0 to {_MAX_PROCESSES}.")
        _require(
            self.connections is None or self.connections >= 1, f"Nothing goes over {self.connections} connections."
        )
        _require(_is_positive(self.duration_seconds), f"Nothing fits into {self.duration_seconds} seconds.")
        _require(_is_positive(self.timeout_seconds), f"A timeout of {self.timeout_seconds} s leaves no time to answer.")
        _require(
            self.model_version is None or self.version_label is None,
            "A version and a version label exclude each other.",
        )

    @property
    def all_levels(self) -> tuple[Level, ...]:
        """The loads to measure, at least one."""
        return self.levels or (Level(self.concurrency, self.rate),)

    @property
    def limit(self) -> int | None:
        """How many requests at most at each level; None where time alone ends it."""
        return self.num_tests if self.duration_seconds is None else None

    def spec(self, signature_name: str = "") -> ModelSpec:
        """The model that is meant, with this signature where the plan names none."""
        return ModelSpec(
            self.model,
            version=self.model_version,
            version_label=self.version_label,
            signature_name=self.signature_name or signature_name,
        )

    def _check_warmup(self) -> None:
        requests, seconds = self.warmup_requests, self.warmup_seconds
        _require(requests is None or requests >= 0, f"{requests} requests cannot warm anything up.")
        _require(
            seconds is None or (seconds >= 0 and math.isfinite(seconds)),
            f"{seconds} seconds cannot warm anything up.",
        )
        _require(
            requests is None or seconds is None, "The warm-up has either a number of requests or a time, not both."
        )


def _check_level(level: Level) -> None:
    count, rate = level.concurrency, level.rate
    _require(1 <= count <= _MAX_CONCURRENCY, f"A concurrency of {count} is not between 1 and {_MAX_CONCURRENCY}.")
    _require(_is_positive(rate), f"A rate of {rate} requests a second sends nothing.")
    _require(rate is None or rate <= _MAX_RATE, f"A rate of {rate} requests a second is above {_MAX_RATE:,.0f}.")


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise UsageError(message)


def _is_positive(value: float | None) -> bool:
    return value is None or (value > 0 and math.isfinite(value))
