"""§8: flags of models and their loading, as far as a client sees what they do."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from conformance.case import FlagCase, GrpcCase, RestCase
from conformance.cases.text_protos import predict, spec
from conformance.layout import Content
from conformance.steps import Answers, Configure, Move, Put, Refuses, Reload, Rests, States, Status
from conformance.warm_ups import FILE, predict_log, records
from serving.reload_calls import entry, label, listed

_COUNTING: Mapping[str, Content] = {"m/1": 1}
_case = partial(FlagCase, section="8", files=_COUNTING)
_rest = partial(RestCase, section="", what="")
_ask = partial(GrpcCase, section="", what="")
_predict = partial(_rest, target="/v1/models/m:predict")
_ANSWERS = Answers("m", 1)
_LOADING_CONFIG = listed(entry("n", "{home}/m"))

CASES = (
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
