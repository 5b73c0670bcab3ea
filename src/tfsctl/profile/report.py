"""What a recording found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class StageTime:
    """One part of a request's time.

    Attributes:
        name: `queue`, `parse`, `run`, `encode`, `client and wire`; others where a server does not tell these apart.
        mean_ms: Over all requests; those that did not have this part count with 0.
        p50_ms, p99_ms: None where only the mean is known.
        share: Of the mean of the whole, from 0 to 1.
    """

    name: str
    mean_ms: float
    p50_ms: float | None
    p99_ms: float | None
    share: float


@dataclass(frozen=True, slots=True)
class OpTime:
    """All runs of one of TensorFlow's operations in the recording.

    Attributes:
        type, name: As `MatMul` and `model/dense/MatMul`.
        num_calls: How often it ran.
        self_ms: In all, without the operations that it ran itself.
        mean_ms: The same for one run.
        share: Of the time of all operations, from 0 to 1.
    """

    type: str
    name: str
    num_calls: int
    self_ms: float
    mean_ms: float
    share: float


@dataclass(frozen=True, slots=True)
class LoadTime:
    """What this side sent and saw, from before the recording to after it; latencies in milliseconds."""

    protocol: str
    concurrency: int
    num_requests: int
    num_failed: int
    throughput: float
    mean_ms: float
    p50_ms: float
    p99_ms: float
    workload: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ProfileReport:
    """The figures of one recording.

    Attributes:
        server: The gRPC address of the server that was profiled.
        model: The model whose requests these are; None for all.
        versions: That answered, where the server tells.
        seconds: How long was recorded.
        num_requests: Seen in the recording.
        num_failed: Of these, answered with an error, where the server tells.
        num_refused: Further requests that ended before a model ran, of all models, where the server tells.
        has_spans: Whether the server has told the stages itself.
        stages: In the order in which a request goes through them; they add up to `total`.
        total: Of a request: what this side saw, or the server where nothing was sent from here.
        ops: The longest first.
        load: None where nothing was sent from here.
        notes: What to know about the figures.
        trace: The serialized XSpace itself.
        host_name: The server's machine, as it calls itself.
    """

    server: str
    model: str | None
    versions: tuple[int, ...]
    seconds: float
    num_requests: int
    num_failed: int
    num_refused: int
    has_spans: bool
    stages: tuple[StageTime, ...]
    total: StageTime
    ops: tuple[OpTime, ...]
    load: LoadTime | None
    notes: tuple[str, ...]
    trace: bytes
    host_name: str

    def to_json(self, *, top: int | None = None) -> dict[str, Any]:
        """All but the trace as JSON carries it, with the `top` longest operations. Names stay; new ones may come."""
        return {
            "schema": SCHEMA,
            "server": self.server,
            "model": self.model,
            "versions": list(self.versions),
            "seconds": self.seconds,
            "num_requests": self.num_requests,
            "num_failed": self.num_failed,
            "num_refused": self.num_refused,
            "has_spans": self.has_spans,
            "stages": [asdict(stage) for stage in self.stages],
            "total": asdict(self.total),
            "ops": [asdict(op) for op in self.ops[:top]],
            "num_ops": len(self.ops),
            "load": asdict(self.load) if self.load is not None else None,
            "notes": list(self.notes),
        }
