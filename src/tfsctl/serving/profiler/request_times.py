"""When one request was where: what a recording keeps of each."""

from __future__ import annotations

from typing import NamedTuple


class Stage(NamedTuple):
    """A part of a request's time, by `time.monotonic`."""

    name: str
    start: float
    end: float


class RequestTimes:
    """The times of one request, by `time.monotonic`; 0 where a moment never came.

    Attributes:
        entrypoint: `REST` or `GRPC`, as in the metrics.
        method: `Predict`, `Classify`, `Regress` or `MultiInference`.
        queued: When it began to wait for a thread; 0 where it did not.
        started: When a thread had its bytes.
        run_started, run_ended: When the model was called, and was done.
        batch_queued, batch_started: When it began to wait for a batch, and when that began; 0 without batching.
        ended: When the bytes of its answer were there.
        is_ok: Whether these are no error.
    """

    __slots__ = (
        "batch_queued",
        "batch_started",
        "ended",
        "entrypoint",
        "is_ok",
        "method",
        "model",
        "queued",
        "run_ended",
        "run_started",
        "signature",
        "started",
        "version",
    )

    def __init__(self, entrypoint: str, method: str, *, queued: float, started: float) -> None:
        self.entrypoint = entrypoint
        self.method = method
        self.model = ""
        self.version = 0
        self.signature = ""
        self.queued = queued
        self.started = started
        self.run_started = self.run_ended = 0.0
        self.batch_queued = self.batch_started = 0.0
        self.ended = 0.0
        self.is_ok = False

    @property
    def received(self) -> float:
        """When all began."""
        return self.queued or self.started

    def stages(self) -> list[Stage]:
        """The parts in their order; one ends where the next begins, so that they add up to the whole."""
        stages = [Stage("queue", self.queued, self.started)] if self.queued else []
        if self.batch_queued:
            stages.append(Stage("parse", self.started, self.batch_queued))
            stages.append(Stage("queue", self.batch_queued, self.batch_started))
            stages.append(Stage("run", self.batch_started, self.run_ended))
        else:
            stages.append(Stage("parse", self.started, self.run_started))
            stages.append(Stage("run", self.run_started, self.run_ended))
        return [*stages, Stage("encode", self.run_ended, self.ended)]
