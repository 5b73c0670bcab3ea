"""Which models the arguments of `tfsctl serve` mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from tfsctl.errors import UsageError

if TYPE_CHECKING:
    from tfsctl.serving import ModelConfig

DEFAULT_MODELS = "models"
_DEFAULT_MODEL_NAME = "default"

PathsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH",
        help="A model's base path (it holds the version directories), a directory of such, or NAME=PATH."
        "  [default: models]",
    ),
]


def models_to_serve(
    paths: Sequence[str], *, model_name: str = "", model_base_path: str = "", model_config_file: str = ""
) -> tuple[ModelConfig, ...]:
    """The models that the arguments mean; a base path may still be missing, a positional path may not.

    None where there is a model config file: that names them.

    Raises what `model_discovery.discover` raises, and UsageError for arguments that do not go together.
    """
    from tfsctl.serving import ModelConfig
    from tfsctl.serving.models.model_discovery import discover

    if model_config_file:
        if paths:
            raise UsageError("Give PATHs or --model-config-file, not both.")
        return ()
    if model_base_path:
        if paths:
            raise UsageError("Give PATHs or --model-base-path, not both.")
        return (ModelConfig(name=model_name or _DEFAULT_MODEL_NAME, base_path=model_base_path),)
    if not model_name:
        return discover(paths or [DEFAULT_MODELS])
    if len(paths) != 1:
        raise UsageError("--model-name names one model, so it goes with one PATH.", hint="Or write NAME=PATH for each.")
    return discover([f"{model_name}={paths[0]}"])
