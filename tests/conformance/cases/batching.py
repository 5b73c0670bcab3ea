"""Requests and parameters for the cases of batching."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from conformance.case import GrpcCase, RestCase
from conformance.cases.text_protos import (
    HALF,
    example,
    examples,
    floats,
    inference,
    predict,
    predicted,
    regressed,
    spec,
    tensor,
)
from conformance.metric_steps import Samples

# A batch that is not full waits for an hour: nothing but a further request makes it run.
NEVER = "batch_timeout_micros { value: 3600000000 }"
HALF_FILES = {f"{HALF}/1": HALF}

grpc_request = partial(GrpcCase, section="", what="")
rest_request = partial(RestCase, section="", what="")


def parameters(max_batch_size: int, *more: str) -> str:
    """A file with this `max_batch_size`, in which only full batches run unless `more` says otherwise."""
    timeout = "" if any(line.startswith("batch_timeout_micros") for line in more) else NEVER
    return "\n".join([f"max_batch_size {{ value: {max_batch_size} }}", timeout, *more, ""])


def half(*values: float, model: str = HALF) -> GrpcCase:
    """These rows of half plus two, and their answer."""
    used = spec(model, 1, signature="serving_default")
    outputs = floats(*(value / 2 + 2 for value in values))
    return grpc_request(request=predict(spec(model), x=floats(*values)), response=predicted(used, y=outputs))


def half_by_rest(*values: float) -> RestCase:
    """The same over REST."""
    return rest_request(
        target=f"/v1/models/{HALF}:predict",
        body=f'{{"instances": {list(values)}}}',
        json=f'{{"predictions": {[value / 2 + 2 for value in values]}}}',
    )


def refused_half(code: str, text: str, *values: float) -> GrpcCase:
    """These rows, and what they are refused with."""
    return grpc_request(request=predict(spec(HALF), x=floats(*values)), code=code, text=text)


def identity(
    *shape: int, values: Sequence[float], shape_then: Sequence[int] = (), then: Sequence[float] = ()
) -> GrpcCase:
    """A tensor that identity_float32 gives back; `then` is what comes back if that is not `values`."""
    name = "identity_float32"
    given = tensor("DT_FLOAT", shape, f"float_val: {list(values)}")
    answer = tensor("DT_FLOAT", shape_then or shape, f"float_val: {list(then or values)}")
    used = spec(name, 1, signature="serving_default")
    return grpc_request(request=predict(spec(name), x=given), response=predicted(used, y=answer))


def regress(signature: str, *values: float, x: float = 0.0) -> GrpcCase:
    """One example for the zoo's `examples`; compared if there are values."""
    request = inference(spec("examples", signature=signature), examples(example(x=x)))
    used = spec("examples", 1, signature=signature)
    return grpc_request(call="Regress", request=request, response=regressed(used, *values) if values else None)


def half_at(version: int | None = None, label: str = "", value: float = 1.0) -> GrpcCase:
    """A request for a version."""
    used = spec(HALF, version or 1, signature="serving_default")
    request = predict(spec(HALF, version, label=label), x=floats(value))
    return grpc_request(request=request, response=predicted(used, y=floats(value / 2 + 2)))


def num_runs(count: int) -> Samples:
    """So many batches have been run."""
    return Samples(":tensorflow:serving:batching_session:wrapped_run_count", {"": count} if count else {})


def batch_sizes(*, count: int, rows: int) -> tuple[Samples, Samples]:
    """So many batches with so many rows in all, those added to reach an allowed size included."""
    name = ":tensorflow:serving:batching_session:processed_batch_size"
    return Samples(f"{name}_count", {"": count}), Samples(f"{name}_sum", {"": rows})
