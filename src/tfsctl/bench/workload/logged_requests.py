"""Requests that were recorded: a server's request log, or a warm-up file (tensorflow-serving.md §5, §9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from google.protobuf.message import DecodeError

from tfsctl.bench.workload.made_up_shapes import MAX_INPUT_BYTES
from tfsctl.codec.tensor_proto import decode_inputs, decode_tensor
from tfsctl.errors import DataLossError, UsageError
from tfsctl.model_spec import DEFAULT_SIGNATURE_NAME
from tfsctl.protos import PredictionLog
from tfsctl.tf_record import read_records

if TYPE_CHECKING:
    import numpy as np

_PREDICT = "predict_log"


@dataclass(frozen=True, kw_only=True, slots=True)
class LoggedRequests:
    """Predict requests for one signature, in the order of the file.

    Attributes:
        signature_name: That they are for, `serving_default` where they named none.
        requests: The inputs of each by alias.
        answers: The outputs that were recorded of each; None where none were.
        is_cut_off: Whether the file ends in the middle of a record, as one does that is being written.
    """

    signature_name: str
    requests: list[Mapping[str, np.ndarray[Any, Any]]] = field(default_factory=list)
    answers: list[Mapping[str, np.ndarray[Any, Any]] | None] = field(default_factory=list)
    is_cut_off: bool = False

    @property
    def has_answers(self) -> bool:
        """Whether any answer was recorded."""
        return any(answer is not None for answer in self.answers)

    def answers_of(self, output: str | None) -> list[Mapping[str, np.ndarray[Any, Any]] | None]:
        """The recorded answers, or what they have of one output."""
        if output is None:
            return self.answers
        chosen = ({output: a[output]} if a is not None and output in a else None for a in self.answers)
        return list(chosen)


def load_log(path: Path, model: str, *, signature_name: str, max_requests: int | None) -> LoggedRequests:
    """The first predict requests in a TFRecord file, as many as are wanted and fit into memory.

    Of the model `model`; where the file has nothing of it, but of a single other one, of that. Of the signature that is
    named, else of the one that the first request is for.

    Raises:
        UsageError: it has no such requests; the message says what it has.
        DataLossError: it is no TFRecord file, or damaged.
        InvalidArgumentError: a tensor in it is malformed.
    """
    reader = _Reader(model, signature_name, max_requests)
    is_cut_off = False
    try:
        for record in read_records(path):
            if not reader.take(record):
                break
    except DataLossError as error:
        if not reader.num_records or not error.message.startswith("truncated"):
            raise
        is_cut_off = True
    name, chosen = reader.chosen(path)
    logs = [PredictionLog.FromString(record).predict_log for record in chosen]
    return LoggedRequests(
        signature_name=name,
        requests=[decode_inputs(log.request.inputs) for log in logs],
        answers=[_answer(log.response) for log in logs],
        is_cut_off=is_cut_off,
    )


class _Reader:
    """Keeps the records of each model and signature, within the limits."""

    def __init__(self, model: str, signature_name: str, max_requests: int | None) -> None:
        self.num_records = 0
        self._model = model
        self._signature_name = signature_name
        self._max_requests = max_requests
        self._records: dict[tuple[str, str], list[bytes]] = {}
        self._others: dict[str, int] = {}
        self._num_bytes = 0

    def take(self, record: bytes) -> bool:
        """Keep one if it is wanted; False once there is no more to keep."""
        self.num_records += 1
        try:
            log = PredictionLog.FromString(record)
        except DecodeError:
            self._others["unreadable"] = self._others.get("unreadable", 0) + 1
            return True
        kind = log.WhichOneof("log_type")
        if kind != _PREDICT:
            name = str(kind or "empty").removesuffix("_log")
            self._others[name] = self._others.get(name, 0) + 1
            return True
        spec = log.predict_log.request.model_spec
        key = (spec.name, spec.signature_name or DEFAULT_SIGNATURE_NAME)
        kept = self._records.setdefault(key, [])
        if self._max_requests is None or len(kept) < self._max_requests:
            kept.append(record)
            self._num_bytes += len(record)
        is_full = len(kept) == self._max_requests and spec.name == self._model and self._is_wanted(key[1])
        return not is_full and self._num_bytes <= MAX_INPUT_BYTES

    def chosen(self, path: Path) -> tuple[str, list[bytes]]:
        """The signature and its records."""
        models = {model for model, _ in self._records}
        model = self._model if self._model in models else next(iter(models), "")
        if model != self._model and len(models) > 1:
            raise UsageError(f"{path} has no requests of model {self._model}.", hint=f"It has: {self._inventory()}.")
        for (name, signature_name), records in self._records.items():
            if name == model and self._is_wanted(signature_name):
                return signature_name, records
        what = f" for the signature {self._signature_name}" if self._signature_name and self._records else ""
        raise UsageError(f"{path} has no predict requests{what}.", hint=f"It has: {self._inventory()}.")

    def _is_wanted(self, signature_name: str) -> bool:
        """Whether it is the named signature, or the first of the model."""
        if self._signature_name:
            return signature_name == self._signature_name
        return signature_name == next((other for model, other in self._records if model == self._model), signature_name)

    def _inventory(self) -> str:
        predict = [f"{len(records)} of {model}'s {name}" for (model, name), records in self._records.items()]
        return ", ".join([*predict, *(f"{count} {kind}" for kind, count in self._others.items())]) or "nothing"


def _answer(response: Any) -> Mapping[str, np.ndarray[Any, Any]] | None:
    if not response.outputs:
        return None
    return {alias: decode_tensor(tensor) for alias, tensor in response.outputs.items()}
