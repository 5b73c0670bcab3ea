"""Asks the SavedModel and the server the same, and compares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tfsctl.errors import DeadlineExceededError, InvalidArgumentError, TfsctlError, UnavailableError, UnimplementedError
from tfsctl.verify.difference import Difference, compare
from tfsctl.verify.report import Disagreement, OutputReport, VerifyReport

if TYPE_CHECKING:
    import numpy as np

    from tfsctl.client import Client
    from tfsctl.model_spec import ModelSpec
    from tfsctl.runtime import Model
    from tfsctl.signature import Signature
    from tfsctl.verify.case import Case

    Arrays = Mapping[str, np.ndarray[Any, Any]]
    Answer = Arrays | TfsctlError

_NO_JSON_FORM = "Failed to write JSON value for tensor type: "


class Verifier:
    """Compares a server with a loaded SavedModel. For one thread.

    `clients` are those of the server, by protocol; `spec` says which model they ask, and best which version of it, lest
    another one come in between. `tolerance` is that of `compare`.
    """

    def __init__(
        self, model: Model, clients: Mapping[str, Client], spec: ModelSpec, *, tolerance: float | None = None
    ) -> None:
        self._model = model
        self._clients = clients
        self._spec = spec
        self._tolerance = tolerance
        self._outputs: dict[tuple[str, str, str], OutputReport] = {}
        self._disagreements: list[Disagreement] = []
        self._skipped: dict[str, str] = {}
        self._is_repeatable = True

    def compare_signatures(self, protocol: str, served: Mapping[str, Signature]) -> None:
        """Compare what the server says of its signatures: names, types and shapes. Differences are disagreements.

        Tensors may be called otherwise in the graph.
        """
        for name, signature in sorted(self._model.info.signatures.items()):
            ours, theirs = _described(signature), _described(served.get(name))
            if ours != theirs:
                problem = (
                    f"the SavedModel's takes {ours}; the server's takes {theirs}" if theirs else "not on the server"
                )
                self._disagreements.append(
                    Disagreement(
                        protocol=protocol, case=f"signature {name}", signature=name, output="", problem=problem
                    )
                )

    def run(self, cases: Iterable[Case]) -> VerifyReport:
        """Ask both with every case.

        Raises:
            UnavailableError, DeadlineExceededError: the server does not answer, or not in time.
            InvalidArgumentError: nothing was compared: there are no cases, the SavedModel refuses them all, or no
                protocol can carry any.
        """
        num_cases = num_refused = 0
        refusal: TfsctlError | None = None
        for case in cases:
            num_cases += 1
            expected = self._run_model(case)
            if isinstance(expected, TfsctlError):
                num_refused += 1
                refusal = expected
            for protocol, client in self._clients.items():
                self._compare(protocol, case, expected, self._ask(protocol, client, case))
        self._check_compared(num_cases, refusal)
        return VerifyReport(
            outputs=tuple(self._outputs.values()),
            disagreements=tuple(self._disagreements),
            num_cases=num_cases,
            num_refused=num_refused,
            skipped=self._skipped,
            is_repeatable=self._is_repeatable,
        )

    def _check_compared(self, num_cases: int, refusal: TfsctlError | None) -> None:
        if any(report.num_compared for report in self._outputs.values()) or self._disagreements:
            return
        if refusal is not None:
            raise InvalidArgumentError(
                f"Nothing was compared: the SavedModel refuses every input: {refusal.message}",
                hint="Give an INPUT that it takes, or --from-log.",
            )
        reasons = "; ".join(self._skipped.values())
        raise InvalidArgumentError(f"Nothing was compared: {reasons or f'{num_cases} inputs, no outputs'}.")

    def _run_model(self, case: Case) -> Answer:
        try:
            return self._model.run(case.signature, case.inputs)
        except TfsctlError as error:
            return error

    def _ask(self, protocol: str, client: Client, case: Case) -> Answer | None:
        """What the server says; None if the protocol cannot carry it."""
        spec = replace(self._spec, signature_name=case.signature.name)
        try:
            return client.predict(spec, case.inputs).outputs
        except (UnavailableError, DeadlineExceededError):
            raise
        except UnimplementedError as error:
            self._skipped[protocol] = error.message
            return None
        except TfsctlError as error:
            return error

    def _compare(self, protocol: str, case: Case, expected: Answer, given: Answer | None) -> None:
        if given is None:
            return
        if isinstance(given, TfsctlError):
            if _is_limit_of_json(given, expected):
                self._skipped[protocol] = given.message
            elif not isinstance(expected, TfsctlError):
                self._disagree(protocol, case, "", f"the server refuses it: {given.message}")
            return
        if isinstance(expected, TfsctlError):
            self._disagree(protocol, case, "", f"the SavedModel refuses it: {expected.message}")
            return
        for output in sorted({*expected, *given}):
            if output not in given or output not in expected:
                has, lacks = ("SavedModel", "server") if output in expected else ("server", "SavedModel")
                self._disagree(protocol, case, output, f"the {has} has this output, the {lacks} has not")
                continue
            difference = compare(expected[output], given[output], tolerance=self._tolerance)
            _note(self._output_report(protocol, case, output, expected[output]), expected[output], difference)
            if difference.problem:
                self._disagree(protocol, case, output, _detailed(difference, expected[output], given[output]))

    def _output_report(self, protocol: str, case: Case, output: str, expected: np.ndarray[Any, Any]) -> OutputReport:
        from tfsctl.codec.dtypes import from_numpy

        return self._outputs.setdefault(
            (case.signature.name, output, protocol),
            OutputReport(
                signature=case.signature.name,
                protocol=protocol,
                output=output,
                dtype=from_numpy(expected.dtype).tf_name,
                shape=expected.shape,
            ),
        )

    def _disagree(self, protocol: str, case: Case, output: str, problem: str) -> None:
        self._disagreements.append(
            Disagreement(
                protocol=protocol, case=case.label, signature=case.signature.name, output=output, problem=problem
            )
        )
        if self._is_repeatable:
            self._is_repeatable = self._gives_the_same_twice(case)

    def _gives_the_same_twice(self, case: Case) -> bool:
        first, second = self._run_model(case), self._run_model(case)
        if isinstance(first, TfsctlError) or isinstance(second, TfsctlError):
            return isinstance(first, TfsctlError) and isinstance(second, TfsctlError)
        return all(not compare(first[name], second[name], tolerance=self._tolerance).problem for name in first)


def _described(signature: Signature | None) -> str:
    """Inputs and outputs of a signature in one line; empty for none."""
    from tfsctl.client.input_check import describe

    if signature is None:
        return ""
    inputs, outputs = (
        ", ".join(f"{alias}: {describe(spec)}" for alias, spec in sorted(specs.items())) or "nothing"
        for specs in (signature.inputs, signature.outputs)
    )
    return f"{inputs} and gives {outputs}"


def _is_limit_of_json(error: TfsctlError, expected: Answer) -> bool:
    """Whether an output has the very type that a server says its JSON has no form for (tensorflow-serving.md §1.5)."""
    from tfsctl.codec.dtypes import from_numpy

    if isinstance(expected, TfsctlError):
        return False
    types = {from_numpy(array.dtype).tf_name for array in expected.values()}
    return any(error.message == f"{_NO_JSON_FORM}{name}" for name in types)


def _note(report: OutputReport, expected: np.ndarray[Any, Any], difference: Difference) -> None:
    """Add one comparison to what was found before."""
    if report.shape != expected.shape:
        report.shape = None
    report.num_compared += 1
    report.num_values += expected.size
    report.num_different += difference.num_different
    report.largest_difference = _larger(report.largest_difference, difference.largest)
    report.largest_ulps = _larger(report.largest_ulps, difference.largest_ulps)
    report.is_agreed &= not difference.problem


def _detailed(difference: Difference, expected: np.ndarray[Any, Any], given: np.ndarray[Any, Any]) -> str:
    """The problem, with the first values that differ."""
    if expected.shape != given.shape or expected.dtype != given.dtype or not expected.size:
        return difference.problem
    # NaN is unequal to itself; that is no matter for an example.
    where = next(iter((expected != given).reshape(-1).nonzero()[0].tolist()), 0)
    one, other = expected.reshape(-1)[where], given.reshape(-1)[where]
    place = [int(index) for index in _index(where, expected.shape)]
    return f"{difference.problem}; at {place} the SavedModel says {one}, the server {other}"


def _index(flat: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    import numpy as np

    return tuple(int(index) for index in np.unravel_index(flat, shape))


def _larger(one: Any, other: Any) -> Any:
    return other if one is None else one if other is None else max(one, other)
