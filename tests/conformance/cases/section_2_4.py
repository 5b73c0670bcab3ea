"""§2.4: which version answers, for every method that runs or describes a model. `three` adds its number to x."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from conformance.case import GrpcCase
from conformance.cases.text_protos import (
    CLASSIFY,
    HALF,
    example,
    examples,
    floats,
    inference,
    predict,
    predicted,
    spec,
    task,
)

_X = examples(example(x=2.0))
_case = partial(GrpcCase, section="2.4")

# How each method asks for a model; None stands for no model spec at all.
_CALLS: dict[str, Callable[[str | None], str]] = {
    "Predict": lambda given: predict(given, x=floats(1.0)),
    "Classify": lambda given: inference(given, _X),
    "Regress": lambda given: inference(given, _X),
    "MultiInference": lambda given: f"{task(given, CLASSIFY)} input {{ {_X} }}",
    "GetModelMetadata": lambda given: (
        f'{"" if given is None else f"model_spec {{ {given} }}"} metadata_field: "signature_def"'
    ),
}


def _refused(what: str, given: str | None, code: str, text: str) -> tuple[GrpcCase, ...]:
    return tuple(
        _case(what=f"{call.lower()} {what}", call=call, request=request(given), code=code, text=text)
        for call, request in _CALLS.items()
        if given is not None or call != "MultiInference"  # Its tasks have no name then: §6.4.
    )


def _answered(what: str, given: str, used: str, y: float) -> GrpcCase:
    return _case(
        what=what,
        request=predict(given, x="dtype: DT_FLOAT float_val: 1.0"),
        response=predicted(used, y=f"dtype: DT_FLOAT tensor_shape {{}} float_val: {y}"),
    )


def _echoed(what: str, call: str, given: str, used: str) -> GrpcCase:
    return _case(what=what, call=call, request=inference(given, _X), contains=f"model_spec {{ {used} }}")


_DEFAULT = "serving_default"

CASES = (
    *_refused("without model spec", None, "INVALID_ARGUMENT", "Missing ModelSpec"),
    *_refused("without name", "", "INVALID_ARGUMENT", "ModelSpec has no name specified."),
    *_refused("of a version without name", spec("", 1), "INVALID_ARGUMENT", "ModelSpec has no name specified."),
    *_refused(
        "of an unknown version", spec(HALF, 7), "NOT_FOUND", f"Servable not found for request: Specific({HALF}, 7)"
    ),
    *_refused("of version zero", spec(HALF, 0), "NOT_FOUND", f"Servable not found for request: Specific({HALF}, 0)"),
    *_refused(
        "of an unknown label", spec(HALF, label="beta"), "INVALID_ARGUMENT", "Unrecognized servable version label: beta"
    ),
    *_refused("of an unknown model", spec("nobody"), "NOT_FOUND", "Servable not found for request: Latest(nobody)"),
    *_refused(
        "of a label without version",
        spec(HALF, label="canary"),
        "NOT_FOUND",
        f"Servable not found for request: Specific({HALF}, 7)",
    ),
    # Which version answers.
    _answered("largest version", spec("three"), spec("three", 10, signature=_DEFAULT), 11.0),
    _answered("version given", spec("three", 3), spec("three", 3, signature=_DEFAULT), 4.0),
    _answered("label given", spec("three", label="old"), spec("three", 2, signature=_DEFAULT), 3.0),
    _answered("another label given", spec("three", label="new"), spec("three", 10, signature=_DEFAULT), 11.0),
    # What is echoed: the name, the signature resolved, the version used, no label.
    _answered("signature given", spec("three", signature=_DEFAULT), spec("three", 10, signature=_DEFAULT), 11.0),
    _case(
        what="predict echoes the signature",
        request=predict(spec(HALF, label="stable", signature="regress_x2_to_y3"), inputs=floats(2.0)),
        response=predicted(spec(HALF, 1, signature="regress_x2_to_y3"), outputs=floats(4.0)),
    ),
    _echoed(
        "classify echoes the signature",
        "Classify",
        spec(HALF, label="stable", signature="classify_x_to_y"),
        spec(HALF, 1, signature="classify_x_to_y"),
    ),
    _echoed(
        "regress echoes the signature",
        "Regress",
        spec(HALF, 1, signature="regress_x_to_y"),
        spec(HALF, 1, signature="regress_x_to_y"),
    ),
    _case(
        what="multi inference echoes each signature",
        call="MultiInference",
        request=f"{task(spec(HALF, label='stable', signature='classify_x_to_y'), CLASSIFY)} input {{ {_X} }}",
        contains=f"results {{ model_spec {{ {spec(HALF, 1, signature='classify_x_to_y')} }} }}",
    ),
)
