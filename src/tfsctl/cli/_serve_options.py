"""The options of `tfsctl serve`: TensorFlow Serving's flags (tensorflow-serving.md §8) with dashes, and ours."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tfsctl.errors import UsageError

if TYPE_CHECKING:
    from tfsctl.runtime import SessionOptions
    from tfsctl.serving import ModelConfig

_NETWORK, _LOADING, _RUNNING, _BATCHING = "Network", "Loading", "Running", "Batching"
DEFAULT_MODELS = "models"
_DEFAULT_MODEL_NAME = "default"


class Runtime(str, enum.Enum):
    """What runs the models."""

    AUTO = "auto"
    C_API = "c_api"
    PYTHON = "python"


PathsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH",
        help="A model's base path (it holds the version directories), a directory of such, or NAME=PATH."
        "  [default: models]",
    ),
]
ModelNameOption = Annotated[
    str | None,
    typer.Option("--model-name", metavar="NAME", help="The one model's name.  [default: its directory's]"),
]
ModelBasePathOption = Annotated[
    Path | None,
    typer.Option(
        "--model-base-path",
        metavar="PATH",
        help="A base path as in TensorFlow Serving: awaited if it is missing.",
    ),
]
ModelConfigFileOption = Annotated[
    Path | None,
    typer.Option(
        "--model-config-file",
        metavar="FILE",
        help="A ModelServerConfig in text form that names the models; overrides --model-name and --model-base-path.",
    ),
]
ModelConfigFilePollWaitOption = Annotated[
    float,
    typer.Option(
        "--model-config-file-poll-wait-seconds",
        metavar="SECONDS",
        help="How often to read that file again and follow it; 0: never.",
        rich_help_panel=_LOADING,
    ),
]
UnavailableLabelsFlag = Annotated[
    bool,
    typer.Option(
        "--allow-version-labels-for-unavailable-models/--no-allow-version-labels-for-unavailable-models",
        help="New version labels may point at versions that are not loaded.",
        show_default=False,
        rich_help_panel=_LOADING,
    ),
]
HostOption = Annotated[
    str,
    typer.Option(
        "--host", metavar="ADDRESS", help="The address to listen on; 0.0.0.0 for all.", rich_help_panel=_NETWORK
    ),
]
PortOption = Annotated[
    int, typer.Option("--port", metavar="PORT", help="For gRPC; 0 takes a free one.", rich_help_panel=_NETWORK)
]
RestApiPortOption = Annotated[
    int, typer.Option("--rest-api-port", metavar="PORT", help="For REST; 0 takes a free one.", rich_help_panel=_NETWORK)
]
RestApiTimeoutOption = Annotated[
    int,
    typer.Option(
        "--rest-api-timeout-in-ms",
        metavar="MS",
        help="How long a model may run for a REST request; 0 or less: without limit.",
        rich_help_panel=_NETWORK,
    ),
]
RestApiNumThreadsOption = Annotated[
    int,
    typer.Option(
        "--rest-api-num-threads",
        metavar="N",
        help="REST requests worked on at once; 0: four for each CPU.",
        rich_help_panel=_NETWORK,
    ),
]
GrpcMaxThreadsOption = Annotated[
    int,
    typer.Option(
        "--grpc-max-threads",
        metavar="N",
        help="gRPC requests worked on at once; 0: four for each CPU.",
        rich_help_panel=_NETWORK,
    ),
]
CorsFlag = Annotated[
    bool,
    typer.Option(
        "--rest-api-enable-cors-support/--no-rest-api-enable-cors-support",
        help="Let web pages of other origins read answers.",
        show_default=False,
        rich_help_panel=_NETWORK,
    ),
]
MonitoringConfigFileOption = Annotated[
    Path | None,
    typer.Option(
        "--monitoring-config-file",
        metavar="FILE",
        help="A MonitoringConfig in text form: a page for Prometheus on the REST port.",
        rich_help_panel=_NETWORK,
    ),
]
DrainOption = Annotated[
    float,
    typer.Option(
        "--drain-seconds",
        metavar="SECONDS",
        help="How long running requests may take to finish when the server stops.",
        rich_help_panel=_NETWORK,
    ),
]
PollWaitOption = Annotated[
    float,
    typer.Option(
        "--file-system-poll-wait-seconds",
        metavar="SECONDS",
        help="How often to look for new versions; 0: once; negative: never.",
        rich_help_panel=_LOADING,
    ),
]
MaxRetriesOption = Annotated[
    int,
    typer.Option(
        "--max-num-load-retries", metavar="N", help="How often to try a failed load again.", rich_help_panel=_LOADING
    ),
]
RetryIntervalOption = Annotated[
    int,
    typer.Option(
        "--load-retry-interval-micros",
        metavar="MICROS",
        help="The longest wait between two tries.",
        rich_help_panel=_LOADING,
    ),
]
LoadThreadsOption = Annotated[
    int,
    typer.Option(
        "--num-load-threads",
        metavar="N",
        help="Versions loaded at once; 0: one after the other.",
        rich_help_panel=_LOADING,
    ),
]
UnloadThreadsOption = Annotated[
    int,
    typer.Option(
        "--num-unload-threads",
        metavar="N",
        help="Versions unloaded at once; 0: one after the other.",
        rich_help_panel=_LOADING,
    ),
]
TagsOption = Annotated[
    str,
    typer.Option(
        "--saved-model-tags",
        metavar="TAG,…",
        help="The tags of the graph to load.",
        rich_help_panel=_LOADING,
    ),
]
MethodNameCheckFlag = Annotated[
    bool,
    typer.Option(
        "--enable-signature-method-name-check/--no-enable-signature-method-name-check",
        help="Refuse signatures whose method name is not TensorFlow Serving's.",
        show_default=False,
        rich_help_panel=_RUNNING,
    ),
]
SessionParallelismOption = Annotated[
    int,
    typer.Option(
        "--tensorflow-session-parallelism",
        metavar="N",
        help="Threads within and between operations; 0: TensorFlow decides.",
        rich_help_panel=_RUNNING,
    ),
]
IntraOpOption = Annotated[
    int,
    typer.Option(
        "--tensorflow-intra-op-parallelism",
        metavar="N",
        help="Threads within an operation.",
        rich_help_panel=_RUNNING,
    ),
]
InterOpOption = Annotated[
    int,
    typer.Option(
        "--tensorflow-inter-op-parallelism",
        metavar="N",
        help="Threads between operations.",
        rich_help_panel=_RUNNING,
    ),
]
RuntimeOption = Annotated[
    Runtime,
    typer.Option(
        "--runtime", help="What runs the models: TensorFlow's C API or its Python API.", rich_help_panel=_RUNNING
    ),
]
EnableBatchingFlag = Annotated[
    bool,
    typer.Option(
        "--enable-batching/--no-enable-batching",
        help="Run requests of several clients together.",
        show_default=False,
        rich_help_panel=_BATCHING,
    ),
]
BatchingParametersFileOption = Annotated[
    Path | None,
    typer.Option(
        "--batching-parameters-file",
        metavar="FILE",
        help="BatchingParameters in text form: sizes, waiting time, threads.",
        rich_help_panel=_BATCHING,
    ),
]
PerModelBatchingFlag = Annotated[
    bool,
    typer.Option(
        "--enable-per-model-batching-parameters/--no-enable-per-model-batching-parameters",
        help="Batch by the batching_params.pbtxt in version directories; only models that have one.",
        show_default=False,
        rich_help_panel=_BATCHING,
    ),
]


def session_options(*, session: int, intra_op: int, inter_op: int) -> SessionOptions:
    """The threads of TensorFlow's sessions; UsageError with TensorFlow Serving's text where all three are set."""
    from tfsctl.runtime import SessionOptions

    if min(session, intra_op, inter_op) > 0:
        raise UsageError(
            "Either configure server_options.tensorflow_session_parallelism or"
            " (server_options.tensorflow_intra_op_parallelism, server_options.tensorflow_inter_op_parallelism)"
            " separately. You cannot configure all."
        )
    return SessionOptions(
        intra_op_parallelism_threads=session or intra_op, inter_op_parallelism_threads=session or inter_op
    )


def models_to_serve(
    paths: list[str], *, model_name: str | None, model_base_path: Path | None, model_config_file: Path | None = None
) -> tuple[ModelConfig, ...]:
    """The models that the arguments mean; a base path may still be missing, a positional path may not.

    None where there is a model config file: that names them.

    Raises what `tfsctl.serving.model_discovery.discover` raises, and UsageError for arguments that do not go together.
    """
    from tfsctl.serving import ModelConfig
    from tfsctl.serving.model_discovery import discover

    if model_config_file is not None:
        if paths:
            raise UsageError("Give PATHs or --model-config-file, not both.")
        return ()
    if model_base_path is not None:
        if paths:
            raise UsageError("Give PATHs or --model-base-path, not both.")
        return (ModelConfig(name=model_name or _DEFAULT_MODEL_NAME, base_path=model_base_path),)
    if model_name is None:
        return discover(paths or [DEFAULT_MODELS])
    if len(paths) != 1:
        raise UsageError("--model-name names one model, so it goes with one PATH.", hint="Or write NAME=PATH for each.")
    return discover([f"{model_name}={paths[0]}"])
