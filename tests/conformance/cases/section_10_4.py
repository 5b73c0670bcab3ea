"""§10.4: half plus two and half plus three: those that tfsctl exports, and TF2's."""

from __future__ import annotations

import json
from functools import partial

from conformance.case import GrpcCase, RestCase
from conformance.cases.text_protos import (
    classified,
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

# The exported model has TF1's methods; that of TF2 is the zoo's.
_TF1 = ("half_plus_two", "tutorial")
_TF2 = ("half_plus_two_of_tf2", "default")
_THREE = ("half_plus_three", "tutorial")
_REGRESS_OF_THREE = "tensorflow/serving/regress"
_rest = partial(RestCase, section="10.4")
_grpc = partial(GrpcCase, section="10.4")
_X2 = tensor("DT_FLOAT", [2, 1], "float_val: [2, 4]")


def _post(model: tuple[str, str], method: str, what: str, *, body: object, answer: object) -> RestCase:
    name, server = model
    return _rest(
        what=f"{name} {what}",
        server=server,
        target=f"/v1/models/{name}:{method}",
        body=json.dumps(body),
        json=json.dumps(answer),
    )


def _row(model: tuple[str, str], *values: float) -> RestCase:
    return _post(model, "predict", "in rows", body={"instances": [1.0, 2.0, 5.0]}, answer={"predictions": list(values)})


def _column(model: tuple[str, str], *values: float) -> RestCase:
    return _post(
        model, "predict", "in columns", body={"inputs": {"x": [1.0, 2.0, 5.0]}}, answer={"outputs": list(values)}
    )


def _regress(model: tuple[str, str], signature: str, x: float, y: float) -> tuple[RestCase, GrpcCase]:
    name, server = model
    body = {"signature_name": signature, "examples": [{"x": x}]}
    used = spec(name, 1, signature=signature)
    return (
        _post(model, "regress", f"{signature} of {x:g} over rest", body=body, answer={"results": [y]}),
        _grpc(
            what=f"{name} {signature} of {x:g} over grpc",
            call="Regress",
            server=server,
            request=inference(spec(name, signature=signature), examples(example(x=x))),
            response=regressed(used, y),
        ),
    )


def _classify(model: tuple[str, str]) -> tuple[RestCase, GrpcCase]:
    name, server = model
    signature = "classify_x_to_y"
    body = {"signature_name": signature, "examples": [{"x": 2.0}]}
    return (
        _post(model, "classify", "classify over rest", body=body, answer={"results": [[["", 3.0]]]}),
        _grpc(
            what=f"{name} classify over grpc",
            call="Classify",
            server=server,
            request=inference(spec(name, signature=signature), examples(example(x=2.0))),
            response=classified(spec(name, 1, signature=signature), [("", 3.0)]),
        ),
    )


def _predicts(model: tuple[str, str]) -> GrpcCase:
    name, server = model
    return _grpc(
        what=f"{name} predicts over grpc",
        server=server,
        request=predict(spec(name), x=floats(1.0, 2.0, 5.0)),
        response=predicted(spec(name, 1, signature="serving_default"), y=floats(2.5, 3.0, 4.5)),
    )


def _of_floats(model: tuple[str, str], signature: str, output: str) -> GrpcCase:
    """x2 goes in as floats, not in examples."""
    name, server = model
    values = tensor("DT_FLOAT", [2, 1], "float_val: [4, 5]")
    return _grpc(
        what=f"{name} {signature} takes floats",
        server=server,
        request=predict(spec(name, signature=signature), inputs=_X2),
        response=predicted(spec(name, 1, signature=signature), **{output: values}),
    )


CASES = (
    *(_row(model, 2.5, 3.0, 4.5) for model in (_TF1, _TF2)),
    *(_column(model, 2.5, 3.0, 4.5) for model in (_TF1, _TF2)),
    *(_predicts(model) for model in (_TF1, _TF2)),
    *(case for model in (_TF1, _TF2) for case in _classify(model)),
    *(
        case
        for model in (_TF1, _TF2)
        for x, y in ((80.0, 42.0), (2.0, 3.0))
        for case in _regress(model, "regress_x_to_y", x, y)
    ),
    *(case for model in (_TF1, _TF2) for case in _regress(model, "regress_x_to_y2", 2.0, 4.0)),
    *(_of_floats(model, "regress_x2_to_y3", "outputs") for model in (_TF1, _TF2)),
    _of_floats(_TF2, "classify_x2_to_y3", "scores"),
    _grpc(
        what="the default of tf2's x is 0",
        server="default",
        request=predict(spec("half_plus_two_of_tf2")),
        response=predicted(spec("half_plus_two_of_tf2", 1, signature="serving_default"), y=floats(2.0)),
    ),
    _rest(
        what="tf2 shows its initialisation among the signatures",
        method="GET",
        target="/v1/models/half_plus_two_of_tf2/metadata",
        contains=('"__saved_model_init_op": {',),
    ),
    _row(_THREE, 3.5, 4.0, 5.5),
    *_regress(_THREE, _REGRESS_OF_THREE, 1.0, 3.5),
    *_regress(_THREE, _REGRESS_OF_THREE, 2.0, 4.0),
)
