"""Which version labels a server has, and in what state their versions are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tfsctl.cli._model_config_input import read_config_text
from tfsctl.errors import NotFoundError, UnimplementedError, UsageError

if TYPE_CHECKING:
    from tfsctl.client import Client, VersionStatus

NAME_THE_FILE = "Name the configuration file that it was started with: --model-config-file FILE."
_UNKNOWN = "-"


@dataclass(frozen=True)
class FoundLabel:
    """A label of a model, the version that it means, and the state of that, `-` where the server does not know it."""

    model: str
    label: str
    version: int
    state: str


def found_labels(client: Client, model: str | None, *, file: Path | None) -> list[FoundLabel]:
    """The labels of one model, or of all: those that the server tells, or those in its configuration file.

    Raises:
        UsageError: the server cannot tell, and there is no file.
        NotFoundError: there is no such model.
    """
    from tfsctl.client.advice import nearest

    named = _labels_in_file(file) if file is not None else _labels_of_server(client)
    if model is not None:
        if model not in named:
            close = nearest(model, named)
            guess = f"Did you mean {close}? " if close else ""
            raise NotFoundError(
                f"{file or client.address} has no model {model}.", hint=f"{guess}It has: {', '.join(named) or 'none'}."
            )
        named = {model: named[model]}
    return [label for name, labels in named.items() if labels for label in _with_states(client, name, labels)]


def _labels_of_server(client: Client) -> Mapping[str, Mapping[str, int]]:
    try:
        return {summary.name: summary.version_labels for summary in client.models()}
    except UnimplementedError as error:
        raise UsageError(
            "This server cannot tell its version labels: TensorFlow Serving has no such request.", hint=NAME_THE_FILE
        ) from error


def _labels_in_file(file: Path) -> Mapping[str, Mapping[str, int]]:
    from tfsctl.client.model_config_text import parse_model_config

    config = parse_model_config(read_config_text(file), source=str(file))
    return {model.name: dict(sorted(model.version_labels.items())) for model in config.model_config_list.config}


def _with_states(client: Client, model: str, labels: Mapping[str, int]) -> Iterator[FoundLabel]:
    try:
        statuses: tuple[VersionStatus, ...] = client.status(model)
    except NotFoundError:
        statuses = ()
    states = {status.version: status.state for status in statuses}
    for label, version in labels.items():
        yield FoundLabel(model, label, version, states.get(version, _UNKNOWN))
