"""Inputs made from nothing but a signature."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from tfsctl.bench.workload.made_up_shapes import MAX_INPUT_BYTES, chosen_aliases, chosen_shape
from tfsctl.client.example_inputs import example_inputs
from tfsctl.errors import UsageError

if TYPE_CHECKING:
    from tfsctl.bench.workload.inputs_plan import InputsPlan
    from tfsctl.bench.workload.prepared import PreparedWorkload
    from tfsctl.client.predict_codec import PredictCodec

_DISTINCT = 16
_BYTES_OF_ONE = 8


def made_up_workload(codec: PredictCodec, plan: InputsPlan, *, seed: int, max_requests: int | None) -> PreparedWorkload:
    """The requests that a plan has made. With the same seed they are the same.

    Where the plan says nothing, it is one request of example values, whatever the seed makes of it. Else there are as
    many as `distinct` says, 16 random ones unless it does, and no more than `max_requests`.

    Raises:
        UsageError: a range or shape is for no input, or for one that cannot have it.
        InvalidArgumentError: a value is beyond the type of the input.
    """
    from tfsctl.bench.workload.prepared import PreparedWorkload
    from tfsctl.bench.workload.request_inputs import ListedInputs
    from tfsctl.bench.workload.value_maker import ValueMaker

    signature = codec.signature
    if not plan.makes_inputs and plan.batch_size is None and plan.distinct is None:
        made = ListedInputs([example_inputs(signature, seed=seed)])
        return PreparedWorkload(codec, made, description="example values for the signature")
    shapes = {alias: chosen_shape(alias, signature, plan) for alias in chosen_aliases(signature, plan)}
    values = plan.values or "random"
    num_requests = plan.distinct or (_DISTINCT if values == "random" else 1)
    if max_requests is not None:
        num_requests = min(num_requests, max_requests)
    _check_size(sum(prod(shape) for shape in shapes.values()), num_requests)
    maker = ValueMaker(signature, plan.ranges, values=values, seed=seed)
    requests = [{alias: maker.make(alias, shape) for alias, shape in shapes.items()} for _ in range(num_requests)]
    return PreparedWorkload(codec, ListedInputs(requests), description=_described(values, num_requests, plan))


def _check_size(num_values: int, num_requests: int) -> None:
    if num_values * _BYTES_OF_ONE * num_requests > MAX_INPUT_BYTES:
        raise UsageError(
            f"{num_requests} requests of {num_values:,} values each are more than the {MAX_INPUT_BYTES >> 20} MiB that"
            " are kept of them.",
            hint="Ask for fewer with --distinct, or for smaller ones.",
        )


def _described(values: str, num_requests: int, plan: InputsPlan) -> str:
    requests = f"{num_requests} different requests" if num_requests > 1 else "always the same request"
    rows = f", {plan.batch_size} rows in each" if plan.batch_size is not None else ""
    return f"{values} inputs for the signature ({requests}{rows})"
