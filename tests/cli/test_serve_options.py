"""The options of `tfsctl serve`: made of the table of flags, and turned into what the server is told."""

from __future__ import annotations

import dataclasses
import inspect
import os
from pathlib import Path
from typing import Any

import pytest

from cli.runner import Runner
from tfsctl.cli._serve.flags import OFF, ServeFlags
from tfsctl.cli._serve.models import models_to_serve
from tfsctl.cli.serve import config_of, serve
from tfsctl.errors import UsageError
from tfsctl.serving import ServerConfig
from tfsctl.serving.flags.table import flags_of

MODELS: dict[str, Any] = {"model_base_path": "/nowhere"}

# Where TF Serving's flag and our field differ in unit or shape; None: there is no field.
FIELD_OF = {
    "rest_api_timeout_in_ms": "rest_api_timeout_seconds",
    "load_retry_interval_micros": "load_retry_interval_seconds",
    "tensorflow_session_parallelism": "session_options",
    "tensorflow_intra_op_parallelism": "session_options",
    "tensorflow_inter_op_parallelism": "session_options",
    "tensorflow_session_config_file": "session_options",
    "per_process_gpu_memory_fraction": "session_options",
    "mixed_precision": "session_options",
    "platform_config_file": "batching_parameters",
    "model_name": "models",
    "model_base_path": "models",
}
WITHOUT_FIELD = {
    *("version", "use_alts_credentials", "skip_initialize_tpu", "flush_filesystem_caches"),
    *("remove_unused_fields_from_bundle_metagraph", "thread_pool_factory_config_file"),
    # Always on.
    *("enable_grpc_healthcheck_service", "xla_cpu_compilation_enabled", "xla_gpu_compilation_enabled"),
}
# What depends on which command runs.
WITHOUT_FLAG = {"require_models_at_start", "rest_api_is_optional"}


def test_every_flag_has_a_field_and_every_field_a_flag() -> None:
    names = {flag.name for flag in flags_of(ServeFlags)} - WITHOUT_FIELD
    fields = {field.name for field in dataclasses.fields(ServerConfig)} - WITHOUT_FLAG
    assert {FIELD_OF.get(name, name) for name in names} == fields


def test_every_flag_is_an_option_of_its_type_and_default() -> None:
    parameters = inspect.signature(serve).parameters
    for flag in flags_of(ServeFlags):
        assert parameters[flag.name].default == flag.default, flag.name
        assert parameters[flag.name].annotation.__origin__ is flag.type, flag.name
    assert set(parameters) == {
        "console",
        "paths",
        "detach",
        "name",
        "docker",
        "typed",
        *(flag.name for flag in flags_of(ServeFlags)),
    }


def test_without_flags_the_server_is_told_its_own_defaults() -> None:
    config = config_of([], ServeFlags(**MODELS))
    usual = ServerConfig(models=config.models)
    assert config == usual


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        ({"port": 0, "rest_api_port": 0}, {"port": 0, "rest_api_port": 0}),
        ({"port": OFF}, {"port": None}),
        ({"rest_api_port": OFF}, {"rest_api_port": None}),
        ({"port": 0, "grpc_socket_path": "/tmp/g"}, {"port": None, "grpc_socket_path": Path("/tmp/g")}),
        ({"port": 1, "grpc_socket_path": "/tmp/g"}, {"port": 1, "grpc_socket_path": Path("/tmp/g")}),
        ({"rest_api_port": 0, "rest_api_socket_path": "/tmp/r"}, {"rest_api_port": None}),
        ({"rest_api_timeout_in_ms": 1500}, {"rest_api_timeout_seconds": 1.5}),
        ({"load_retry_interval_micros": 500_000}, {"load_retry_interval_seconds": 0.5}),
        ({"saved_model_tags": "serve,gpu"}, {"saved_model_tags": ("serve", "gpu")}),
        ({"saved_model_tags": ""}, {"saved_model_tags": ("serve",)}),
        ({"ssl_config_file": "tls.txt", "rest_ssl": True}, {"ssl_config_file": Path("tls.txt"), "rest_ssl": True}),
        ({"request_log": "log", "request_log_sampling_rate": 0.5}, {"request_log": Path("log")}),
        ({"enable_model_warmup": False}, {"enable_model_warmup": False}),
        ({"num_request_iterations_for_warmup": -1}, {"num_request_iterations_for_warmup": 0}),
        ({"enable_profiler": False}, {"enable_profiler": False}),
        ({"prefer_tflite_model": True, "num_tflite_pools": 2}, {"prefer_tflite_model": True, "num_tflite_pools": 2}),
        ({"grpc_channel_arguments": "grpc.x=1"}, {"grpc_channel_arguments": "grpc.x=1"}),
        ({"batching_parameters_file": "", "monitoring_config_file": ""}, {"batching_parameters_file": None}),
    ],
    ids=str,
)
def test_flags_become_settings(flags: dict[str, Any], wanted: dict[str, Any]) -> None:
    config = config_of([], ServeFlags(**MODELS, **flags))
    assert {name: getattr(config, name) for name in wanted} == wanted


def test_a_model_base_path_may_be_missing_and_is_called_default() -> None:
    (model,) = models_to_serve([], model_base_path="/nowhere")
    assert (model.name, model.base_path) == ("default", Path("/nowhere"))


def test_a_model_config_file_overrides_the_one_model() -> None:
    assert models_to_serve([], model_name="m", model_base_path="/m", model_config_file="models.config") == ()
    with pytest.raises(UsageError, match="not both"):
        models_to_serve(["models"], model_config_file="models.config")


def test_a_model_name_names_the_one_path() -> None:
    Path("exported/1").mkdir(parents=True)
    Path("exported/1/saved_model.pb").touch()
    (model,) = models_to_serve(["exported"], model_name="digits")
    assert model.name == "digits"
    assert os.fspath(model.base_path).endswith("exported")


@pytest.mark.parametrize("args", [("--version",), ("--version=true",), ("--json", "--version=false", "--version=1")])
def test_version_prints_two_lines_as_tensorflow_serving_does(args: tuple[str, ...], tfsctl: Runner) -> None:
    result = tfsctl("serve", *args)
    assert result.exit_code == 0
    if "--json" in args:
        assert set(result.json) == {"tfsctl", "tensorflow"}
    else:
        assert [line.split(": ")[0] for line in result.splitlines()] == ["TensorFlow ModelServer", "TensorFlow Library"]


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (("--rest_api_prt=1",), "--rest-api-port"),
        (("--enable_batching=yes",), "--enable-batching"),
        (("--enable_batching=",), "--enable-batching"),
        (("--enable-model-warmup=on",), "--enable-model-warmup"),
        (("--noenable_batching",), "--noenable-batching"),
        (("--port=none",), "neither a port number nor off"),
        (("--port=",), "neither a port number nor off"),
        (("--port=off", "--rest_api_port=off"), "could not be reached"),
        (("--max-num-load-retries=many",), "--max-num-load-retries"),
        (("--request-log-sampling-rate=2",), "between 0 and 1"),
        (("--rest-ssl",), "needs an ssl_config_file"),
        (("--use_alts_credentials", "--ssl_config_file=x"), "Either use_alts_credentials must be false"),
        (("--runtime=jax",), "auto, c_api or python"),
    ],
    ids=str,
)
def test_a_wrong_option_is_named(args: tuple[str, ...], text: str, tfsctl: Runner) -> None:
    result = tfsctl("serve", "--model_base_path=/nowhere", *args)
    assert (result.exit_code, str(result)) == (2, "")
    assert text in result.stderr
