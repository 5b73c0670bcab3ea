"""§8: flags of ports and protocols, as far as a client sees what they do."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from functools import partial

import numpy as np

from conformance.case import FlagCase, GrpcCase, RestCase
from conformance.cases.text_protos import floats, predict, spec, tensor
from conformance.layout import Content
from conformance.play import Play
from conformance.steps import Answers
from serving.grpc_calls import connected
from serving.grpc_calls import tensor as tensor_of

_COUNTING: Mapping[str, Content] = {"m/1": 1}
_case = partial(FlagCase, section="8", files=_COUNTING)
_rest = partial(RestCase, section="", what="")
_ask = partial(GrpcCase, section="", what="")
_predict = partial(_rest, target="/v1/models/m:predict")
_ANSWERS = Answers("m", 1)
_PROFILE = "/tensorflow.ProfilerService/Monitor"


def _rest_is_off(play: Play) -> None:
    assert play.server.rest_port is None


def _unix_socket_answers(play: Play) -> None:
    with connected(f"unix:{play.home / 'grpc.sock'}") as calls:
        assert calls.predict("m", {"x": tensor_of(np.array(0.0, np.float32))})["y"] == 1.0
    assert play.server.grpc_port is None


def _speaks_tls(play: Play) -> None:
    """Whoever does not begin with a greeting of TLS is not answered."""
    assert play.server.grpc_port is not None
    with socket.create_connection(("127.0.0.1", play.server.grpc_port), timeout=10) as connection:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        assert connection.recv(1) in {b"", b"\x15"}  # The end, or an alert.


CASES = (
    _case(what="rest_api_port is off by default", flags=("--rest_api_port=0",), steps=(_rest_is_off, _ANSWERS)),
    _case(what="rest_api_port", steps=(_predict(body='{"inputs": 0.5}', json='{"outputs": 1.5}'),)),
    _case(
        what="grpc_socket_path in place of a port",
        flags=("--port=0", "--grpc_socket_path={home}/grpc.sock"),
        steps=(_unix_socket_answers, _predict(body='{"inputs": 0.5}', json='{"outputs": 1.5}')),
    ),
    _case(
        what="rest_api_timeout_in_ms",
        files={"m/1": "slow"},
        flags=("--rest_api_timeout_in_ms=100",),
        steps=(_predict(body='{"inputs": 20.0}', status=504),),
    ),
    _case(
        what="rest_api_timeout_in_ms does not concern grpc",
        files={"m/1": "slow"},
        flags=("--rest_api_timeout_in_ms=1",),
        steps=(_ask(request=predict(spec("m"), seconds=tensor("DT_DOUBLE", [], "double_val: 0.05"))),),
    ),
    _case(
        what="no rest_api_timeout_in_ms",
        files={"m/1": "slow"},
        flags=("--rest_api_timeout_in_ms=-1",),
        steps=(_predict(body='{"inputs": 0.05}'),),
    ),
    _case(
        what="rest_api_enable_cors_support",
        flags=("--rest_api_enable_cors_support",),
        steps=(_rest(method="GET", target="/v1/models/m", reply_headers={"access-control-allow-origin": "*"}),),
    ),
    _case(what="rest_api_num_threads", flags=("--rest_api_num_threads=1",), steps=(_predict(body='{"inputs": 0.5}'),)),
    _case(
        what="grpc_channel_arguments",
        flags=("--grpc_channel_arguments=grpc.max_receive_message_length=100,grpc.max_concurrent_streams=10",),
        steps=(
            _ANSWERS,
            _ask(request=predict(spec("m"), x=floats(*[1.0] * 100)), code="RESOURCE_EXHAUSTED"),
        ),
    ),
    _case(
        what="monitoring_config_file",
        files={**_COUNTING, "monitoring.config": b'prometheus_config { enable: true path: "/metrics" }'},
        flags=("--monitoring_config_file={home}/monitoring.config",),
        steps=(_rest(method="GET", target="/metrics", starts="# TYPE "),),
    ),
    _case(
        what="no page for prometheus by default",
        steps=(_rest(method="GET", target="/monitoring/prometheus/metrics", status=404),),
    ),
    _case(
        what="enable_serialization_as_tensor_content",
        flags=("--enable_serialization_as_tensor_content=true",),
        steps=(
            _ask(
                request=predict(spec("m"), x=tensor("DT_FLOAT", [], "float_val: 1.0")),
                contains=r'outputs { key: "y" value { dtype: DT_FLOAT tensor_content: "\000\000\000\100" } }',
            ),
        ),
    ),
    _case(
        what="enable_profiler off",
        flags=("--enable_profiler=false",),
        steps=(_ask(call=_PROFILE, request=b"", code="UNIMPLEMENTED"),),
    ),
    _case(what="enable_profiler by default", steps=(_ask(call=_PROFILE, request=b"", code="!UNIMPLEMENTED"),)),
    _case(
        what="enable_grpc_healthcheck_service",
        flags=("--enable_grpc_healthcheck_service",),
        steps=(_ask(call="/grpc.health.v1.Health/Check", request=b""),),
    ),
)
