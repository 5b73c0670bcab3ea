"""ModelServerConfig messages and files: which models to serve (tensorflow-serving.md §3.6)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tfsctl.errors import FailedPreconditionError, InvalidArgumentError
from tfsctl.protos import ModelServerConfig
from tfsctl.serving.config import ModelConfig, check_unique
from tfsctl.serving.request_log.config import read_logging_config
from tfsctl.serving.text_proto import read_text_proto
from tfsctl.versions import AllPolicy, LatestPolicy, ServableVersionPolicy, SpecificPolicy

_LIST, _CUSTOM = "model_config_list", "custom_model_config"
_TENSORFLOW_TYPE = 1  # ModelType.TENSORFLOW, from before there were platforms.


def read_model_config_file(path: Path) -> Any:
    """The ModelServerConfig in the file at `path`. Raises what `tfsctl.serving.text_proto.read_text_proto` raises."""
    return read_text_proto(path, ModelServerConfig)


def models_of(config: Any, *, is_set: bool = False) -> tuple[ModelConfig, ...] | None:
    """The models of a ModelServerConfig; None if it sets nothing, which asks for no action.

    `is_set` says that a list of models is in force: only another list may follow it.

    Raises:
        FailedPreconditionError: the configuration cannot follow the one in force.
        InvalidArgumentError: it is custom, or a model in it is not rightly described.
        NotFoundError: the type of a log collector is not known.
    """
    kind = config.WhichOneof("config")
    if is_set and kind != _LIST:
        raise FailedPreconditionError(
            "Cannot transition to requested config. It is only legal to transition from one ModelConfigList to another."
        )
    if kind == _CUSTOM:
        raise InvalidArgumentError("ModelServer does not yet support custom model config.")
    return models_in_list(config.model_config_list.config) if kind == _LIST else None


def models_in_list(configs: Sequence[Any]) -> tuple[ModelConfig, ...]:
    """The models of a list of ModelConfig messages.

    Raises InvalidArgumentError where one is named twice or not rightly described; NotFoundError for a log collector of
    an unknown type.
    """
    check_unique(config.name for config in configs)
    return tuple(_model(config) for config in configs)


def _model(config: Any) -> ModelConfig:
    if not config.base_path:
        # An empty path would mean the current directory; any other may be relative, which TF Serving refuses.
        raise InvalidArgumentError(
            f"Expected model {config.name} to have an absolute path or URI; got base_path()={config.base_path}"
        )
    platform = _platform(config)
    has_log = config.HasField("logging_config")
    return ModelConfig(
        name=config.name,
        base_path=config.base_path,
        version_policy=_version_policy(config.model_version_policy),
        version_labels=dict(config.version_labels),
        model_platform=platform,
        logging=read_logging_config(config.logging_config, model_name=config.name) if has_log else None,
    )


def _platform(config: Any) -> str:
    fields = "ModelServerConfig::model_type (deprecated) {} ModelServerConfig::model_platform, model name is {}"
    if config.model_type and config.model_platform:
        raise InvalidArgumentError("Illegal setting both " + fields.format("and", config.name))
    if config.model_type == _TENSORFLOW_TYPE:
        return "tensorflow"
    if config.model_type:
        raise InvalidArgumentError(f"ModelServerConfig::model_type choice {config.model_type} not supported.")
    if not config.model_platform:
        raise InvalidArgumentError(
            "Illegal setting neither " + fields.format("nor", config.name), hint='Add: model_platform: "tensorflow"'
        )
    return str(config.model_platform)


def _version_policy(policy: Any) -> ServableVersionPolicy:
    """The policy of §3.2; none given is the latest version."""
    choice = policy.WhichOneof("policy_choice")
    if choice == "all":
        return AllPolicy()
    if choice == "specific":
        return SpecificPolicy(tuple(policy.specific.versions))
    return LatestPolicy(policy.latest.num_versions or 1)
