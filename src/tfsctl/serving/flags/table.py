"""The flags of `tensorflow_model_server`, once: name, type, default and meaning (tensorflow-serving.md §8).

`tfsctl serve` makes its options of the classes below, `python -m tfsctl.serving` its parser. Files are texts, for TF
Serving's way to say "none" is the empty one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, get_args, get_type_hints

# A type, and what TF Serving calls it.
Int32 = Annotated[int, "int32"]
Int64 = Annotated[int, "int64"]
# TF Serving takes whole numbers; a fraction of a second makes sense too.
Seconds = Annotated[float, "int32"]
Float = Annotated[float, "float"]
Text = Annotated[str, "string"]
Bool = Annotated[bool, "bool"]

MODELS, NETWORK, LOADING, RUNNING, BATCHING = "Models", "Network", "Loading", "Running", "Batching"
WITHOUT_EFFECT = "Accepted, without effect"


class About(NamedTuple):
    """What else there is to say of a flag; `value` stands for its value in the help."""

    group: str
    meaning: str
    value: str = ""


class Flag(NamedTuple):
    """One flag: `kind` is TF Serving's name for its `type`; `value` stands for the value in the help."""

    name: str
    type: type
    kind: str
    default: Any
    group: str
    meaning: str
    value: str


def flags_of(flags: type[ModelServerFlags]) -> tuple[Flag, ...]:
    """The flags of a class of them, in their order."""
    if flags not in _KNOWN:
        _KNOWN[flags] = tuple(_read(flags))
    return _KNOWN[flags]


def _read(flags: type[ModelServerFlags]) -> Iterator[Flag]:
    hints = get_type_hints(flags, include_extras=True)
    for field in dataclasses.fields(flags):
        python_type, kind, about = get_args(hints[field.name])
        yield Flag(field.name, python_type, kind, field.default, *about)


_KNOWN: dict[type, tuple[Flag, ...]] = {}


@dataclass(frozen=True, kw_only=True)
class ModelServerFlags:
    """TF Serving's flags with its defaults. Where that is a multiple of the CPUs, it is 0 here, and means the same."""

    model_name: Annotated[Text, About(MODELS, "The one model's name.", "NAME")] = "default"
    model_base_path: Annotated[Text, About(MODELS, "The one model's base path; awaited if it is missing.", "PATH")] = ""
    model_config_file: Annotated[
        Text,
        About(
            MODELS,
            "A ModelServerConfig in text form that names the models; overrides model_name and model_base_path.",
            "FILE",
        ),
    ] = ""
    model_config_file_poll_wait_seconds: Annotated[
        Seconds, About(MODELS, "How often to read that file again and follow it; 0: never.", "SECONDS")
    ] = 0
    allow_version_labels_for_unavailable_models: Annotated[
        Bool, About(MODELS, "New version labels may point at versions that are not loaded.")
    ] = False

    port: Annotated[Int32, About(NETWORK, "The port for gRPC.", "PORT")] = 8500
    grpc_socket_path: Annotated[Text, About(NETWORK, "Serve gRPC on this UNIX socket too.", "PATH")] = ""
    rest_api_port: Annotated[Int32, About(NETWORK, "The port for REST.", "PORT")] = 0
    rest_api_timeout_in_ms: Annotated[
        Int32, About(NETWORK, "How long a model may run for a REST request; 0 or less: without limit.", "MS")
    ] = 30_000
    rest_api_num_threads: Annotated[
        Int32, About(NETWORK, "REST requests worked on at once; 0: four for each CPU.", "N")
    ] = 0
    rest_api_enable_cors_support: Annotated[Bool, About(NETWORK, "Let web pages of other origins read answers.")] = (
        False
    )
    grpc_max_threads: Annotated[
        Int32, About(NETWORK, "gRPC requests worked on at once; 0: four for each CPU.", "N")
    ] = 0
    grpc_channel_arguments: Annotated[
        Text, About(NETWORK, "Settings for the gRPC engine, such as grpc.max_concurrent_streams=100.", "K=V,…")
    ] = ""
    ssl_config_file: Annotated[Text, About(NETWORK, "An SSLConfig in text form: gRPC speaks TLS.", "FILE")] = ""
    monitoring_config_file: Annotated[
        Text, About(NETWORK, "A MonitoringConfig in text form: a page for Prometheus on the REST port.", "FILE")
    ] = ""
    enable_serialization_as_tensor_content: Annotated[
        Bool, About(NETWORK, "Answers of gRPC Predict have their values in tensor_content.")
    ] = False
    enable_grpc_healthcheck_service: Annotated[
        Bool, About(NETWORK, "Serve grpc.health.v1.Health; it is always on here.")
    ] = False
    enable_profiler: Annotated[Bool, About(NETWORK, "Serve tensorflow.ProfilerService.")] = True

    file_system_poll_wait_seconds: Annotated[
        Seconds, About(LOADING, "How often to look for new versions; 0: once; negative: never.", "SECONDS")
    ] = 1
    max_num_load_retries: Annotated[Int32, About(LOADING, "How often to try a failed load again.", "N")] = 5
    load_retry_interval_micros: Annotated[Int64, About(LOADING, "The longest wait between two tries.", "MICROS")] = (
        60_000_000
    )
    num_load_threads: Annotated[Int32, About(LOADING, "Versions loaded at once; 0: one after the other.", "N")] = 0
    num_unload_threads: Annotated[Int32, About(LOADING, "Versions unloaded at once; 0: one after the other.", "N")] = 0
    saved_model_tags: Annotated[Text, About(LOADING, "The tags of the graph to load.", "TAG,…")] = "serve"
    enable_model_warmup: Annotated[Bool, About(LOADING, "Replay a version's warm-up file before it is used.")] = True
    num_request_iterations_for_warmup: Annotated[
        Int32, About(LOADING, "How often to run each record of it; 0: once.", "N")
    ] = 0
    prefer_tflite_model: Annotated[Bool, About(LOADING, "Load model.tflite where a version has one.")] = False
    num_tflite_pools: Annotated[
        Int32, About(LOADING, "Pools of interpreters for such a model; 0: one for each CPU.", "N")
    ] = 0
    num_tflite_interpreters_per_pool: Annotated[Int32, About(LOADING, "Interpreters in each.", "N")] = 1

    tensorflow_session_parallelism: Annotated[
        Int64, About(RUNNING, "Threads within and between operations; 0: TensorFlow decides.", "N")
    ] = 0
    tensorflow_intra_op_parallelism: Annotated[Int64, About(RUNNING, "Threads within an operation.", "N")] = 0
    tensorflow_inter_op_parallelism: Annotated[Int64, About(RUNNING, "Threads between operations.", "N")] = 0
    tensorflow_session_config_file: Annotated[
        Text, About(RUNNING, "A ConfigProto in text form for TensorFlow's sessions.", "FILE")
    ] = ""
    platform_config_file: Annotated[
        Text,
        About(
            RUNNING,
            "A PlatformConfigMap in text form; settles what sessions, batching, tags and warm-up have flags for.",
            "FILE",
        ),
    ] = ""
    per_process_gpu_memory_fraction: Annotated[
        Float, About(RUNNING, "The share of a GPU's memory to take; 0: TensorFlow decides.", "SHARE")
    ] = 0.0
    mixed_precision: Annotated[
        Text, About(RUNNING, "bfloat16 lets TensorFlow compute with fewer digits where the CPU has it.", "TYPE")
    ] = ""
    xla_cpu_compilation_enabled: Annotated[
        Bool, About(RUNNING, "Let models compile themselves with XLA; always allowed here.")
    ] = False
    xla_gpu_compilation_enabled: Annotated[Bool, About(RUNNING, "Likewise, for GPUs too; always allowed here.")] = False
    enable_signature_method_name_check: Annotated[
        Bool, About(RUNNING, "Refuse signatures whose method name is not TensorFlow Serving's.")
    ] = False

    enable_batching: Annotated[Bool, About(BATCHING, "Run requests of several clients together.")] = False
    batching_parameters_file: Annotated[
        Text, About(BATCHING, "BatchingParameters in text form: sizes, waiting time, threads.", "FILE")
    ] = ""
    enable_per_model_batching_parameters: Annotated[
        Bool, About(BATCHING, "Batch by the batching_params.pbtxt in version directories; only models that have one.")
    ] = False

    use_alts_credentials: Annotated[
        Bool, About(WITHOUT_EFFECT, "ALTS exists only within Google's cloud: gRPC goes without.")
    ] = False
    skip_initialize_tpu: Annotated[Bool, About(WITHOUT_EFFECT, "TPUs are never initialized.")] = False
    flush_filesystem_caches: Annotated[Bool, About(WITHOUT_EFFECT, "Files are not cached.")] = True
    remove_unused_fields_from_bundle_metagraph: Annotated[
        Bool, About(WITHOUT_EFFECT, "Nothing but the signatures is ever kept.")
    ] = True
    thread_pool_factory_config_file: Annotated[
        Text, About(WITHOUT_EFFECT, "TensorFlow's own thread pools are used.", "FILE")
    ] = ""
    version: Annotated[Bool, About("Output", "Show the versions of server and TensorFlow.")] = False


@dataclass(frozen=True, kw_only=True)
class ServerFlags(ModelServerFlags):
    """Ours in addition."""

    host: Annotated[Text, About(NETWORK, "The address to listen on; 0.0.0.0 for all.", "ADDRESS")] = ""
    rest_api_socket_path: Annotated[Text, About(NETWORK, "Serve REST on this UNIX socket too.", "PATH")] = ""
    rest_ssl: Annotated[Bool, About(NETWORK, "REST speaks TLS too, by the same file as gRPC.")] = False
    drain_seconds: Annotated[
        Float, About(NETWORK, "How long running requests may take to finish when the server stops.", "SECONDS")
    ] = 30.0
    request_log: Annotated[Text, About(RUNNING, "Write requests down, in a form that warms models up.", "PATH")] = ""
    request_log_sampling_rate: Annotated[Float, About(RUNNING, "The share of requests to write down.", "SHARE")] = 1.0
    runtime: Annotated[
        Text, About(RUNNING, "What runs the models: TensorFlow's C API or its Python API.", "auto|c_api|python")
    ] = "auto"
