"""§4.2: what is run together."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from conformance.at_once import Held, Request, Together
from conformance.case import GrpcCase, RestCase, ServerCase
from conformance.cases.batching import (
    HALF_FILES,
    batch_sizes,
    grpc_request,
    half,
    half_at,
    half_by_rest,
    num_runs,
    parameters,
    regress,
    rest_request,
)
from conformance.cases.text_protos import (
    HALF,
    REGRESS,
    classified,
    example,
    examples,
    floats,
    inference,
    predict,
    spec,
    task,
    tensor,
)
from conformance.layout import Content
from conformance.warm_ups import FILE, predict_log, records

_PAIRS = parameters(2)
_Y, _Y2, _CLASSES = "regress_x_to_y", "regress_x_to_y2", "classify_x_to_y"
_case = partial(ServerCase, section="4.2", files=HALF_FILES, batching=_PAIRS)
_EXAMPLES: Mapping[str, Content] = {"examples/1": "examples"}
_ONE = examples(example(x=1.0))


def _share(what: str, one: Request, other: Request, files: Mapping[str, Content] = HALF_FILES) -> ServerCase:
    """Two requests that make one batch."""
    return _case(what=what, files=files, steps=(Held(one), Together(other), num_runs(1), *batch_sizes(count=1, rows=2)))


def _do_not_mix(what: str, one: Request, other: Request, **settings: Any) -> ServerCase:
    """Two requests that wait, each for another one of its kind."""
    return _case(what=what, **settings, steps=(Held(one, other), Together(one, other), num_runs(2)))


def _is_refused(what: str, text: str, *requests: Request, files: Mapping[str, Content] = HALF_FILES) -> ServerCase:
    assert all((each.error if isinstance(each, RestCase) else each.text) == text for each in requests)
    return _case(what=what, files=files, steps=(*requests, num_runs(0)))


def _half_rpc(call: str, signature: str) -> GrpcCase:
    return grpc_request(call=call, request=inference(spec(HALF, signature=signature), _ONE))


def _half_method(method: str, signature: str) -> RestCase:
    body = f'{{"signature_name": "{signature}", "examples": [{{"x": 1.0}}]}}'
    return rest_request(target=f"/v1/models/{HALF}:{method}", body=body)


def _several(*tasks: tuple[str, str]) -> GrpcCase:
    specs = " ".join(task(spec(HALF, signature=signature), method) for signature, method in tasks)
    return grpc_request(call="MultiInference", request=f"{specs} input {{ {_ONE} }}")


def _scores(signature: str) -> GrpcCase:
    """Of signatures with the same tensors."""
    request = inference(spec("examples", signature=signature), _ONE)
    answer = classified(spec("examples", 1, signature=signature), [("", 1.0), ("", 0.0)])
    return grpc_request(call="Classify", request=request, response=answer)


def _sum(*, output_filter: str = "", b: int = 1) -> GrpcCase:
    given = tensor("DT_INT32", [b], f"int_val: {[1] * b}")
    request = predict(spec("sum_difference"), a=floats(1.0), b=given, output_filter=output_filter)
    return grpc_request(request=request)


_SCALAR = "Batching Run() input tensors must have at least one dimension"
_UNEQUAL = "Batching Run() input tensors must have equal 0th-dimension size"
_NO_INPUT = "Batching Run() must have at least one input tensor"

CASES = (
    # Every method.
    _share("predict over grpc", half(1.0), half(2.0)),
    _share("predict over rest", half_by_rest(1.0), half_by_rest(2.0)),
    _share("predict over grpc and rest", half(1.0), half_by_rest(2.0)),
    _share("classify over grpc", _half_rpc("Classify", _CLASSES), _half_rpc("Classify", _CLASSES)),
    _share("classify over rest", _half_method("classify", _CLASSES), _half_method("classify", _CLASSES)),
    _share("regress over grpc", _half_rpc("Regress", _Y), _half_rpc("Regress", _Y)),
    _share("regress over grpc and rest", _half_rpc("Regress", _Y), _half_method("regress", _Y)),
    _share("multi inference", _several((_Y, REGRESS), (_Y2, REGRESS)), _several((_Y, REGRESS), (_Y2, REGRESS))),
    # Which requests share a queue.
    _share("signatures with the same tensors", _scores("scores"), _scores("tf2_classify"), _EXAMPLES),
    _share("multi inference and regress with the same tensors", _several((_Y, REGRESS)), _half_rpc("Regress", _Y)),
    _share(
        "classify and regress with the same tensors",
        _half_rpc("Classify", _CLASSES),
        _half_rpc("Regress", _Y),
    ),
    _share("a version by number and the latest", half_at(1, value=3.0), half(1.0)),
    # And which do not.
    _do_not_mix(
        "models",
        half(1.0),
        half(1.0, model="other"),
        files={**HALF_FILES, "other/1": HALF},
    ),
    _do_not_mix(
        "versions",
        half_at(1),
        half_at(2),
        files={**HALF_FILES, f"{HALF}/2": HALF},
        more="model_version_policy { all {} }",
    ),
    _do_not_mix("inputs", half(1.0), _half_rpc("Regress", _Y)),
    _do_not_mix("outputs", _half_rpc("Regress", _Y), _half_rpc("Regress", _Y2)),
    _do_not_mix(
        "output filters",
        _sum(),
        _sum(output_filter='output_filter: "sum"'),
        files={"sum_difference/1": "sum_difference"},
    ),
    _do_not_mix("unions of outputs", _several((_Y, REGRESS)), _several((_Y, REGRESS), (_Y2, REGRESS))),
    _do_not_mix(
        "queues of one model",
        regress("regress", 2.0, x=1.0),
        _scores("scores"),
        files=_EXAMPLES,
    ),
    # Dimension 0.
    _case(
        what="the size of a task is that of dimension 0",
        batching=parameters(3),
        steps=(Together(half(1.0, 2.0), half(3.0)), num_runs(1), *batch_sizes(count=1, rows=3)),
    ),
    _is_refused(
        "a signature without inputs",
        _NO_INPUT,
        grpc_request(
            request=predict(spec("counter", signature="get_counter")), code="INVALID_ARGUMENT", text=_NO_INPUT
        ),
        files={"counter/1": "counter"},
    ),
    _is_refused(
        "a scalar",
        _SCALAR,
        grpc_request(
            request=predict(spec(HALF), x=tensor("DT_FLOAT", [], "float_val: 1.0")),
            code="INVALID_ARGUMENT",
            text=_SCALAR,
        ),
        rest_request(target=f"/v1/models/{HALF}:predict", body='{"inputs": 1.0}', status=400, error=_SCALAR),
    ),
    _is_refused(
        "inputs of unequal sizes",
        _UNEQUAL,
        grpc_request(request=_sum(b=2).request, code="INVALID_ARGUMENT", text=_UNEQUAL),
        files={"sum_difference/1": "sum_difference"},
    ),
    _is_refused(
        "a scalar beside a vector",
        _SCALAR,
        grpc_request(
            request=predict(spec("sum_difference"), a=floats(1.0), b=tensor("DT_INT32", [], "int_val: 1")),
            code="INVALID_ARGUMENT",
            text=_SCALAR,
        ),
        files={"sum_difference/1": "sum_difference"},
    ),
    # Warm-up.
    _case(
        what="warm up",
        files={**HALF_FILES, f"{HALF}/1/{FILE}": records(predict_log(x=floats(1.0)), predict_log(x=floats(1.0, 2.0)))},
        batching="\n",
        steps=(num_runs(2), *batch_sizes(count=2, rows=3)),
    ),
)
