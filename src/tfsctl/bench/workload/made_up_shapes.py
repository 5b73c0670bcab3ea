"""Which inputs are made up, and of which shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tfsctl.client.input_check import describe, describe_inputs, is_like, show_shape
from tfsctl.errors import UsageError

if TYPE_CHECKING:
    from tfsctl.bench.workload.inputs_plan import InputsPlan
    from tfsctl.signature import Signature

# Of all sources of inputs: what is kept in memory at once.
MAX_INPUT_BYTES = 512 << 20


def chosen_aliases(signature: Signature, plan: InputsPlan) -> Sequence[str]:
    """The inputs without defaults, and those that the plan names; UsageError if it names one that is not there."""
    given_aliases = {given.alias for given in plan.ranges} | {given.alias for given in plan.shapes}
    named = {alias for alias in given_aliases if alias is not None}
    unknown = sorted(named - signature.inputs.keys())
    if unknown:
        raise UsageError(f'There is no input "{unknown[0]}".', hint=f"It takes {describe_inputs(signature)}.")
    if plan.batch_size is not None and not any(_is_open(spec.shape) for spec in signature.inputs.values()):
        raise UsageError(
            f"The signature has no dimension for {plan.batch_size} rows.",
            hint=f"It takes {describe_inputs(signature)}: leave out --batch-size.",
        )
    return [alias for alias in sorted(signature.inputs) if alias in named or alias not in signature.defaults]


def chosen_shape(alias: str, signature: Signature, plan: InputsPlan) -> tuple[int, ...]:
    """The shape of an input: as the plan says, else open dimensions are 1, and the first one the rows of a batch."""
    spec = signature.inputs[alias]
    given = _given_shape(alias, signature, plan)
    if given is None:
        open_shape = spec.shape if spec.shape is not None else (-1,)
        sizes = [1 if size < 0 else size for size in open_shape]
        if _is_open(open_shape) and plan.batch_size is not None:
            sizes[0] = plan.batch_size
        return tuple(sizes)
    wanted = spec.shape
    if wanted is not None and not is_like(given, wanted):
        raise UsageError(f'Input "{alias}" takes {describe(spec)}, which {show_shape(given)} is not.')
    if plan.batch_size is not None and _is_open(wanted) and given and given[0] != plan.batch_size:
        raise UsageError(
            f"A batch of {plan.batch_size} rows does not go with {show_shape(given)}.",
            hint="Leave out --batch-size: the first number of the shape says it.",
        )
    return given


def _given_shape(alias: str, signature: Signature, plan: InputsPlan) -> tuple[int, ...] | None:
    for given in plan.shapes:
        if given.alias == alias:
            return given.shape
        if given.alias is None and len(signature.inputs) > 1:
            raise UsageError(
                "Which input has that shape? There are several.",
                hint=f"Write --input-shape NAME=…; it takes {describe_inputs(signature)}.",
            )
        if given.alias is None:
            return given.shape
    return None


def _is_open(shape: tuple[int, ...] | None) -> bool:
    """Whether the first dimension may have any size, as that of a batch has."""
    return shape is None or (len(shape) > 0 and shape[0] < 0)
