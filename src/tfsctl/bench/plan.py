"""What to measure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tfsctl.errors import UsageError
from tfsctl.model_spec import ModelSpec


@dataclass(frozen=True, kw_only=True, slots=True)
class BenchPlan:
    """A measurement, checked at birth.

    Attributes:
        model: The model's name.
        num_tests: How many requests to send; with `duration_seconds` it does not count.
        concurrency: How many requests may be in flight at once; each has a thread and, over REST, a connection.
        rate: Requests a second, sent at these times whether or not earlier ones are answered, up to `concurrency` at
            once (an open loop). None: each is sent as soon as one before it is answered (a closed loop).
        duration_seconds: Send for so long instead of `num_tests` times.
        protocol: `rest` or `grpc`; None as `tfsctl.client.connect` finds it.
        server: As `tfsctl.client.connect` takes it.
        ca_file, cert_file, key_file: For TLS, likewise.
        signature_name: Empty means `predict_images` for digits and `serving_default` for all else.
        model_version: The version; None means the newest available.
        version_label: The version by its label instead.
        timeout_seconds: How long one request may take before it counts as failed. TF Serving's mnist_client waits 5 s.
        seed: Of the inputs that are made up.

    Raises:
        UsageError: a value makes no sense.
    """

    model: str = "mnist"
    num_tests: int = 1000
    concurrency: int = 1
    rate: float | None = None
    duration_seconds: float | None = None
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

    def __post_init__(self) -> None:
        _require(bool(self.model), "Which model? Its name is empty.")
        _require(self.num_tests >= 1, f"At least one test is needed, not {self.num_tests}.")
        _require(1 <= self.concurrency <= 1024, f"A concurrency of {self.concurrency} is not between 1 and 1024.")
        _require(_is_positive(self.rate), f"A rate of {self.rate} requests a second sends nothing.")
        _require(_is_positive(self.duration_seconds), f"Nothing fits into {self.duration_seconds} seconds.")
        _require(_is_positive(self.timeout_seconds), f"A timeout of {self.timeout_seconds} s leaves no time to answer.")
        _require(
            self.model_version is None or self.version_label is None,
            "A version and a version label exclude each other.",
        )

    @property
    def limit(self) -> int | None:
        """How many requests at most; None where time alone ends it."""
        return self.num_tests if self.duration_seconds is None else None

    def spec(self, signature_name: str = "") -> ModelSpec:
        """The model that is meant, with this signature where the plan names none."""
        return ModelSpec(
            self.model,
            version=self.model_version,
            version_label=self.version_label,
            signature_name=self.signature_name or signature_name,
        )


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise UsageError(message)


def _is_positive(value: float | None) -> bool:
    return value is None or (value > 0 and math.isfinite(value))
