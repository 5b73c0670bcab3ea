"""§2.1: which services there are on the gRPC port."""

from __future__ import annotations

from functools import partial
from typing import Any

from conformance.case import GrpcCase, ScenarioCase
from conformance.cases.text_protos import CLASSIFY, HALF, example, examples, floats, inference, predict, spec, task
from conformance.servers import Home
from conformance.stage import Stage

_case = partial(GrpcCase, section="2.1")
_X = examples(example(x=2.0))
_PROFILER = "/tensorflow.ProfilerService/"
_METHODS = ("Profile", "Terminate", "Monitor")
_REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"


def _reflect(stage: Stage) -> None:
    from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest, ServerReflectionResponse

    channel: Any = stage.grpc(stage.serve(Home(stage.zoo, stage.directory).config())).channel
    question = ServerReflectionRequest(list_services="").SerializeToString()
    answers = channel.stream_stream(_REFLECTION)(iter([question]), timeout=30)
    listed = ServerReflectionResponse.FromString(next(answers)).list_services_response.service
    assert {"tensorflow.serving.PredictionService", "tensorflow.serving.ModelService"} <= {each.name for each in listed}


CASES = (
    _case(what="predict", request=predict(spec(HALF), x=floats(1.0))),
    _case(what="classify", call="Classify", request=inference(spec(HALF, signature="classify_x_to_y"), _X)),
    _case(what="regress", call="Regress", request=inference(spec(HALF, signature="regress_x_to_y"), _X)),
    _case(
        what="multi inference",
        call="MultiInference",
        request=f"{task(spec(HALF, signature='classify_x_to_y'), CLASSIFY)} input {{ {_X} }}",
    ),
    _case(
        what="metadata",
        call="GetModelMetadata",
        request=f'model_spec {{ {spec(HALF)} }} metadata_field: "signature_def"',
    ),
    _case(what="status", call="GetModelStatus", request=f"model_spec {{ {spec(HALF)} }}"),
    _case(what="reload", call="HandleReloadConfigRequest", request="", code="INVALID_ARGUMENT"),
    _case(
        what="session run is not served",
        call="/tensorflow.serving.SessionService/SessionRun",
        request=b"",
        code="UNIMPLEMENTED",
    ),
    _case(
        what="no such method",
        call="/tensorflow.serving.PredictionService/Explain",
        request=b"",
        code="UNIMPLEMENTED",
    ),
    *(_case(what=f"profiler {name}", call=_PROFILER + name, request=b"", code="!UNIMPLEMENTED") for name in _METHODS),
    *(
        _case(
            what=f"profiler {name} turned off",
            call=_PROFILER + name,
            request=b"",
            server="no profiler",
            code="UNIMPLEMENTED",
        )
        for name in _METHODS
    ),
    _case(
        what="health of the server",
        call="Check",
        request="",
        server="cors",
        difference="grpc health",
        response="status: SERVING",
    ),
    _case(
        what="health of the prediction service",
        call="Check",
        request='service: "PredictionService"',
        server="cors",
        response="status: SERVING",
    ),
    _case(
        what="health of the model service",
        call="Check",
        request='service: "ModelService"',
        server="cors",
        response="status: SERVING",
    ),
    _case(what="health of an unknown service", call="Check", request='service: "Nobody"', code="NOT_FOUND"),
    _case(
        what="health of a model",
        call="Check",
        request=f'service: "{HALF}"',
        server="cors",
        difference="grpc health",
        response="status: SERVING",
    ),
    ScenarioCase(section="2.1", what="reflection", play=_reflect),
)
