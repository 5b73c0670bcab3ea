"""From flags to a ServerConfig (tensorflow-serving.md §8)."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from tfsctl.errors import UsageError
from tfsctl.serving.config import ModelConfig, Runtime, ServerConfig
from tfsctl.serving.flags.session_settings import session_options
from tfsctl.serving.flags.table import BATCHING, WITHOUT_EFFECT, Flag, ServerFlags, flags_of

_LOGGER = logging.getLogger("tfsctl.serving")

_DEFAULT_TAGS = "serve"
# What a platform config file settles.
_SETTLED_BY_PLATFORM = (
    *(flag.name for flag in flags_of(ServerFlags) if flag.group == BATCHING),
    "tensorflow_session_parallelism",
    "tensorflow_intra_op_parallelism",
    "tensorflow_inter_op_parallelism",
    "tensorflow_session_config_file",
    "per_process_gpu_memory_fraction",
    "mixed_precision",
    "saved_model_tags",
    "enable_model_warmup",
    "num_request_iterations_for_warmup",
    "prefer_tflite_model",
    "num_tflite_pools",
    "num_tflite_interpreters_per_pool",
)


def server_config(
    flags: ServerFlags,
    *,
    models: Sequence[ModelConfig],
    port: int | None,
    rest_api_port: int | None,
    require_models_at_start: bool = False,
    rest_api_is_optional: bool = False,
) -> ServerConfig:
    """The configuration that `flags` ask for; what is without effect here is said in the log, a line for each.

    `models` and the ports are the caller's: the command line and the stand-in for TF Serving read them differently.

    Raises:
        UsageError: flags do not go together, or a number is out of range.
        TfsctlError: what reading the session's or the platforms' file raises.
    """
    check_credentials(flags)
    _tell_of_flags_without_effect(flags)
    config = ServerConfig(
        models=tuple(models),
        model_config_file=path_or_none(flags.model_config_file),
        model_config_file_poll_wait_seconds=flags.model_config_file_poll_wait_seconds,
        allow_version_labels_for_unavailable_models=flags.allow_version_labels_for_unavailable_models,
        host=flags.host,
        port=port,
        rest_api_port=rest_api_port,
        file_system_poll_wait_seconds=flags.file_system_poll_wait_seconds,
        max_num_load_retries=flags.max_num_load_retries,
        load_retry_interval_seconds=flags.load_retry_interval_micros / 1e6,
        num_load_threads=flags.num_load_threads,
        num_unload_threads=flags.num_unload_threads,
        runtime=cast("Runtime", flags.runtime),
        rest_api_timeout_seconds=flags.rest_api_timeout_in_ms / 1000,
        rest_api_num_threads=flags.rest_api_num_threads,
        grpc_max_threads=flags.grpc_max_threads,
        drain_seconds=flags.drain_seconds,
        enable_signature_method_name_check=flags.enable_signature_method_name_check,
        rest_api_enable_cors_support=flags.rest_api_enable_cors_support,
        monitoring_config_file=path_or_none(flags.monitoring_config_file),
        require_models_at_start=require_models_at_start,
        grpc_socket_path=path_or_none(flags.grpc_socket_path),
        rest_api_socket_path=path_or_none(flags.rest_api_socket_path),
        rest_api_is_optional=rest_api_is_optional,
        ssl_config_file=path_or_none(flags.ssl_config_file),
        rest_ssl=flags.rest_ssl,
        grpc_channel_arguments=flags.grpc_channel_arguments,
        request_log=path_or_none(flags.request_log),
        request_log_sampling_rate=flags.request_log_sampling_rate,
        enable_profiler=flags.enable_profiler,
        enable_serialization_as_tensor_content=flags.enable_serialization_as_tensor_content,
    )
    return dataclasses.replace(config, **_loading(flags))


def path_or_none(text: str) -> Path | None:
    """The path that the value of a flag names; TF Serving says "none" with an empty text."""
    return Path(text) if text else None


def check_credentials(flags: ServerFlags) -> None:
    """Raise UsageError, in TF Serving's words, where gRPC is to be protected in two ways."""
    if flags.use_alts_credentials and flags.ssl_config_file:
        raise UsageError("Either use_alts_credentials must be false or ssl_config_file must be empty.")


def _loading(flags: ServerFlags) -> dict[str, Any]:
    """How models are loaded and run: by flags, or by a platform config file and not by flags."""
    if not flags.platform_config_file:
        return {
            "saved_model_tags": tuple((flags.saved_model_tags or _DEFAULT_TAGS).split(",")),
            "session_options": session_options(flags),
            "enable_batching": flags.enable_batching,
            "batching_parameters_file": path_or_none(flags.batching_parameters_file),
            "enable_per_model_batching_parameters": flags.enable_per_model_batching_parameters,
            "enable_model_warmup": flags.enable_model_warmup,
            "num_request_iterations_for_warmup": max(0, flags.num_request_iterations_for_warmup),
            "prefer_tflite_model": flags.prefer_tflite_model,
            "num_tflite_pools": flags.num_tflite_pools,
            "num_tflite_interpreters_per_pool": flags.num_tflite_interpreters_per_pool,
        }
    from tfsctl.serving.flags.platform_config import read_platform_config

    for flag in _given(flags):
        if flag.name in _SETTLED_BY_PLATFORM:
            _LOGGER.warning("--%s has no effect: platform_config_file settles it.", flag.name)
    settings = read_platform_config(Path(flags.platform_config_file))
    return {
        **{field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)},
        "enable_batching": settings.batching_parameters is not None,
    }


def _tell_of_flags_without_effect(flags: ServerFlags) -> None:
    for flag in _given(flags):
        if flag.group == WITHOUT_EFFECT:
            _LOGGER.warning("--%s has no effect. %s", flag.name, flag.meaning)


def _given(flags: ServerFlags) -> list[Flag]:
    """The flags that ask for something else than by default."""
    return [flag for flag in flags_of(ServerFlags) if getattr(flags, flag.name) != flag.default]
