"""Which models a container serves, and whether it could."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tfsctl.cli._serve.flags import ServeFlags
from tfsctl.cli._serve.models import models_to_serve
from tfsctl.errors import FailedPreconditionError, UsageError

if TYPE_CHECKING:
    from tfsctl.container import ModelLayout, ModelPlace


def models_in_container(paths: Sequence[str], flags: ServeFlags) -> ModelLayout:
    """Where the models that the arguments mean lie in the container.

    Raises what `models_to_serve`, `model_discovery.discover` and the reading of a config file raise.
    Base paths must hold versions now: a container cannot be given what does not exist yet.
    """
    from tfsctl.container import lay_out

    places = model_places(paths, flags)
    if flags.model_config_file:
        return _configured(Path(flags.model_config_file).expanduser())
    _check(places)
    return lay_out(places)


def model_places(paths: Sequence[str], flags: ServeFlags) -> list[ModelPlace]:
    """The models that the arguments mean; none where there is a config file, which names them.

    Raises what `models_to_serve` raises.
    """
    from tfsctl.container import ModelPlace

    models = models_to_serve(
        paths,
        model_name=flags.model_name,
        model_base_path=flags.model_base_path,
        model_config_file=flags.model_config_file,
    )
    return [ModelPlace(model.name, model.base_path) for model in models]


def _configured(file: Path) -> ModelLayout:
    """The models of a config file, with all else that it says of them."""
    from tfsctl.container import ModelPlace, lay_out_config
    from tfsctl.serving.models.location import parse_location
    from tfsctl.serving.models.model_config_file import models_of, read_model_config_file

    config = read_model_config_file(file)
    if not models_of(config):
        raise UsageError(f"{file} names no models.")
    places = []
    for model in config.model_config_list.config:
        place = ModelPlace(model.name, parse_location(model.base_path))
        model.base_path = str(place.base_path)
        places.append(place)
    _check(places)
    return lay_out_config(config)


def _check(places: Sequence[ModelPlace]) -> None:
    """Raise what is wrong with a base path: in a container it would show as a server that is never ready."""
    from tfsctl.serving.models.model_discovery import discover

    for place in places:
        if isinstance(place.base_path, Path):
            found = discover([str(place.base_path)])
            if [model.base_path for model in found] != [place.base_path]:
                raise FailedPreconditionError(
                    f"No versions of servable {place.name} found under base path {place.base_path}.",
                    hint=f"That is a directory of models. One of them is {found[0].base_path}",
                )
