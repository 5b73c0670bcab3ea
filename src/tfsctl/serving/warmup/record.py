"""One record of a warm-up file: a PredictionLog whose request is run as a client's would be (tensorflow-serving.md §5).

Of its model spec only the signature's name counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError

from tfsctl.codec.model_spec_wire import read_model_spec
from tfsctl.errors import InvalidArgumentError, UnimplementedError
from tfsctl.protos import PredictionLog
from tfsctl.serving.inference.classifier import classify
from tfsctl.serving.inference.example_input import read_examples
from tfsctl.serving.inference.multi_inference import InferenceTask, multi_inference
from tfsctl.serving.inference.predict_message import decode_input, signature_not_found
from tfsctl.serving.inference.predictor import Predictor, find_signature
from tfsctl.serving.inference.regressor import regress
from tfsctl.serving.models.servable import Servable

# An error is kept as long as its version, and sent to whoever asks for the status.
_MAX_SHOWN_BYTES = 1024

# Servable, request message, what knows how to predict.
_Run = Callable[[Servable, Any, Predictor], object]


def parse_record(record: bytes, path: Path) -> Any:
    """The PredictionLog of a record in the file `path`; raises InvalidArgumentError if it is none."""
    try:
        return PredictionLog.FromString(record)
    except DecodeError:
        shown = record[:_MAX_SHOWN_BYTES].decode("utf-8", "replace") + ("…" if len(record) > _MAX_SHOWN_BYTES else "")
        raise InvalidArgumentError(f"Failed to parse warmup record: {shown} from {path}") from None


def run_record(log: Any, servable: Servable, predictor: Predictor) -> None:
    """Run the request of a PredictionLog, and drop the answer. One without any request is passed over.

    Raises:
        UnimplementedError: a kind of log that cannot be replayed.
        TfsctlError: whatever a client would be told.
    """
    kind = log.WhichOneof("log_type")
    if kind is None:
        return
    run = _RUNS.get(kind)
    if run is None:
        raise unsupported_kind(log)
    run(servable, getattr(log, kind).request, predictor)


def unsupported_kind(log: Any) -> UnimplementedError:
    """The error for a PredictionLog of a kind that cannot be replayed."""
    number = log.DESCRIPTOR.fields_by_name[log.WhichOneof("log_type")].number
    return UnimplementedError(f"Unsupported log_type for warmup: {number}")


def _predict(servable: Servable, request: Any, predictor: Predictor) -> None:
    signature = find_signature(servable, _signature_name(request), signature_not_found)
    outputs = tuple(request.output_filter)
    predictor.predict(servable, signature, request.inputs, decode=decode_input, output_names=outputs)


def _classify(servable: Servable, request: Any, predictor: Predictor) -> None:
    examples = read_examples(request.input)
    classify(servable, _signature_name(request), examples, check_method_name=predictor.checks_method_name)


def _regress(servable: Servable, request: Any, predictor: Predictor) -> None:
    examples = read_examples(request.input)
    regress(servable, _signature_name(request), examples, check_method_name=predictor.checks_method_name)


def _multi_inference(servable: Servable, request: Any, predictor: Predictor) -> None:
    specs = [read_model_spec(task.model_spec) for task in request.tasks]
    tasks = [
        InferenceTask(spec.name, spec.resolved_signature_name, task.method_name)
        for spec, task in zip(specs, request.tasks, strict=True)
    ]
    if not tasks:
        raise InvalidArgumentError("ModelSpec has no name specified.")  # As when a client sends none (§6.4).
    examples = read_examples(request.input)
    multi_inference(servable, tasks, examples, check_method_name=predictor.checks_method_name)


def _signature_name(request: Any) -> str:
    return read_model_spec(request.model_spec).resolved_signature_name


_RUNS: Mapping[str, _Run] = {
    "predict_log": _predict,
    "classify_log": _classify,
    "regress_log": _regress,
    "multi_inference_log": _multi_inference,
}
