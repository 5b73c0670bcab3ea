"""From what was given, or from nothing but a signature, to the requests of a warm-up file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tfsctl.errors import InvalidArgumentError, NotFoundError
from tfsctl.model_spec import DEFAULT_SIGNATURE_NAME, ModelSpec
from tfsctl.signature import CLASSIFY_METHOD_NAME, PREDICT_METHOD_NAME, REGRESS_METHOD_NAME, Signature
from tfsctl.warmup.record import examples_record, predict_record

if TYPE_CHECKING:
    import numpy as np

    from tfsctl.warmup.plan import WarmupPlan

    Arrays = dict[str, np.ndarray[Any, Any]]

_METHODS = {PREDICT_METHOD_NAME: "predict", CLASSIFY_METHOD_NAME: "classify", REGRESS_METHOD_NAME: "regress"}


@dataclass(frozen=True, slots=True)
class RequestMaker:
    """Makes the requests of a plan for one model. `make_example` gives a tf.Example for signatures that take them."""

    plan: WarmupPlan
    model_name: str
    signatures: Mapping[str, Signature]
    make_example: Callable[[], bytes]

    def given(self) -> Iterator[bytes]:
        """A record for each of the plan's bodies, or several where their rows are cut.

        Raises NotFoundError for a signature that is not there, InvalidArgumentError for a body that does not fit it.
        """
        signature = self._signature(self.plan.signature_name or DEFAULT_SIGNATURE_NAME)
        method = self._method(signature)
        for body in self.plan.bodies:
            if method == "predict":
                yield from self._predictions(signature, _arrays_of(body, signature))
            else:
                yield from self._of_examples(method, signature, _examples_of(body))

    def chosen(self) -> Signature:
        """The signature of a request that is made up, where the plan wants one: one that takes tensors if it can be."""
        name = self.plan.signature_name or DEFAULT_SIGNATURE_NAME
        if not self.plan.signature_name and not self._takes_tensors(name):
            name = next((other for other in sorted(self.signatures) if self._takes_tensors(other)), name)
        return self._signature(name)

    def made_up(self, signature: Signature, *, strings_are_examples: bool = False) -> Iterator[bytes]:
        """A record made from nothing but a signature, or one for each of the plan's batch sizes.

        Signatures of TensorFlow 2 do not tell whether a string is to be a tf.Example.
        """
        from tfsctl.client.example_inputs import example_inputs
        from tfsctl.client.inputs import to_arrays

        method = self._method(signature)
        if method == "predict":
            arrays = to_arrays(example_inputs(signature), signature)
            if strings_are_examples:
                arrays = {alias: self._with_examples(array) for alias, array in arrays.items()}
            for size in self.plan.batch_sizes or (None,):
                yield predict_record(self._spec(signature), _with_rows(arrays, signature, size))
        else:
            yield from self._of_examples(method, signature, [self.make_example()])

    def _with_examples(self, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        import numpy as np

        return np.full(array.shape, self.make_example(), object) if array.dtype == object else array

    def _predictions(self, signature: Signature, arrays: Arrays) -> Iterator[bytes]:
        for size in self.plan.batch_sizes or (None,):
            for piece in [arrays] if size is None else _cut_arrays(arrays, size):
                yield predict_record(self._spec(signature), piece)

    def _of_examples(self, method: str, signature: Signature, examples: Sequence[bytes]) -> Iterator[bytes]:
        for size in self.plan.batch_sizes or (len(examples),):
            for rows in _cut(len(examples), size):
                yield examples_record(method, self._spec(signature), [examples[row] for row in rows])

    def _signature(self, name: str) -> Signature:
        if name not in self.signatures:
            there = ", ".join(sorted(self.signatures)) or "none"
            raise NotFoundError(f'The model has no signature "{name}".', hint=f"It has: {there}.")
        return self.signatures[name]

    def _takes_tensors(self, name: str) -> bool:
        signature = self.signatures.get(name)
        return signature is not None and self._method(signature) == "predict"

    def _method(self, signature: Signature) -> str:
        return self.plan.method or _METHODS.get(signature.method_name, "predict")

    def _spec(self, signature: Signature) -> ModelSpec:
        return ModelSpec(self.model_name, signature_name=signature.name)


def _arrays_of(body: bytes, signature: Signature) -> Arrays:
    from tfsctl.codec.json_tensor import parse_predict_body

    return parse_predict_body(body).inputs(signature.inputs)[0]


def _examples_of(body: bytes) -> Sequence[bytes]:
    """The tf.Examples of a body: its instances are what REST calls examples; the whole body may be one too."""
    from tfsctl.codec.example import parse_examples_body

    given = json.loads(body)
    instances = given.get("instances", given.get("inputs"))
    if isinstance(instances, list) and len(instances) == 1 and isinstance(instances[0], dict):
        whole = instances[0]
        if isinstance(whole.get("examples"), list):
            return parse_examples_body(json.dumps(whole).encode()).examples
    return parse_examples_body(json.dumps({"examples": instances}).encode()).examples


def _with_rows(arrays: Arrays, signature: Signature, size: int | None) -> Arrays:
    """The same values, but so many rows where the signature leaves that open."""
    import numpy as np

    if size is None:
        return arrays
    shapes = {alias: signature.inputs[alias].shape for alias in arrays}
    return {
        alias: np.resize(array, (size, *array.shape[1:])) if array.ndim and (shapes[alias] or (-1,))[0] < 0 else array
        for alias, array in arrays.items()
    }


def _cut_arrays(arrays: Arrays, size: int) -> Iterator[Arrays]:
    sizes = {array.shape[:1] for array in arrays.values()}
    if len(sizes) != 1 or sizes & {(), (0,)}:
        raise InvalidArgumentError("Only inputs with the same number of rows can be cut into batches.")
    ((num_rows,),) = sizes
    for rows in _cut(num_rows, size):
        yield {alias: array[rows] for alias, array in arrays.items()}


def _cut(num_rows: int, size: int) -> Iterator[list[int]]:
    """Row numbers for as many batches of `size` as it takes to have every row; the last goes on with the first rows."""
    for start in range(0, num_rows, size):
        yield [row % num_rows for row in range(start, start + size)]
