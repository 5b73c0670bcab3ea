"""§8: each flag whose effect a client can see, and those that are accepted without one."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from functools import partial

import numpy as np

from conformance.case import FlagCase, GrpcCase, RestCase
from conformance.cases.text_protos import floats, predict, spec, tensor
from conformance.layout import Content
from conformance.play import Play
from conformance.steps import Answers, Configure, Move, Put, Refuses, Reload, Rests, States, Status
from conformance.warm_ups import FILE, predict_log, records
from serving.grpc_calls import connected
from serving.grpc_calls import tensor as tensor_of
from serving.reload_calls import entry, label, listed

_HALF: Mapping[str, Content] = {"m/1": "half_plus_two"}
_COUNTING: Mapping[str, Content] = {"m/1": 1}
_case = partial(FlagCase, section="8", files=_COUNTING)
_rest = partial(RestCase, section="", what="")
_ask = partial(GrpcCase, section="", what="")
_predict = partial(_rest, target="/v1/models/m:predict")
_ANSWERS = Answers("m", 1)
# Files that flags name, by where they lie.
_BATCHING = b"max_batch_size { value: 2 }"
_THREE_ROWS = _predict(
    body='{"instances": [1.0, 2.0, 3.0]}', status=400, error="Task size 3 is larger than maximum input batch size 2"
)
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


NETWORK = (
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

_LOADING_CONFIG = listed(entry("n", "{home}/m"))

LOADING = (
    _case(
        what="model_name is default by default", flags=("--model_base_path={home}/m",), steps=(Answers("default", 1),)
    ),
    _case(
        what="model_name and model_base_path",
        flags=("--model_name=other name", "--model_base_path={home}/m/"),
        steps=(Answers("other name", 1), Refuses("m", "NOT_FOUND", "Servable not found for request: Latest(m)")),
    ),
    _case(
        what="model_config_file overrides model_name and model_base_path",
        files={**_COUNTING, "models.config": _LOADING_CONFIG.encode()},
        flags=("--model_config_file={home}/models.config", "--model_name=m", "--model_base_path={home}/nowhere"),
        steps=(Answers("n", 1), Refuses("m", "NOT_FOUND", "Servable not found for request: Latest(m)")),
    ),
    _case(
        what="model_config_file_poll_wait_seconds",
        files={**_COUNTING, "models.config": _LOADING_CONFIG.encode()},
        flags=("--model_config_file={home}/models.config", "--model_config_file_poll_wait_seconds=1"),
        steps=(Configure(listed(entry("late", "{home}/m"))), States("late", {1: "AVAILABLE"}), States("n", {1: "END"})),
    ),
    _case(
        what="model_config_file is not read again by default",
        files={**_COUNTING, "models.config": _LOADING_CONFIG.encode()},
        flags=("--model_config_file={home}/models.config",),
        steps=(Configure(listed(entry("late", "{home}/m"))), Rests("n", {1: "AVAILABLE"})),
    ),
    _case(
        what="allow_version_labels_for_unavailable_models",
        flags=("--allow_version_labels_for_unavailable_models=true",),
        steps=(
            Reload(listed(entry("m", "{home}/m", label("soon", 7)))),
            Refuses("m", "NOT_FOUND", "Servable not found for request: Specific(m, 7)", label="soon"),
        ),
    ),
    _case(
        what="no labels for unavailable models by default",
        steps=(
            Reload(
                listed(entry("m", "{home}/m", label("soon", 7))),
                "FAILED_PRECONDITION",
                "Request to assign label to version 7 of model m, which is not currently available for inference",
            ),
        ),
    ),
    _case(
        what="file_system_poll_wait_seconds",
        flags=("--file_system_poll_wait_seconds=1",),
        steps=(Put("m/2", 2), States("m", {2: "AVAILABLE", 1: "END"})),
    ),
    _case(
        what="file_system_poll_wait_seconds of 0 looks once",
        flags=("--file_system_poll_wait_seconds=0",),
        steps=(_ANSWERS, Put("m/2", 2), Rests("m", {1: "AVAILABLE"})),
    ),
    _case(
        what="max_num_load_retries of 0",
        flags=("--max_num_load_retries=0", "--load_retry_interval_micros=60000000"),
        steps=(Put("m/2", "truncated_saved_model"), Status("m", 2, "END", "DATA_LOSS"), _ANSWERS),
    ),
    _case(
        what="load_retry_interval_micros",
        flags=("--max_num_load_retries=3", "--load_retry_interval_micros=1000"),
        steps=(Put("m/2", "truncated_saved_model"), Status("m", 2, "END", "DATA_LOSS"), _ANSWERS),
    ),
    _case(
        what="num_load_threads and num_unload_threads",
        flags=("--num_load_threads=2", "--num_unload_threads=2"),
        steps=(Put("m/2", 2), States("m", {2: "AVAILABLE", 1: "END"})),
    ),
    _case(
        what="saved_model_tags",
        files={"m/1": "without_serve_tag"},
        flags=("--saved_model_tags=train,gpu",),
        steps=(_predict(body='{"instances": [7.0]}', json='{"predictions": [7.0]}'),),
    ),
    _case(
        what="enable_model_warmup by default",
        files={**_COUNTING, "made/2": 2, f"made/2/{FILE}": b"not records"},
        flags=("--max_num_load_retries=0",),
        steps=(Move("made/2", "m/2"), Status("m", 2, "END", "DATA_LOSS"), _ANSWERS),
    ),
    _case(
        what="enable_model_warmup off",
        files={"m/1": "half_plus_two", f"m/1/{FILE}": b"not records"},
        flags=("--enable_model_warmup=false",),
        steps=(_predict(body='{"instances": [1.0]}', json='{"predictions": [2.5]}'),),
    ),
    _case(
        what="num_request_iterations_for_warmup",
        files={"m/1": "counter", f"m/1/{FILE}": records(predict_log("incr_counter"))},
        flags=("--num_request_iterations_for_warmup=3",),
        steps=(
            _ask(
                request=predict(spec("m", signature="get_counter")),
                contains='outputs { key: "output" value { dtype: DT_FLOAT float_val: 3.0 } }',
            ),
        ),
    ),
    _case(
        what="prefer_tflite_model",
        files={"m/1": "tflite_half_plus_two"},
        flags=("--prefer_tflite_model=true", "--num_tflite_pools=1", "--num_tflite_interpreters_per_pool=2"),
        steps=(_predict(body='{"instances": [1.0]}', json='{"predictions": [2.5]}'),),
    ),
    _case(
        what="no prefer_tflite_model by default",
        files={"m/1": "tflite_half_plus_two"},
        steps=(_predict(body='{"instances": [1.0]}', json='{"predictions": [3.5]}'),),
    ),
)

_METHODS = "{tensorflow/serving/predict, tensorflow/serving/classify, tensorflow/serving/regress}"
_PLATFORM = b"""
platform_configs { key: "tensorflow" value { source_adapter_config {
  [type.googleapis.com/tensorflow.serving.SavedModelBundleSourceAdapterConfig] {
    legacy_config { saved_model_tags: "train" saved_model_tags: "gpu" }
  } } } }
"""

RUNNING = (
    _case(
        what="enable_batching",
        flags=("--enable_batching",),
        steps=(
            _predict(
                body='{"inputs": 1.0}',
                status=400,
                error="Batching Run() input tensors must have at least one dimension",
            ),
        ),
    ),
    _case(
        what="batching_parameters_file",
        files={**_HALF, "batching.config": _BATCHING},
        flags=("--enable_batching=true", "--batching_parameters_file={home}/batching.config"),
        steps=(_THREE_ROWS, _predict(body='{"instances": [1.0, 2.0]}', json='{"predictions": [2.5, 3.0]}')),
    ),
    _case(
        what="enable_per_model_batching_parameters",
        files={**_HALF, "m/1/batching_params.pbtxt": _BATCHING},
        flags=("--enable_batching=true", "--enable_per_model_batching_parameters=true"),
        steps=(_THREE_ROWS,),
    ),
    _case(
        what="enable_per_model_batching_parameters leaves other models alone",
        flags=("--enable_batching=true", "--enable_per_model_batching_parameters=true"),
        steps=(_predict(body='{"inputs": 1.0}', json='{"outputs": 2.0}'),),
    ),
    _case(
        what="enable_signature_method_name_check",
        files={"m/1": "outputs"},
        flags=("--enable_signature_method_name_check=true",),
        steps=(
            _ask(
                request=predict(spec("m", signature="unheard_of"), x=floats(1.0)),
                code="INTERNAL",
                text="Expected prediction signature method_name to be one of "
                f"{_METHODS}. Was: tensorflow/serving/unheard_of",
            ),
        ),
    ),
    _case(
        what="no method name is checked by default",
        files={"m/1": "outputs"},
        steps=(_ask(request=predict(spec("m", signature="unheard_of"), x=floats(1.0))),),
    ),
    _case(what="tensorflow_session_parallelism", flags=("--tensorflow_session_parallelism=1",), steps=(_ANSWERS,)),
    _case(
        what="tensorflow_intra_op_parallelism and tensorflow_inter_op_parallelism",
        flags=("--tensorflow_intra_op_parallelism=1", "--tensorflow_inter_op_parallelism=2"),
        steps=(_ANSWERS,),
    ),
    _case(
        what="tensorflow_session_config_file",
        files={**_COUNTING, "session.config": b"allow_soft_placement: true inter_op_parallelism_threads: 1"},
        flags=("--tensorflow_session_config_file={home}/session.config",),
        steps=(_ANSWERS,),
    ),
    _case(
        what="a tensorflow_session_config_file of something else",
        files={**_COUNTING, "session.config": b"no such field: 1"},
        flags=("--tensorflow_session_config_file={home}/session.config",),
        refused=("INVALID_ARGUMENT", "Invalid protobuf file: '{home}/session.config'"),
    ),
    _case(
        what="platform_config_file goes before flags",
        files={"m/1": "without_serve_tag", "platforms.config": _PLATFORM},
        flags=("--platform_config_file={home}/platforms.config", "--saved_model_tags=other"),
        steps=(_predict(body='{"instances": [7.0]}', json='{"predictions": [7.0]}'),),
    ),
    *(
        _case(what=f"{flag.partition('=')[0]} is accepted", flags=(f"--{flag}",), steps=(_ANSWERS,))
        for flag in (
            "per_process_gpu_memory_fraction=0.5",
            "mixed_precision=bfloat16",
            "xla_cpu_compilation_enabled=true",
            "xla_gpu_compilation_enabled=true",
            "flush_filesystem_caches=false",
            "remove_unused_fields_from_bundle_metagraph=false",
            "skip_initialize_tpu=true",
            "thread_pool_factory_config_file={home}/none",
            "use_alts_credentials=true",
        )
    ),
)

CASES = (*NETWORK, *LOADING, *RUNNING)
