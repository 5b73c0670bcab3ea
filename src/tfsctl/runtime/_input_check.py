"""Refuses inputs of which TensorFlow's kernels would die, before they run.

A wrong number of dimensions in the input of a convolution ends the process, where TensorFlow's other kernels answer
INVALID_ARGUMENT (`_rank_needs`). So it is followed through the graph, from the inputs of a request to the operations
that need another: as far as operations go that are known (`_rank_rules`). Whatever is not known for sure goes through.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tfsctl.errors import InvalidArgumentError
from tfsctl.runtime._rank_needs import MAX_SIZE_WITHOUT_ELEMENTS, need_of, wants_small_sizes
from tfsctl.runtime._rank_steps import INPUT, Path, Ref, Step, signature_steps
from tfsctl.runtime._rank_value import UNKNOWN, RankValue
from tfsctl.signature import Signature

Arrays = Mapping[str, "np.ndarray[Any, Any]"]
# A step that would harm, and what it would be given.
_Verdict = tuple[Step, RankValue]

# Clients choose numbers of dimensions and outputs, and could choose every combination of them.
_MAX_KEPT = 256


class InputCheck:
    """Knows which inputs of one signature would harm. Safe in any thread."""

    def __init__(self, signature: Signature, steps: Sequence[Step], outputs: Mapping[str, Ref]) -> None:
        self._aliases = tuple(signature.inputs)
        self._steps = steps
        self._outputs = outputs
        self._verdicts: dict[tuple[tuple[int, ...], tuple[str, ...]], _Verdict | None] = {}
        declared = [UNKNOWN if spec.shape is None else RankValue(len(spec.shape)) for spec in signature.inputs.values()]
        values = _evaluate(steps, declared)
        # Steps that are right for whom the signature was made. A branch for other inputs may be there beside them.
        self._right = {
            number
            for number, step in enumerate(steps)
            if step.need is not None
            and (given := _value_of(step.inputs[0], values, declared)).rank is not None
            and step.need.suits(given.rank)
        }

    def __call__(self, inputs: Arrays, output_names: Sequence[str] = ()) -> None:
        """Raise InvalidArgumentError if these inputs would harm; says nothing of missing or unknown names."""
        try:
            arrays = [inputs[alias] for alias in self._aliases]
        except KeyError:
            return
        if self._steps:
            self._check_ranks(arrays, output_names)
        for array in arrays:
            if not array.size:
                _check_sizes(array.shape)

    def _check_ranks(self, arrays: Sequence[np.ndarray[Any, Any]], output_names: Sequence[str]) -> None:
        key = (tuple([array.ndim for array in arrays]), tuple(output_names))
        try:
            verdict = self._verdicts[key]
        except KeyError:
            verdict = self._judge(*key)
        if verdict is not None:
            step, value = verdict
            assert step.need is not None
            assert value.rank is not None
            shape = ("?",) * value.rank if value.source is None else arrays[value.source].shape
            raise InvalidArgumentError(step.need.message(shape, step.label))

    def _judge(self, ranks: tuple[int, ...], output_names: tuple[str, ...]) -> _Verdict | None:
        given = [RankValue(rank, source=number) for number, rank in enumerate(ranks)]
        values = _evaluate(self._steps, given)
        harmful: dict[Path, _Verdict] = {}
        for number in sorted(self._steps_for(output_names)):
            step = self._steps[number]
            value = _value_of(step.inputs[0], values, given) if step.need is not None else UNKNOWN
            if step.need is not None and not step.need.suits(value.rank):
                harmful.setdefault(() if number in self._right else step.path, (step, value))
        verdict = _certain(harmful)
        if len(self._verdicts) >= _MAX_KEPT:
            self._verdicts.clear()
        self._verdicts[ranks, output_names] = verdict
        return verdict

    def _steps_for(self, output_names: Sequence[str]) -> set[int]:
        """The numbers of the steps that a run for these outputs takes."""
        refs = [self._outputs.get(alias) for alias in (output_names or self._outputs)]
        return _closure(self._steps, [ref[0] for ref in refs if ref is not None])


def find_input_checks(
    meta_graph: Any, signatures: Mapping[str, Signature], ops: Sequence[str]
) -> dict[str, InputCheck]:
    """The checks of those signatures of a MetaGraphDef that need one; `ops` are the types of its operations."""
    if any(map(need_of, ops)):
        return {name: _new_check(meta_graph, signature) for name, signature in signatures.items()}
    if any(map(wants_small_sizes, ops)):
        return {name: InputCheck(signature, (), {}) for name, signature in signatures.items()}
    return {}


def _new_check(meta_graph: Any, signature: Signature) -> InputCheck:
    steps, outputs = signature_steps(meta_graph, signature)
    depends = _depends_on_inputs(steps)
    needed = _closure(steps, [number for number in depends if steps[number].need is not None])
    return InputCheck(signature, steps if needed else [], outputs)


def _depends_on_inputs(steps: Sequence[Step]) -> set[int]:
    found: set[int] = set()
    for number, step in enumerate(steps):
        if any(ref is not None and (ref[0] == INPUT or ref[0] in found) for ref in step.inputs):
            found.add(number)
    return found


def _closure(steps: Sequence[Step], numbers: Sequence[int]) -> set[int]:
    """These steps and all that run before them for them."""
    waiting, found = list(numbers), set[int]()
    while waiting:
        number = waiting.pop()
        if number != INPUT and number not in found:
            found.add(number)
            waiting.extend(ref[0] for ref in steps[number].inputs if ref is not None)
            waiting.extend(steps[number].after)
    return found


def _certain(harmful: dict[Path, _Verdict]) -> _Verdict | None:
    """The harm that a run certainly does, if any: that of no choice's, or on all ways of one."""
    for length in range(max(map(len, harmful), default=0), 0, -1):
        ways: dict[Path, set[Path]] = {}
        for path in [path for path in harmful if len(path) == length]:
            ways.setdefault((*path[:-1], (path[-1][0], 0, path[-1][2])), set()).add(path)
        for first, paths in ways.items():
            if len(paths) == first[-1][2]:
                harmful.setdefault(first[:-1], harmful[min(paths)])
    return harmful.get(())


def _evaluate(steps: Sequence[Step], given: Sequence[RankValue]) -> list[tuple[RankValue, ...] | RankValue]:
    """What comes out of each step: one value for all its outputs, or one for each."""
    values: list[tuple[RankValue, ...] | RankValue] = []
    for step in steps:
        inputs = [_value_of(ref, values, given) for ref in step.inputs]
        if step.is_list:
            values.append(tuple(inputs))
        elif step.need is not None and step.rule is None:
            values.append(RankValue(step.need.rank))
        else:
            values.append(UNKNOWN if step.rule is None else step.rule(inputs))
    return values


def _value_of(ref: Ref, values: Sequence[tuple[RankValue, ...] | RankValue], given: Sequence[RankValue]) -> RankValue:
    if ref is None:
        return UNKNOWN
    number, index = ref
    if number == INPUT:
        return given[index]
    value = values[number]
    if isinstance(value, RankValue):
        return value
    return value[index] if index < len(value) else UNKNOWN


def _check_sizes(shape: tuple[int, ...]) -> None:
    if math.prod(size for size in shape if size) > MAX_SIZE_WITHOUT_ELEMENTS:
        raise InvalidArgumentError(
            f"The dimensions of an empty tensor must not multiply to more than {MAX_SIZE_WITHOUT_ELEMENTS}, those of"
            f" size 0 apart: [{','.join(map(str, shape))}]"
        )
