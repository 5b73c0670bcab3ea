"""Takes requests out of a request log: all of them, or as many as a warm-up file may have, evenly drawn."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfsctl.errors import DataLossError, NotFoundError
from tfsctl.tf_record import read_records
from tfsctl.warmup.record import KINDS, model_specs, request_only

# The same log gives the same sample.
_SEED = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class LogSample:
    """Requests of one model, in the order of the log, and what was passed over.

    Attributes:
        records: Records for a warm-up file.
        num_requests: How many requests of the model the log has.
        end: What is wrong with the log after the last record; None if nothing is.
    """

    records: tuple[bytes, ...]
    num_requests: int
    end: str | None


def sample_log(path: Path, model_name: str, *, max_records: int) -> LogSample:
    """Draw up to `max_records` of the requests of `model_name` from the log `path`.

    A log that ends in the middle of a record, as one does that is being written, is read up to there.

    Raises:
        NotFoundError: there is no such request; the message says of which models there are.
        DataLossError: the file is no TFRecord file.
        OSError: it cannot be read.
    """
    sampler = _Sampler(model_name, max_records)
    end: str | None = None
    try:
        for record in read_records(path):
            sampler.add(record)
    except DataLossError as error:
        if not sampler.num_records:
            raise
        end = error.message
    if not sampler.num_requests:
        raise sampler.nothing_found(path)
    return LogSample(
        records=tuple(record for _, record in sorted(sampler.chosen)),
        num_requests=sampler.num_requests,
        end=end,
    )


class _Sampler:
    """Reservoir sampling: whatever the length of the log, every request has the same chance."""

    def __init__(self, model_name: str, max_records: int) -> None:
        self._model_name = model_name
        self._max_records = max_records
        self._random = random.Random(_SEED)  # noqa: S311 (a sample, no secret)
        self._others: Counter[str] = Counter()
        self.num_records = 0
        self.num_requests = 0
        self.chosen: list[tuple[int, bytes]] = []

    def add(self, record: bytes) -> None:
        self.num_records += 1
        log = _parse(record)
        if log is None or log.WhichOneof("log_type") not in KINDS:
            return
        name = next((spec.name for spec in model_specs(log)), "")
        if name != self._model_name:
            self._others[name] += 1
            return
        self.num_requests += 1
        if len(self.chosen) < self._max_records:
            self.chosen.append((self.num_records, request_only(log)))
            return
        place = self._random.randrange(self.num_requests)
        if place < self._max_records:
            self.chosen[place] = (self.num_records, request_only(log))

    def nothing_found(self, path: Path) -> NotFoundError:
        there = ", ".join(f"{name} ({count})" for name, count in self._others.most_common())
        hint = f"It has requests of: {there}. Choose one with --model-name." if there else "It has no requests at all."
        return NotFoundError(f"{path} has no requests of model {self._model_name}.", hint=hint)


def _parse(record: bytes) -> Any:
    """The PredictionLog of a record; None if it is none."""
    from google.protobuf.message import DecodeError

    from tfsctl.protos import PredictionLog

    try:
        return PredictionLog.FromString(record)
    except DecodeError:
        return None
