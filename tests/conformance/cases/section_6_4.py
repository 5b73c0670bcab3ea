"""§6.4: MultiInference, over gRPC only."""

from __future__ import annotations

from functools import partial

from conformance.case import GrpcCase, RestCase
from conformance.cases.text_protos import (
    CLASSIFY,
    HALF,
    PREDICT,
    REGRESS,
    classifications,
    example,
    examples,
    regressions,
    spec,
    task,
)

_TWO = examples(example(x=2.0), example(x=80.0))
_Y, _Y2, _CLASSES = "regress_x_to_y", "regress_x_to_y2", "classify_x_to_y"

_case = partial(GrpcCase, section="6.4", call="MultiInference")
_invalid = partial(_case, code="INVALID_ARGUMENT")


def _half(signature: str) -> str:
    return spec(HALF, signature=signature)


def _of(*tasks: str, given: str = _TWO) -> str:
    return f"{' '.join(tasks)} input {{ {given} }}"


def _regression(signature: str, *values: float, model: str = HALF) -> str:
    used = spec(model, 1, signature=signature)
    return f"results {{ model_spec {{ {used} }} regression_result {{ {regressions(*values)} }} }}"


def _classification(signature: str, *rows: list[tuple[str, float]]) -> str:
    used = spec(HALF, 1, signature=signature)
    return f"results {{ model_spec {{ {used} }} classification_result {{ {classifications(*rows)} }} }}"


CASES = (
    # Results, in the order of the tasks.
    _case(what="one task", request=_of(task(_half(_Y), REGRESS)), response=_regression(_Y, 3.0, 42.0)),
    _case(
        what="two regressions",
        request=_of(task(_half(_Y), REGRESS), task(_half(_Y2), REGRESS)),
        response=_regression(_Y, 3.0, 42.0) + _regression(_Y2, 4.0, 43.0),
    ),
    _case(
        what="regression and classification",
        request=_of(task(_half(_Y), REGRESS), task(_half(_CLASSES), CLASSIFY)),
        response=_regression(_Y, 3.0, 42.0) + _classification(_CLASSES, [("", 3.0)], [("", 42.0)]),
    ),
    _case(
        what="classification and regression",
        request=_of(task(_half(_CLASSES), CLASSIFY), task(_half(_Y), REGRESS)),
        response=_classification(_CLASSES, [("", 3.0)], [("", 42.0)]) + _regression(_Y, 3.0, 42.0),
    ),
    _case(
        what="one run for all tasks",
        server="method check",
        request=_of(
            task(spec("examples", signature="run_number"), REGRESS),
            task(spec("examples", signature="same_run_number"), REGRESS),
        ),
        response=_regression("run_number", 1.0, 1.0, model="examples")
        + _regression("same_run_number", 1.0, 1.0, model="examples"),
    ),
    _case(
        what="signature of predict",
        request=_of(task(spec("half_plus_two_of_tf2", signature=_Y), REGRESS)),
        response=_regression(_Y, 3.0, 42.0, model="half_plus_two_of_tf2"),
    ),
    # Task 0 decides about model, version and label.
    _invalid(what="no tasks", request=f"input {{ {_TWO} }}", text="ModelSpec has no name specified."),
    _invalid(
        what="first task without model spec", request=_of(task(None, REGRESS)), text="ModelSpec has no name specified."
    ),
    _case(
        what="versions and labels of other tasks are ignored",
        request=_of(
            task(spec(HALF, 1, signature=_Y), REGRESS),
            task(spec(HALF, 7, signature=_Y2), REGRESS),
            task(spec(HALF, label="nosuch", signature=_CLASSES), CLASSIFY),
        ),
        response=_regression(_Y, 3.0, 42.0)
        + _regression(_Y2, 4.0, 43.0)
        + _classification(_CLASSES, [("", 3.0)], [("", 42.0)]),
    ),
    _case(
        what="unknown version of the first task",
        request=_of(task(spec(HALF, 7, signature=_Y), REGRESS)),
        code="NOT_FOUND",
        text=f"Servable not found for request: Specific({HALF}, 7)",
    ),
    _invalid(
        what="unknown label of the first task",
        request=_of(task(spec(HALF, label="beta", signature=_Y), REGRESS)),
        text="Unrecognized servable version label: beta",
    ),
    # Checks of each task, in order.
    _invalid(
        what="further task without model",
        request=_of(task(_half(_Y), REGRESS), task(spec("", signature=_Y2), REGRESS)),
        text="Found ModelSpec with an empty model name.",
    ),
    _invalid(
        what="further task without model spec",
        request=_of(task(_half(_Y), REGRESS), task(None, REGRESS)),
        text="Found ModelSpec with an empty model name.",
    ),
    _invalid(
        what="two models",
        request=_of(task(_half(_Y), REGRESS), task(spec("examples", signature=_Y2), REGRESS)),
        text="All ModelSpecs in a MultiInferenceRequest must access the same model name.",
    ),
    _invalid(
        what="signature twice",
        request=_of(task(_half(_Y), REGRESS), task(_half(_Y), REGRESS)),
        text=f"Duplicate evaluation of signature: {_Y}",
    ),
    _invalid(
        what="signature twice for different methods",
        request=_of(task(_half(_CLASSES), CLASSIFY), task(_half(_CLASSES), REGRESS)),
        text=f"Duplicate evaluation of signature: {_CLASSES}",
    ),
    _invalid(
        what="unknown signature",
        request=_of(task(_half("nosuch"), REGRESS)),
        text="Requested signature not found in model graph: nosuch",
    ),
    _invalid(
        what="unknown signature of a further task",
        request=_of(task(_half(_Y), REGRESS), task(_half("nosuch"), CLASSIFY)),
        text="Requested signature not found in model graph: nosuch",
    ),
    _case(
        what="method predict",
        request=_of(task(_half(_Y), PREDICT)),
        code="UNIMPLEMENTED",
        text=f"Unsupported signature method_name: {PREDICT}",
    ),
    _case(
        what="no method",
        request=_of(task(_half(_Y), "")),
        code="UNIMPLEMENTED",
        text="Unsupported signature method_name: ",
    ),
    _invalid(
        what="rules for regression",
        request=_of(task(spec("examples", signature="classify"), REGRESS)),
        text="Expected one output Tensor.",
    ),
    _invalid(
        what="rules for classification",
        request=_of(task(spec("examples", signature="three"), CLASSIFY)),
        text="Expected one or two output Tensors, found 3",
    ),
    _invalid(
        what="rules for outputs",
        request=_of(task(spec("examples", signature="double"), REGRESS)),
        text="Expected output Tensor of DT_FLOAT.  Got: DT_DOUBLE",
    ),
    _invalid(
        what="method name, checked",
        server="method check",
        request=_of(task(_half(_Y), CLASSIFY)),
        text=f"Expected classification signature method_name to be {CLASSIFY}. Was: {REGRESS}",
    ),
    _invalid(
        what="mistake of the first task comes first",
        request=_of(task(_half("nosuch"), REGRESS), task(_half(_Y), PREDICT)),
        text="Requested signature not found in model graph: nosuch",
    ),
    _invalid(what="no examples", request=_of(task(_half(_Y), REGRESS), given=""), text="Input is empty."),
    RestCase(
        section="6.4",
        what="not over rest",
        target=f"/v1/models/{HALF}:multiinference",
        body="{}",
        status=400,
        error=f"Malformed request: POST /v1/models/{HALF}:multiinference",
    ),
)
