"""§2.3: the gRPC transport."""

from __future__ import annotations

from functools import partial
from typing import Any

import grpc
import numpy as np

from conformance.case import GrpcCase, RestCase, ScenarioCase
from conformance.cases.text_protos import HALF, HALF_USED, floats, predict, predicted, spec, tensor
from conformance.servers import Home
from conformance.stage import Stage
from serving.grpc_calls import GrpcCalls, connected, refusal
from serving.grpc_calls import floats as floats_message
from serving.grpc_calls import model_spec as model_spec_message
from tfsctl.protos import ModelSpecProto, PredictRequest, TensorProto

_LABEL_TEXT = "Unrecognized servable version label: "
_LONGEST = "x" * (1024 - len(_LABEL_TEXT))

_case = partial(GrpcCase, section="2.3")
_no_label = partial(_case, code="INVALID_ARGUMENT")


def _large_request() -> bytes:
    """24 MiB: six times gRPC's own limit."""
    content = np.zeros(6 << 20, np.float32).tobytes()
    value = TensorProto(dtype=1, tensor_content=content)
    value.tensor_shape.dim.add(size=6 << 20)
    request = PredictRequest(model_spec=ModelSpecProto(name="identity_float32"), inputs={"x": value})
    serialized: bytes = request.SerializeToString()
    return serialized


def _predict(calls: GrpcCalls) -> float:
    return float(calls.predict(HALF, {"x": floats_message(1.0)})["y"][0])


def _socket(stage: Stage) -> None:
    path = stage.directory / "grpc.sock"
    server = stage.serve(Home(stage.zoo, stage.directory).config(grpc_socket_path=path))
    assert _predict(stage.grpc(server)) == 2.5
    with connected(f"unix:{path}") as calls:
        assert _predict(calls) == 2.5


def _arguments(stage: Stage) -> None:
    config = Home(stage.zoo, stage.directory).config(
        grpc_channel_arguments="grpc.max_receive_message_length=1000,grpc.max_concurrent_streams=7"
    )
    calls = stage.grpc(stage.serve(config))
    assert _predict(calls) == 2.5
    code, _ = refusal(lambda: calls.predict(HALF, {"x": floats_message(*[1.0] * 1000)}))
    assert code == "RESOURCE_EXHAUSTED"


def _no_trailers(stage: Stage) -> None:
    calls = stage.grpc(stage.serve(Home(stage.zoo, stage.directory).config()))
    try:
        calls.predict(model_spec_message("nobody"), {})
    except grpc.RpcError as error:
        failed: Any = error
        assert {key for key, _ in failed.trailing_metadata()} <= {"grpc-status", "grpc-message"}
    else:
        raise AssertionError


CASES = (
    _case(what="messages of 24 MiB both ways", request=_large_request),
    # Texts.
    _no_label(
        what="text of 1024 bytes",
        request=predict(spec(HALF, label=_LONGEST), x=floats(1.0)),
        text=_LABEL_TEXT + _LONGEST,
    ),
    _no_label(
        what="text of 1025 bytes is cut",
        request=predict(spec(HALF, label=_LONGEST + "y"), x=floats(1.0)),
        text=_LABEL_TEXT + _LONGEST + "...TRUNCATED",
    ),
    RestCase(
        section="2.3",
        what="texts are not cut over rest",
        target=f"/v1/models/{HALF}/labels/{'x' * 3000}:predict",
        body='{"instances": [1.0]}',
        status=400,
        error=_LABEL_TEXT + "x" * 3000,
    ),
    ScenarioCase(section="2.3", what="no details behind an error", play=_no_trailers),
    # Deadlines.
    _case(
        what="deadline of the client",
        request=predict(spec("slow"), seconds=tensor("DT_DOUBLE", [], "double_val: 20.0")),
        timeout_seconds=0.3,
        code="DEADLINE_EXCEEDED",
    ),
    _case(
        what="no deadline",
        request=predict(spec(HALF), x=floats(1.0)),
        timeout_seconds=None,
        response=predicted(HALF_USED, y=floats(2.5)),
    ),
    # Options.
    ScenarioCase(section="2.3", what="unix socket", play=_socket),
    ScenarioCase(section="2.3", what="channel arguments", play=_arguments),
)
