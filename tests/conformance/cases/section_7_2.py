"""§7.2: which metrics there are, and what counts. Batching and warm-up have section_7_2_parts.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from conformance.case import GrpcCase, RestCase, ServerCase
from conformance.cases.batching import HALF_FILES, grpc_request, half, half_by_rest, rest_request
from conformance.cases.text_protos import (
    CLASSIFY,
    HALF,
    REGRESS,
    example,
    examples,
    floats,
    inference,
    predict,
    spec,
    task,
    tensor,
)
from conformance.metric_steps import Limits, Lines, Samples
from conformance.play import Play
from conformance.steps import Reload
from serving.reload_calls import entry, listed
from serving.request_log_files import logging_config

_TF = ":tensorflow:serving:"
_Y, _CLASSES = "regress_x_to_y", "classify_x_to_y"
_case = partial(ServerCase, section="7.2", files=HALF_FILES)
_MICROS = tuple(f"{10 * 1.8**power:.6g}" for power in range(33))
_ONE = examples(example(x=1.0))
Step = RestCase | GrpcCase | Callable[[Play], None]


def rpc(call: str, signature: str, content: str = _ONE, code: str = "OK") -> GrpcCase:
    """A call with examples."""
    return grpc_request(call=call, request=inference(spec(HALF, signature=signature), content), code=code)


def several(*tasks: tuple[str, str], num: int = 1) -> GrpcCase:
    """A MultiInference of signatures and methods, for so many examples."""
    specs = " ".join(task(spec(HALF, signature=signature), method) for signature, method in tasks)
    request = f"{specs} input {{ {examples(*[example(x=1.0)] * num)} }}"
    return grpc_request(call="MultiInference", request=request)


def post(method: str, body: str, status: int = 200, model: str = HALF) -> RestCase:
    """A POST to a model."""
    return rest_request(target=f"/v1/models/{model}:{method}", body=body, status=status)


def _example_body(signature: str) -> str:
    return f'{{"signature_name": "{signature}", "examples": [{{"x": 1.0}}]}}'


def _get(target: str, status: int = 200, method: str = "GET") -> RestCase:
    return rest_request(method=method, target=target, status=status)


def _count(what: str, *requests: Step, **counts: int) -> ServerCase:
    """What is counted of requests, by status; all for half_plus_two."""
    samples = {f'model_name="{HALF}",status="{status}"': count for status, count in counts.items()}
    return _counted(what, *requests, samples=samples)


def _counted(what: str, *requests: Step, samples: Mapping[str, int]) -> ServerCase:
    return _case(what=f"request_count of {what}", steps=(*requests, Samples(f"{_TF}request_count", samples)))


def _latency(what: str, *requests: Step, samples: Mapping[str, int]) -> ServerCase:
    steps = (*requests, Samples(f"{_TF}request_latency_count", samples))
    return _case(what=f"request_latency of {what}", steps=steps)


def _runtime(
    what: str, *requests: Step, samples: Mapping[str, int], files: Mapping[str, str] = HALF_FILES
) -> ServerCase:
    steps = (*requests, Samples(f"{_TF}runtime_latency_count", samples))
    return _case(what=f"runtime_latency of {what}", files=files, steps=steps)


def _is_there(name: str, kind: str) -> ServerCase:
    return _case(what=f"{name} is a {kind}", steps=(Lines((f"# TYPE {_TF}{name.replace('/', ':')} {kind}",)),))


def _by_grpc(api: str) -> str:
    return f'model_name="{HALF}",API="{api}",entrypoint="GRPC"'


def _by_rest(api: str) -> str:
    return f'model_name="{HALF}",API="{api}",entrypoint="REST"'


def _run(api: str, model: str = HALF) -> str:
    return f'model_name="{model}",API="{api}",runtime="TF1"'


_WRONG_TYPE = grpc_request(
    request=predict(spec(HALF), x=tensor("DT_DOUBLE", [1], "double_val: 1.0")), code="INVALID_ARGUMENT"
)
_NOBODY = grpc_request(request=predict(spec("nobody"), x=floats(1.0)), code="NOT_FOUND")
_UNHEARD = grpc_request(request=predict(spec(HALF, signature="none"), x=floats(1.0)), code="FAILED_PRECONDITION")
_STATUS = grpc_request(call="GetModelStatus", request=f"model_spec {{ {spec(HALF)} }}")
_METADATA = grpc_request(
    call="GetModelMetadata", request=f'model_spec {{ {spec(HALF)} }} metadata_field: "signature_def"'
)
_RELOAD = Reload(listed(entry(HALF, f"{{home}}/{HALF}")))
_EXAMPLE_COUNTS = f"{_TF}request_example_counts"
_LOGGED = listed(entry(HALF, f"{{home}}/{HALF}", logging_config("{home}/log")))

CASES = (
    # The metrics that are there from the start.
    _is_there("request_count", "counter"),
    _is_there("request_latency", "histogram"),
    _is_there("runtime_latency", "histogram"),
    _is_there("request_example_counts", "histogram"),
    _is_there("request_example_count_total", "counter"),
    _is_there("request_log_count", "counter"),
    _is_there("model_warmup_latency", "histogram"),
    _is_there("model_warmup_records_read", "counter"),
    _is_there("mlmd_map", "gauge"),
    _is_there("batching_session/queuing_latency", "histogram"),
    _is_there("batching_session/wrapped_run_count", "counter"),
    _is_there("batching_session/input_batch_size", "histogram"),
    _is_there("batching_session/processed_batch_size", "histogram"),
    # request_count over gRPC.
    _count("predict", half(1.0), half(2.0), OK=2),
    _count("classify", rpc("Classify", _CLASSES), OK=1),
    _count("regress", rpc("Regress", _Y), OK=1),
    _count("predict that fails", _WRONG_TYPE, _UNHEARD, INVALID_ARGUMENT=1, FAILED_PRECONDITION=1),
    _count("classify that fails", rpc("Classify", "none", code="INVALID_ARGUMENT"), INVALID_ARGUMENT=1),
    _count("regress that fails", rpc("Regress", _Y, "", code="INVALID_ARGUMENT"), INVALID_ARGUMENT=1),
    _counted("an unknown model", _NOBODY, samples={'model_name="nobody",status="NOT_FOUND"': 1}),
    _counted(
        "a request without a model",
        grpc_request(code="INVALID_ARGUMENT"),
        samples={'model_name="",status="INVALID_ARGUMENT"': 1},
    ),
    _counted("multi inference", several((_Y, REGRESS), (_CLASSES, CLASSIFY)), samples={}),
    _counted("the status over grpc", _STATUS, samples={}),
    _counted("the metadata over grpc", _METADATA, samples={}),
    _counted("a reload", _RELOAD, samples={}),
    # request_count over REST.
    _count("predict over rest", half_by_rest(1.0), half_by_rest(2.0), OK=2),
    _count("classify over rest", post("classify", _example_body(_CLASSES)), OK=1),
    _count("regress over rest", post("regress", _example_body(_Y)), OK=1),
    _count("predict that fails over rest", post("predict", "{", 400), post("predict", "[]", 400), INVALID_ARGUMENT=2),
    _count("the status over rest", _get(f"/v1/models/{HALF}"), _get(f"/v1/models/{HALF}/versions/1"), OK=2),
    _count("the metadata over rest", _get(f"/v1/models/{HALF}/metadata"), OK=1),
    _count("an unknown version", _get(f"/v1/models/{HALF}/versions/9", 404), NOT_FOUND=1),
    _counted(
        "an unknown model over rest",
        post("predict", '{"instances": [1.0]}', 404, model="nobody"),
        _get("/v1/models/nobody", 404),
        samples={'model_name="nobody",status="NOT_FOUND"': 2},
    ),
    _counted(
        "a name that is percent encoded",
        _get("/v1/models/a%2Fb", 404),
        samples={'model_name="a/b",status="NOT_FOUND"': 1},
    ),
    *(
        _counted(
            f"{method.lower()} of what is no target",
            _get("/v1/models/m:nothing", 400, method=method),
            samples={'model_name="",status="INVALID_ARGUMENT"': 1},
        )
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD")
    ),
    _counted(
        "a trailing slash",
        _get("/v1/models/m/", 400),
        samples={'model_name="",status="INVALID_ARGUMENT"': 1},
    ),
    _counted("what is none of the apis", _get("/", 404), _get("/v1", 404), _get("/v2/models/m", 404), samples={}),
    _counted("a target that is no uri", _get("/v1/models/a|b", 400), samples={}),
    _counted("the page itself", _get("/monitoring/prometheus/metrics"), samples={}),
    _count("both entry points together", half(1.0), half_by_rest(1.0), OK=2),
    # request_latency.
    _latency("predict", half(1.0), half(2.0), samples={_by_grpc("Predict"): 2}),
    _latency("classify", rpc("Classify", _CLASSES), samples={_by_grpc("Classify"): 1}),
    _latency("regress", rpc("Regress", _Y), samples={_by_grpc("Regress"): 1}),
    _latency("multi inference", several((_Y, REGRESS)), samples={}),
    _latency("the status over grpc", _STATUS, _METADATA, _RELOAD, samples={}),
    _latency("predict over rest", half_by_rest(1.0), half_by_rest(2.0), samples={_by_rest("predict"): 2}),
    _latency("classify over rest", post("classify", _example_body(_CLASSES)), samples={_by_rest("classify"): 1}),
    _latency("regress over rest", post("regress", _example_body(_Y)), samples={_by_rest("regress"): 1}),
    _latency("a get", _get(f"/v1/models/{HALF}"), _get(f"/v1/models/{HALF}/metadata"), samples={_by_rest(""): 2}),
    _latency(
        "what fails",
        _WRONG_TYPE,
        _NOBODY,
        post("predict", "{", 400),
        _get("/v1/models/nobody", 404),
        rpc("Regress", "none", code="INVALID_ARGUMENT"),
        samples={},
    ),
    _case(
        what="limits of request_latency",
        steps=(half(1.0), Limits(f"{_TF}request_latency", _by_grpc("Predict"), _MICROS)),
    ),
    # runtime_latency.
    _runtime("predict", half(1.0), half_by_rest(2.0), samples={_run("Predict"): 2}),
    _runtime(
        "classify",
        rpc("Classify", _CLASSES),
        post("classify", _example_body(_CLASSES)),
        samples={_run("Classify"): 2},
    ),
    _runtime("regress", rpc("Regress", _Y), post("regress", _example_body(_Y)), samples={_run("Regress"): 2}),
    _runtime("what does not run", _WRONG_TYPE, _UNHEARD, post("predict", "{", 400), _STATUS, samples={}),
    _runtime(
        "a run that fails",
        grpc_request(request=predict(spec("failing"), x=floats(-1.0)), code="INVALID_ARGUMENT"),
        grpc_request(request=predict(spec("failing"), x=floats(1.0))),
        samples={_run("Predict", "failing"): 1},
        files={"failing/1": "failing"},
    ),
    _case(
        what="limits of runtime_latency", steps=(half(1.0), Limits(f"{_TF}runtime_latency", _run("Predict"), _MICROS))
    ),
    # request_example_counts, request_example_count_total.
    _case(
        what="examples of multi inference",
        steps=(
            several((_Y, REGRESS), num=1),
            several((_Y, REGRESS), (_CLASSES, CLASSIFY), num=3),
            Samples(f"{_EXAMPLE_COUNTS}_count", {f'model="{HALF}"': 2}),
            Samples(f"{_EXAMPLE_COUNTS}_sum", {f'model="{HALF}"': 4}),
            Samples(f"{_TF}request_example_count_total", {f'model="{HALF}"': 4}),
        ),
    ),
    _case(
        what="examples of classify and regress are not counted",
        steps=(
            rpc("Classify", _CLASSES),
            rpc("Regress", _Y),
            post("regress", _example_body(_Y)),
            Samples(f"{_EXAMPLE_COUNTS}_count", {}),
            Samples(f"{_TF}request_example_count_total", {}),
        ),
    ),
    _case(
        what="limits of request_example_counts",
        steps=(
            several((_Y, REGRESS)),
            Limits(_EXAMPLE_COUNTS, f'model="{HALF}"', tuple(str(2**power) for power in range(15))),
        ),
    ),
    # request_log_count.
    _case(what="request_log_count without a log", steps=(half(1.0), Samples(f"{_TF}request_log_count", {}))),
    _case(
        what="request_log_count with a log",
        config=_LOGGED,
        steps=(half(1.0), half(2.0), Samples(f"{_TF}request_log_count", {f'model_name="{HALF}",status_code="OK"': 2})),
        difference="request log",
    ),
    # mlmd_map.
    _case(what="mlmd_map is never set", steps=(half(1.0), Samples(f"{_TF}mlmd_map", {}))),
)
