"""ModelServerConfig in its text form, looked at before it is sent to a server (tensorflow-serving.md §3.6)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from google.protobuf import text_format

from tfsctl.errors import UsageError
from tfsctl.protos import ModelServerConfig

_EXAMPLE = 'Such as: model_config_list { config { name: "m" base_path: "/models/m" model_platform: "tensorflow" } }'
_FIELDS = "ModelServerConfig::model_type (deprecated) {} ModelServerConfig::model_platform, model name is {}"


def parse_model_config(text: str, *, source: str) -> Any:
    """The ModelServerConfig in `text`, which comes from `source`; UsageError, with line and column, if it is none."""
    try:
        return text_format.Parse(text, ModelServerConfig())
    except text_format.ParseError as error:
        line, column = error.GetLine(), error.GetColumn()
        place = f":{line}:{column}" if line is not None else ""
        reason = str(error).removeprefix(f"{line}:{column} : ").rstrip(".")
        raise UsageError(f"{source}{place}: {reason}.", hint=_EXAMPLE) from error


def check_model_config(config: Any, *, source: str) -> None:
    """Raise UsageError for what any server would refuse, with TensorFlow Serving's words where it has some.

    Platforms and base paths are the server's business: only that there are some is looked at.
    """
    kind = config.WhichOneof("config")
    if kind is None:
        raise UsageError(f"{source} has no list of models.", hint=_EXAMPLE)
    if kind != "model_config_list":
        raise UsageError(
            "ServerModelConfig type not supported by HandleReloadConfigRequest."
            " Only ModelConfigList is currently supported",
            hint=f"{source} has a {kind}.",
        )
    models = config.model_config_list.config
    for name, count in Counter(model.name for model in models).items():
        if count > 1:
            raise UsageError(f"Illegal to list model {name} multiple times in config list", hint=f"Look at {source}.")
    for number, model in enumerate(models, start=1):
        _check_model(model, f"{source}: model {number}")


def relative_base_paths(config: Any) -> list[tuple[str, str]]:
    """The names and base paths of models whose path depends on where the server was started."""
    return [
        (model.name, model.base_path)
        for model in config.model_config_list.config
        if not model.base_path.startswith("/") and "://" not in model.base_path
    ]


def _check_model(model: Any, place: str) -> None:
    if not model.name:
        raise UsageError(f"{place} has no name.")
    if not model.base_path:
        raise UsageError(f"{place}, {model.name}, has no base_path.")
    if model.model_platform and model.model_type:
        raise UsageError("Illegal setting both " + _FIELDS.format("and", model.name))
    if not model.model_platform and not model.model_type:
        raise UsageError(
            "Illegal setting neither " + _FIELDS.format("nor", model.name), hint='Add: model_platform: "tensorflow"'
        )
    if "" in model.version_labels:
        raise UsageError(f"{place}, {model.name}, has a version label without a name.")
