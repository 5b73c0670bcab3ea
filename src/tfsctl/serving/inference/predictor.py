"""What REST and gRPC share between the servable and its outputs: the checks of a Predict request, and the run.

The checks, their order and their texts are those of tensorflow-serving.md §2.5. All of this is safe in any thread.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from time import perf_counter
from typing import Any

import numpy as np

from tfsctl.codec.tensor_proto import decode_tensor
from tfsctl.errors import InternalError, InvalidArgumentError, TfsctlError
from tfsctl.protos import TensorProto
from tfsctl.serving.metrics.run_metrics import RunMetrics
from tfsctl.serving.metrics.server_metrics import Metrics
from tfsctl.serving.models.servable import Servable
from tfsctl.signature import CLASSIFY_METHOD_NAME, PREDICT_METHOD_NAME, REGRESS_METHOD_NAME, Signature

_METHOD_NAMES = (PREDICT_METHOD_NAME, CLASSIFY_METHOD_NAME, REGRESS_METHOD_NAME)

# Turns what came for one input into its array: the alias, then the value. Raises InvalidArgumentError.
Decode = Callable[[str, Any], "np.ndarray[Any, Any]"]


def find_signature(servable: Servable, name: str, not_found: Callable[[str], TfsctlError]) -> Signature:
    """The signature `name` of `servable`; raises `not_found(name)`: each edge has its own code and text for this."""
    signature = servable.model.info.signatures.get(name)
    if signature is None:
        raise not_found(name)
    return signature


class Predictor:
    """Runs a signature of a servable, after checking the request as TF Serving does.

    `checks_method_name` says whether signatures must have been exported for what they are asked to do, in all methods.
    `runs` is where runs are counted and timed.
    """

    def __init__(self, *, check_method_name: bool = False, runs: RunMetrics | None = None) -> None:
        self.checks_method_name = check_method_name
        self.runs = runs if runs is not None else Metrics().runs

    def predict(
        self,
        servable: Servable,
        signature: Signature,
        inputs: Mapping[str, Any],
        *,
        decode: Decode | None = None,
        output_names: Sequence[str] = (),
        timeout_seconds: float | None = None,
    ) -> dict[str, np.ndarray[Any, Any]]:
        """Run `signature` and return its outputs by alias; strings are object arrays of bytes.

        Args:
            servable: The loaded version; the caller keeps its handle until this returns.
            signature: One of the servable's signatures.
            inputs: By alias, arrays, or what `decode` makes arrays of. One left out takes the signature's default.
            decode: Called for each input after the checks on the aliases, so that errors come in TF Serving's order.
            output_names: The outputs wanted; none means all.
            timeout_seconds: How long the model may run.

        Raises:
            InvalidArgumentError: inputs or `output_names` do not fit the signature.
            InternalError: the signature's method name is unknown, where that is checked.
            DeadlineExceededError: the model ran too long.
            TfsctlError: whatever the model says.
        """
        cells = self.runs.cells(servable.id, signature.name)
        try:
            if self.checks_method_name:
                _check_method_name(signature)
            if decode is not None or inputs.keys() != signature.inputs.keys():
                inputs = _bind_inputs(signature, inputs, decode)
            if output_names:
                _check_output_names(signature, output_names)
            started = perf_counter()
            outputs = servable.model.run(signature, inputs, output_names=output_names, timeout_seconds=timeout_seconds)
        except TfsctlError as error:
            cells.fail(error.code)
            raise
        cells.succeed(started)
        return outputs


def _check_method_name(signature: Signature) -> None:
    if signature.method_name not in _METHOD_NAMES:
        raise InternalError(
            "Expected prediction signature method_name to be one of {"
            + ", ".join(_METHOD_NAMES)
            + f"}}. Was: {signature.method_name}"
        )


def _bind_inputs(signature: Signature, given: Mapping[str, Any], decode: Decode | None) -> dict[str, Any]:
    """An array for every input of the signature: the one given, else the default."""
    _check_number_of_inputs(signature, given)
    bound: dict[str, Any] = {}
    num_used = 0
    for alias in signature.inputs:
        # A map of messages would make an entry of what it is asked for and does not hold: look before.
        if alias in given:
            num_used += 1
            bound[alias] = given[alias] if decode is None else decode(alias, given[alias])
        else:
            bound[alias] = _default(signature, alias, given)
    if num_used != len(given):
        used = [alias for alias in signature.inputs if alias in given]
        raise InvalidArgumentError(
            f"Inputs contains invalid name. Used request inputs: {_sorted(used)}, request input: {_sorted(given)}"
        )
    return bound


def _check_number_of_inputs(signature: Signature, given: Collection[str]) -> None:
    expected = signature.inputs
    if len(given) == len(expected) or (len(given) < len(expected) and signature.defaults):
        return
    raise InvalidArgumentError(
        f"input size does not match signature: {len(given)}!={len(expected)}"
        f" len({{{_sorted(given)}}}) != len({{{_sorted(expected)}}})."
        f" Sent extra: {{{_sorted(set(given) - set(expected))}}}."
        f" Missing but required: {{{_sorted(set(expected) - set(given))}}}."
    )


def _default(signature: Signature, alias: str, given: Iterable[str]) -> np.ndarray[Any, Any]:
    serialized = signature.defaults.get(alias)
    if serialized is None:
        raise InvalidArgumentError(
            f"Signature input alias: {alias}(feed name: {signature.inputs[alias].tensor_name}) not found in request and"
            f" no default value provided. Inputs expected to be in the request {{{_sorted(given)}}},"
            f" or default input alias set: {_sorted(signature.defaults)}"
        )
    return decode_tensor(TensorProto.FromString(serialized))


def _check_output_names(signature: Signature, names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name not in signature.outputs:
            raise InvalidArgumentError(
                f"output tensor alias not found in signature: {name}"
                f" Outputs expected to be in the set {{{_sorted(signature.outputs)}}}."
            )
        if name in seen:
            raise InvalidArgumentError(f"duplicate output tensor alias: {name}")
        seen.add(name)


def _sorted(names: Iterable[str]) -> str:
    """Names as TF Serving prints a set of them."""
    return ",".join(sorted(names))
