"""The table of flags against TF Serving's (tensorflow-serving.md §8, written down here again)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tfsctl.cli._serve.flags import ServeFlags
from tfsctl.serving.flags.table import ModelServerFlags, ServerFlags, flags_of

# Name, type, default.
TF_SERVING = [
    ("port", "int32", "8500"),
    ("grpc_socket_path", "string", ""),
    ("rest_api_port", "int32", "0"),
    ("rest_api_num_threads", "int32", "4*CPUs"),
    ("rest_api_timeout_in_ms", "int32", "30000"),
    ("rest_api_enable_cors_support", "bool", "false"),
    ("enable_batching", "bool", "false"),
    ("allow_version_labels_for_unavailable_models", "bool", "false"),
    ("batching_parameters_file", "string", ""),
    ("enable_per_model_batching_parameters", "bool", "false"),
    ("model_config_file", "string", ""),
    ("model_config_file_poll_wait_seconds", "int32", "0"),
    ("model_name", "string", "default"),
    ("model_base_path", "string", ""),
    ("num_load_threads", "int32", "0"),
    ("num_unload_threads", "int32", "0"),
    ("max_num_load_retries", "int32", "5"),
    ("load_retry_interval_micros", "int64", "60000000"),
    ("file_system_poll_wait_seconds", "int32", "1"),
    ("flush_filesystem_caches", "bool", "true"),
    ("tensorflow_session_parallelism", "int64", "0"),
    ("tensorflow_session_config_file", "string", ""),
    ("tensorflow_intra_op_parallelism", "int64", "0"),
    ("tensorflow_inter_op_parallelism", "int64", "0"),
    ("use_alts_credentials", "bool", "false"),
    ("ssl_config_file", "string", ""),
    ("platform_config_file", "string", ""),
    ("per_process_gpu_memory_fraction", "float", "0"),
    ("saved_model_tags", "string", "serve"),
    ("grpc_channel_arguments", "string", ""),
    ("grpc_max_threads", "int32", "4*CPUs"),
    ("enable_model_warmup", "bool", "true"),
    ("num_request_iterations_for_warmup", "int32", "0"),
    ("version", "bool", "false"),
    ("monitoring_config_file", "string", ""),
    ("remove_unused_fields_from_bundle_metagraph", "bool", "true"),
    ("prefer_tflite_model", "bool", "false"),
    ("num_tflite_pools", "int32", "CPUs"),
    ("num_tflite_interpreters_per_pool", "int32", "1"),
    ("enable_signature_method_name_check", "bool", "false"),
    ("xla_cpu_compilation_enabled", "bool", "false"),
    ("xla_gpu_compilation_enabled", "bool", "false"),
    ("enable_profiler", "bool", "true"),
    ("thread_pool_factory_config_file", "string", ""),
    ("mixed_precision", "string", ""),
    ("skip_initialize_tpu", "bool", "false"),
    ("enable_grpc_healthcheck_service", "bool", "false"),
    ("enable_serialization_as_tensor_content", "bool", "false"),
]
PYTHON_TYPES = {"int32": int, "int64": int, "string": str, "bool": bool, "float": float}
# Where 0 means what TF Serving has as its default.
IN_CPUS = {"4*CPUs", "CPUs"}
SECONDS = {"model_config_file_poll_wait_seconds", "file_system_poll_wait_seconds"}
# Where `tfsctl serve` differs on purpose.
OWN_DEFAULTS = {"rest_api_port": 8501, "model_name": ""}
OWN_KINDS = {"port": "port", "rest_api_port": "port"}


def test_the_names_are_tf_servings() -> None:
    names = [flag.name for flag in flags_of(ModelServerFlags)]
    assert sorted(names) == sorted(name for name, _, _ in TF_SERVING)


@pytest.mark.parametrize(("name", "kind", "default"), TF_SERVING)
@pytest.mark.parametrize("flags", [ModelServerFlags, ServerFlags, ServeFlags])
def test_types_and_defaults_are_tf_servings(flags: type[ModelServerFlags], name: str, kind: str, default: str) -> None:
    (flag,) = (each for each in flags_of(flags) if each.name == name)
    wanted: object = PYTHON_TYPES[kind]("0" if default in IN_CPUS else default) if kind != "bool" else default == "true"
    own_kind, own_default = kind, wanted
    if flags is ServeFlags:
        own_kind, own_default = OWN_KINDS.get(name, kind), OWN_DEFAULTS.get(name, wanted)
    assert (flag.kind, flag.default) == (own_kind, own_default)
    assert flag.type is (float if name in SECONDS else PYTHON_TYPES[kind])


def test_every_flag_says_what_it_means() -> None:
    for flag in flags_of(ServeFlags):
        assert "." in flag.meaning, flag.name
        assert flag.type is bool or flag.value, flag.name


def test_the_guide_says_what_each_flag_does_here() -> None:
    guide = Path(__file__).parents[2] / "docs" / "guides" / "replace-tensorflow-model-server.md"
    table = guide.read_text().split("## The flags")[1]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted(name for name, _, _ in TF_SERVING)
