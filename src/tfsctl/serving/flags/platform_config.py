"""Reads platform config files: how models of a platform are to be loaded (tensorflow-serving.md §8)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfsctl.errors import InvalidArgumentError
from tfsctl.runtime import SessionOptions

if TYPE_CHECKING:
    from tfsctl.serving.batching.parameters import BatchingParameters

_LOGGER = logging.getLogger("tfsctl.serving")

_PLATFORM = "tensorflow"


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformSettings:
    """What such a file settles, in the words of `ServerConfig`. No batching parameters: no batching."""

    session_options: SessionOptions
    batching_parameters: BatchingParameters | None
    enable_per_model_batching_parameters: bool
    saved_model_tags: tuple[str, ...]
    enable_model_warmup: bool
    num_request_iterations_for_warmup: int
    prefer_tflite_model: bool
    num_tflite_pools: int
    num_tflite_interpreters_per_pool: int


def read_platform_config(path: Path) -> PlatformSettings:
    """What the PlatformConfigMap in the file at `path` says of TensorFlow; other platforms are told of and left out.

    Raises:
        InvalidArgumentError: it is no such file, or says nothing of TensorFlow.
        TfsctlError: what `tfsctl.serving.text_proto.read_text_proto` raises else.
    """
    from tfsctl.serving.flags.platform_config_protos import (
        PLATFORM_CONFIG_POOL,
        PlatformConfigMapProto,
        SavedModelBundleSourceAdapterConfigProto,
    )
    from tfsctl.serving.text_proto import read_text_proto

    platforms = read_text_proto(path, PlatformConfigMapProto, pool=PLATFORM_CONFIG_POOL).platform_configs
    for name in sorted(set(platforms) - {_PLATFORM}):
        _LOGGER.warning("%s: platform %s is ignored; %s is the only one here.", path, name, _PLATFORM)
    if _PLATFORM not in platforms:
        raise InvalidArgumentError(f"{path}: no platform_configs for the platform '{_PLATFORM}'.")
    adapter = SavedModelBundleSourceAdapterConfigProto()
    if not platforms[_PLATFORM].source_adapter_config.Unpack(adapter):
        raise InvalidArgumentError(
            f"{path}: the source_adapter_config of platform '{_PLATFORM}' is not a {adapter.DESCRIPTOR.full_name}."
        )
    return _settings(adapter.legacy_config)


def _settings(config: Any) -> PlatformSettings:
    """The settings in a SessionBundleConfig. A number that is not given is TF Serving's default."""
    return PlatformSettings(
        session_options=SessionOptions(config_proto=config.session_config.SerializeToString()),
        batching_parameters=_batching_parameters(config),
        enable_per_model_batching_parameters=config.enable_per_model_batching_params,
        saved_model_tags=tuple(config.saved_model_tags) or ("serve",),
        enable_model_warmup=config.enable_model_warmup,
        num_request_iterations_for_warmup=config.model_warmup_options.num_request_iterations.value,
        prefer_tflite_model=config.prefer_tflite_model,
        num_tflite_pools=config.num_tflite_pools,
        num_tflite_interpreters_per_pool=config.num_tflite_interpreters_per_pool or 1,
    )


def _batching_parameters(config: Any) -> BatchingParameters | None:
    if not config.HasField("batching_parameters"):
        return None
    from tfsctl.serving.batching.parameters_file import batching_parameters

    return batching_parameters(config.batching_parameters)
