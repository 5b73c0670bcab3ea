"""The inputs that a server and a SavedModel are both asked with: made up, given, or from a request log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfsctl.data_type import DataType
from tfsctl.errors import InvalidArgumentError, NotFoundError

if TYPE_CHECKING:
    import numpy as np

    from tfsctl.signature import Signature, TensorSpec

    Arrays = dict[str, np.ndarray[Any, Any]]

_TEXT = b"example"
_MOST_ROWS = 4
# A made-up integer is an index more often than not: 0 and 1 are valid nearly everywhere.
_LARGEST_INTEGER = 1


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One request.

    Attributes:
        label: What it is called in a report, as `input 3`.
        signature: One of the SavedModel's.
        inputs: An array for every input of it.
    """

    label: str
    signature: Signature
    inputs: Arrays


def made_up_cases(signature: Signature, count: int, *, seed: int = 0, example: bytes = _TEXT) -> Iterator[Case]:
    """`count` requests with random inputs of 1 to 4 rows; the same for the same seed.

    Floats lie between 0 and 1 and use all their bits; integers are 0 or 1. Strings are all `example`. Dimensions that
    may have any size are 1, but for the first.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    for number in range(1, count + 1):
        rows = int(rng.integers(1, _MOST_ROWS + 1))
        inputs = {alias: _random(spec, rows, rng, example) for alias, spec in sorted(signature.inputs.items())}
        yield Case(f"input {number}", signature, inputs)


def case_of_body(label: str, signature: Signature, body: bytes) -> Case:
    """The request in the body of a REST predict request; raises InvalidArgumentError where it does not fit."""
    from tfsctl.codec.json_tensor import parse_predict_body

    return Case(label, signature, parse_predict_body(body).inputs(signature.inputs)[0])


def cases_of_log(log: Path, model: str, signatures: Mapping[str, Signature], *, most: int) -> Iterator[Case]:
    """The requests for `model` in a log of PredictionLogs, a TFRecord file; of a longer log, `most` evenly drawn.

    Those to classify or regress become predict requests for the same signature with the same examples. Those for
    several signatures at once (multi inference) are passed over.

    Raises:
        NotFoundError: the log has no request of the model, or one is for a signature that there is none of.
        InvalidArgumentError: a request does not fit its signature.
        DataLossError: the file is no TFRecord file.
        OSError: it cannot be read.
    """
    from tfsctl.protos import PredictionLog
    from tfsctl.warmup.log_sample import sample_log

    for number, record in enumerate(sample_log(log, model, max_records=most).records, start=1):
        case = _case_of_log(f"request {number}", PredictionLog.FromString(record), signatures)
        if case is not None:
            yield case


def _case_of_log(label: str, log: Any, signatures: Mapping[str, Signature]) -> Case | None:
    from tfsctl.codec.tensor_proto import decode_inputs
    from tfsctl.model_spec import DEFAULT_SIGNATURE_NAME

    kind = log.WhichOneof("log_type")
    if kind not in {"predict_log", "classify_log", "regress_log"}:
        return None
    request = getattr(log, kind).request
    name = request.model_spec.signature_name or DEFAULT_SIGNATURE_NAME
    if name not in signatures:
        there = ", ".join(sorted(signatures)) or "none"
        raise NotFoundError(f'The {label} of the log is for signature "{name}".', hint=f"The SavedModel has: {there}.")
    signature = signatures[name]
    inputs = decode_inputs(request.inputs) if kind == "predict_log" else _of_examples(request.input, signature)
    return Case(label, signature, _complete(label, signature, inputs))


def _of_examples(message: Any, signature: Signature) -> Arrays:
    """The examples of an Input message as the tensor of strings that the signature's one input takes."""
    import numpy as np

    if len(signature.inputs) != 1:
        raise InvalidArgumentError(f'Signature "{signature.name}" does not take examples alone.')
    kind = message.WhichOneof("kind")
    given: Any = getattr(message, kind) if kind else None
    # Of a feature that both have, the example's counts: it comes last (tensorflow-serving.md §6.1).
    context = given.context.SerializeToString() if kind == "example_list_with_context" else b""
    examples = [context + example.SerializeToString() for example in (given.examples if given is not None else ())]
    array = np.empty(len(examples), dtype=object)
    array[:] = examples
    return {next(iter(signature.inputs)): array}


def _complete(label: str, signature: Signature, inputs: Arrays) -> Arrays:
    """The inputs, and the signature's defaults for those left out."""
    from tfsctl.codec.tensor_proto import decode_tensor
    from tfsctl.protos import TensorProto

    defaults = {
        alias: decode_tensor(TensorProto.FromString(tensor))
        for alias, tensor in signature.defaults.items()
        if alias not in inputs
    }
    complete = {**defaults, **inputs}
    if complete.keys() != signature.inputs.keys():
        raise InvalidArgumentError(
            f'The {label} has the inputs {", ".join(sorted(inputs))}; signature "{signature.name}" takes'
            f" {', '.join(sorted(signature.inputs))}."
        )
    return complete


def _random(spec: TensorSpec, rows: int, rng: np.random.Generator, example: bytes) -> np.ndarray[Any, Any]:
    import numpy as np

    from tfsctl.codec.dtypes import to_numpy

    shape = _shape(spec, rows)
    if spec.dtype is DataType.STRING:
        return np.full(shape, example, dtype=object)
    dtype = to_numpy(spec.dtype)
    if dtype.names:  # A quantized type: a struct around an integer.
        return rng.integers(0, _LARGEST_INTEGER + 1, shape).astype(dtype[0]).view(dtype)
    if dtype.kind in "biu" or dtype.name in {"int4", "uint4"}:
        return rng.integers(0, _LARGEST_INTEGER + 1, shape).astype(dtype)
    return rng.random(shape).astype(dtype)


def _shape(spec: TensorSpec, rows: int) -> tuple[int, ...]:
    if spec.shape is None:
        return (rows,)
    sizes = [max(size, 1) if size < 0 else size for size in spec.shape]
    return (rows, *sizes[1:]) if spec.shape and spec.shape[0] < 0 else tuple(sizes)
