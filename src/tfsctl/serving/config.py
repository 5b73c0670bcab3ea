"""What a server is told: which models, which ports, how to load. Plain values, checked when they are made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tfsctl.core import Location
from tfsctl.errors import InvalidArgumentError, UsageError
from tfsctl.runtime import SessionOptions
from tfsctl.serving.grpc.channel_arguments import parse_channel_arguments
from tfsctl.serving.models.location import parse_location
from tfsctl.serving.request_log.config import RequestLogConfig
from tfsctl.versions import LatestPolicy, ServableVersionPolicy

if TYPE_CHECKING:
    from tfsctl.serving.batching.parameters import BatchingParameters

Runtime = Literal["auto", "c_api", "python"]

# TF Serving's defaults (tensorflow-serving.md §8); the REST port is that of its image, where it is on.
DEFAULT_GRPC_PORT = 8500
DEFAULT_REST_API_PORT = 8501

_MAX_PORT = 65535
# Numbers for which less than nothing means nothing. The poll period and the REST timeout are not among them:
# there a negative number means "never" and "none".
_NOT_NEGATIVE = (
    "max_num_load_retries",
    "load_retry_interval_seconds",
    "num_load_threads",
    "num_unload_threads",
    "rest_api_num_threads",
    "grpc_max_threads",
    "num_request_iterations_for_warmup",
    "num_tflite_pools",
    "drain_seconds",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelConfig:
    """One model to serve.

    Attributes:
        name: What clients call it. Any text but the empty one; `/` and `:` are percent-encoded in REST URLs.
        base_path: The directory that holds the version directories: a path, made absolute here, once; or as text the
            URI of a place on a store, `s3://bucket/models/m`.
        version_policy: Which of the versions on disk are wanted.
        version_labels: Names for versions, as `{"stable": 3}`.
        model_platform: What runs the model; only TensorFlow does.
        logging: Which of its requests are written down; None: as the server's configuration says for all models.
    """

    name: str
    base_path: Location
    version_policy: ServableVersionPolicy = field(default_factory=LatestPolicy)
    version_labels: Mapping[str, int] = field(default_factory=dict)
    model_platform: str = "tensorflow"
    logging: RequestLogConfig | None = None

    def __post_init__(self) -> None:
        if not self.name:
            raise UsageError(f"The model at {self.base_path} has no name.", hint="Give it one: NAME=PATH.")
        if any(not label for label in self.version_labels):
            raise UsageError(f"A version label of model {self.name} is empty.")
        object.__setattr__(self, "base_path", parse_location(self.base_path))


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerConfig:
    """Everything a `Server` is told. Field names are those of the command line's options.

    Attributes:
        models: What to serve; each name once.
        model_config_file: A ModelServerConfig in text form, read at the start: serve what it says instead of `models`.
        model_config_file_poll_wait_seconds: Read that file again this often, and follow it; 0 or less: never.
        allow_version_labels_for_unavailable_models: Labels given while the server runs may point at versions that are
            neither available nor on their way; but none that is in use may be moved there.
        host: The address to listen on.
        port: The gRPC port; 0 takes any free one, None turns gRPC off.
        rest_api_port: The REST port; likewise.
        file_system_poll_wait_seconds: How often the base paths are looked at. 0 looks once, a negative number never.
        max_num_load_retries: How often a failed load is tried again.
        load_retry_interval_seconds: The longest wait between two tries; the first are shorter.
        num_load_threads: How many versions load at the same time; 0 loads them one after the other.
        num_unload_threads: Likewise for unloading.
        saved_model_tags: The tags of the meta graph to load.
        session_options: Threads and other settings of TensorFlow's sessions.
        runtime: What runs the models: TensorFlow's C API, its Python API, or whichever is there.
        rest_api_timeout_seconds: How long a model may run for one REST request; 0 or less means without limit.
        rest_api_num_threads: How many REST requests are worked on at the same time; 0 means four for each CPU, and
            with batching more: most of them wait for each other.
        grpc_max_threads: Likewise for gRPC; more requests than that wait, none is refused.
        drain_seconds: How long a stopping server lets running requests finish.
        enable_signature_method_name_check: Refuse signatures whose method name is none of TF Serving's.
        rest_api_enable_cors_support: Let web pages of other origins read REST answers.
        monitoring_config_file: A MonitoringConfig in text form; it can put a page for Prometheus on the REST port.
        enable_batching: Run requests of several clients together (tensorflow-serving.md §4).
        batching_parameters_file: BatchingParameters in text form; needs `enable_batching`.
        batching_parameters: The same as values, in place of a file.
        enable_per_model_batching_parameters: Batch the models that have a `batching_params.pbtxt` in their version
            directory, by its values, and no others; nothing without `enable_batching`.
        require_models_at_start: Starting fails, instead of waiting, where no base path has a version in it.
        grpc_socket_path: Serve gRPC on this UNIX socket too, or only there where `port` is None.
        rest_api_socket_path: Likewise for REST.
        rest_api_is_optional: Where REST cannot be served, say so in the log and serve gRPC alone, as TF Serving does.
        ssl_config_file: An SSLConfig in text form: gRPC speaks TLS, on its socket too (tensorflow-serving.md §9).
        rest_ssl: REST speaks TLS as well, with the same file.
        grpc_channel_arguments: Settings for the gRPC engine, `name=value,name=value` (§2.3).
        enable_model_warmup: Replay the warm-up file of a version before it becomes available (§5).
        num_request_iterations_for_warmup: How often each of its records is run; 0 means once.
        request_log: Where requests of all models are written down; a model's own logging configuration goes before.
        request_log_sampling_rate: How many of the requests are written down, from 0 to 1.
        enable_profiler: Serve tensorflow.ProfilerService (§2.1).
        prefer_tflite_model: Load `model.tflite` where a version has one.
        num_tflite_pools: Pools of interpreters for such a model; 0 means one for each CPU.
        num_tflite_interpreters_per_pool: Interpreters in each.
        enable_serialization_as_tensor_content: Outputs of gRPC Predict have their values in `tensor_content` (§2.5).
    """

    models: tuple[ModelConfig, ...] = ()
    model_config_file: Path | None = None
    model_config_file_poll_wait_seconds: float = 0.0
    allow_version_labels_for_unavailable_models: bool = False
    host: str = "127.0.0.1"
    port: int | None = DEFAULT_GRPC_PORT
    rest_api_port: int | None = DEFAULT_REST_API_PORT
    file_system_poll_wait_seconds: float = 1.0
    max_num_load_retries: int = 5
    load_retry_interval_seconds: float = 60.0
    num_load_threads: int = 0
    num_unload_threads: int = 0
    saved_model_tags: tuple[str, ...] = ("serve",)
    session_options: SessionOptions = field(default_factory=SessionOptions)
    runtime: Runtime = "auto"
    rest_api_timeout_seconds: float = 30.0
    rest_api_num_threads: int = 0
    grpc_max_threads: int = 0
    drain_seconds: float = 30.0
    enable_signature_method_name_check: bool = False
    rest_api_enable_cors_support: bool = False
    monitoring_config_file: Path | None = None
    enable_batching: bool = False
    batching_parameters_file: Path | None = None
    batching_parameters: BatchingParameters | None = None
    enable_per_model_batching_parameters: bool = False
    require_models_at_start: bool = False
    grpc_socket_path: Path | None = None
    rest_api_socket_path: Path | None = None
    rest_api_is_optional: bool = False
    ssl_config_file: Path | None = None
    rest_ssl: bool = False
    grpc_channel_arguments: str = ""
    enable_model_warmup: bool = True
    num_request_iterations_for_warmup: int = 0
    request_log: Path | None = None
    request_log_sampling_rate: float = 1.0
    enable_profiler: bool = True
    prefer_tflite_model: bool = False
    num_tflite_pools: int = 0
    num_tflite_interpreters_per_pool: int = 1
    enable_serialization_as_tensor_content: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "models", tuple(self.models))
        object.__setattr__(self, "saved_model_tags", tuple(self.saved_model_tags))
        check_unique(model.name for model in self.models)
        self._check_ports()
        for name in _NOT_NEGATIVE:
            if getattr(self, name) < 0:
                raise UsageError(f"{name} must not be negative: {getattr(self, name)}")
        if self.runtime not in {"auto", "c_api", "python"}:
            raise UsageError(f"runtime must be auto, c_api or python: {self.runtime!r}")
        parse_channel_arguments(self.grpc_channel_arguments)  # Raises UsageError.
        self._check_batching()
        if not 0 <= self.request_log_sampling_rate <= 1:
            raise UsageError(f"request_log_sampling_rate must be between 0 and 1: {self.request_log_sampling_rate}")
        if self.rest_ssl and self.ssl_config_file is None:
            raise UsageError("rest_ssl needs an ssl_config_file.", hint="It says with which key and certificate.")

    def _check_batching(self) -> None:
        if self.batching_parameters_file is not None and not self.enable_batching:
            raise UsageError(
                "server_options.batching_parameters_file is set without setting server_options.enable_batching to true."
            )
        if self.batching_parameters_file is not None and self.batching_parameters is not None:
            raise UsageError("batching_parameters_file and batching_parameters are both set.")

    def _check_ports(self) -> None:
        if (self.port, self.rest_api_port, self.grpc_socket_path, self.rest_api_socket_path) == (None,) * 4:
            raise UsageError("Neither a gRPC port nor a REST port is set: the server could not be reached.")
        for name, port in (("port", self.port), ("rest_api_port", self.rest_api_port)):
            if port is not None and not 0 <= port <= _MAX_PORT:
                raise UsageError(f"{name} must be between 0 and {_MAX_PORT}: {port}")
        if self.port and self.port == self.rest_api_port:
            raise UsageError(
                f"gRPC and REST cannot share port {self.port}.",
                hint="Give one of --port and --rest-api-port another number.",
            )


def check_unique(names: Iterable[str]) -> None:
    """Raise what TF Serving answers to a list that names a model twice (tensorflow-serving.md §3.6)."""
    for name, count in Counter(names).items():
        if count > 1:
            raise InvalidArgumentError(f"Illegal to list model {name} multiple times in config list")
