"""`tfsctl serve`."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfsctl.cli import _serve_options as options
from tfsctl.cli._command import command, new_app
from tfsctl.cli._console import Console
from tfsctl.errors import CancelledError, ServerStartError, TfsctlError, UsageError

if TYPE_CHECKING:
    from tfsctl.serving import Server

app = new_app()


@command(app)
def serve(
    console: Console,
    paths: options.PathsArgument = None,
    *,
    model_name: options.ModelNameOption = None,
    model_base_path: options.ModelBasePathOption = None,
    model_config_file: options.ModelConfigFileOption = None,
    model_config_file_poll_wait_seconds: options.ModelConfigFilePollWaitOption = 0.0,
    allow_version_labels_for_unavailable_models: options.UnavailableLabelsFlag = False,
    host: options.HostOption = "127.0.0.1",
    port: options.PortOption = 8500,
    rest_api_port: options.RestApiPortOption = 8501,
    rest_api_timeout_in_ms: options.RestApiTimeoutOption = 30_000,
    rest_api_num_threads: options.RestApiNumThreadsOption = 0,
    grpc_max_threads: options.GrpcMaxThreadsOption = 0,
    rest_api_enable_cors_support: options.CorsFlag = False,
    monitoring_config_file: options.MonitoringConfigFileOption = None,
    drain_seconds: options.DrainOption = 30.0,
    file_system_poll_wait_seconds: options.PollWaitOption = 1.0,
    max_num_load_retries: options.MaxRetriesOption = 5,
    load_retry_interval_micros: options.RetryIntervalOption = 60_000_000,
    num_load_threads: options.LoadThreadsOption = 0,
    num_unload_threads: options.UnloadThreadsOption = 0,
    saved_model_tags: options.TagsOption = "serve",
    enable_signature_method_name_check: options.MethodNameCheckFlag = False,
    tensorflow_session_parallelism: options.SessionParallelismOption = 0,
    tensorflow_intra_op_parallelism: options.IntraOpOption = 0,
    tensorflow_inter_op_parallelism: options.InterOpOption = 0,
    runtime: options.RuntimeOption = options.Runtime.AUTO,
    enable_batching: options.EnableBatchingFlag = False,
    batching_parameters_file: options.BatchingParametersFileOption = None,
    enable_per_model_batching_parameters: options.PerModelBatchingFlag = False,
) -> None:
    """Serve SavedModels over TensorFlow Serving's REST and gRPC APIs.

    New version directories are found and loaded while the server runs; the version before goes on answering until then.
    Ctrl-C or SIGTERM lets running requests finish and ends with status 0; a second Ctrl-C leaves at once.

    The options are TensorFlow Serving's; its own spelling (`--rest_api_port=8501`) is understood too.

    Examples:
      tfsctl serve
      tfsctl serve models/half_plus_two
      tfsctl serve digits=/srv/mnist --host 0.0.0.0 --rest-api-port 80
    """
    _start_logging(console)
    with _start_errors():
        from tfsctl.serving import Server, ServerConfig
        from tfsctl.serving.signals import run_until_signal

        config = ServerConfig(
            models=options.models_to_serve(
                paths or [],
                model_name=model_name,
                model_base_path=model_base_path,
                model_config_file=model_config_file,
            ),
            model_config_file=model_config_file,
            model_config_file_poll_wait_seconds=model_config_file_poll_wait_seconds,
            allow_version_labels_for_unavailable_models=allow_version_labels_for_unavailable_models,
            host=host,
            port=port,
            rest_api_port=rest_api_port,
            file_system_poll_wait_seconds=file_system_poll_wait_seconds,
            max_num_load_retries=max_num_load_retries,
            load_retry_interval_seconds=load_retry_interval_micros / 1e6,
            num_load_threads=num_load_threads,
            num_unload_threads=num_unload_threads,
            saved_model_tags=tuple(saved_model_tags.split(",")),
            session_options=options.session_options(
                session=tensorflow_session_parallelism,
                intra_op=tensorflow_intra_op_parallelism,
                inter_op=tensorflow_inter_op_parallelism,
            ),
            runtime=runtime.value,
            rest_api_timeout_seconds=rest_api_timeout_in_ms / 1000,
            rest_api_num_threads=rest_api_num_threads,
            grpc_max_threads=grpc_max_threads,
            drain_seconds=drain_seconds,
            enable_signature_method_name_check=enable_signature_method_name_check,
            rest_api_enable_cors_support=rest_api_enable_cors_support,
            monitoring_config_file=monitoring_config_file,
            enable_batching=enable_batching,
            batching_parameters_file=batching_parameters_file,
            enable_per_model_batching_parameters=enable_per_model_batching_parameters,
            require_models_at_start=model_base_path is None and model_config_file is None,
        )
        server = Server(config)
        run_until_signal(server, on_started=lambda: _announce(server, console))


def _start_logging(console: Console) -> None:
    """Send the server's log to stderr: what happens to models and requests, more of it if verbose."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("tfsctl")
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(logging.WARNING if console.quiet else logging.DEBUG if console.is_verbose else logging.INFO)


@contextlib.contextmanager
def _start_errors() -> Iterator[None]:
    """Whatever is wrong with paths, models or ports means that the server did not start."""
    try:
        yield
    except (UsageError, ServerStartError, CancelledError):
        raise
    except TfsctlError as error:
        raise ServerStartError(error.message, hint=error.hint) from error


def _announce(server: Server, console: Console) -> None:
    """Say what is served and where; with --json on stdout, for scripts that chose port 0."""
    from tfsctl.cli._served import curl_line, served_models

    models = served_models(server)
    if console.as_json:
        names = [{"name": model.name, "version": model.version} for model in models]
        console.show_json({"grpc": server.grpc_address, "rest": server.rest_address, "models": names})
    for model in models:
        console.say(f"Serving {model}")
    console.say(f"gRPC at {server.grpc_address}, REST at http://{server.rest_address} (Ctrl-C stops)")
    example = next((line for line in (curl_line(server, model) for model in models) if line and len(line) < 200), None)
    if example is not None:
        console.say(f"Try: {example}")
