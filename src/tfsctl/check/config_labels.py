"""Checks the version labels of a model config file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tfsctl.check.config_text import ConfigText
from tfsctl.check.finding import Edit, Finding, ModelOutlook
from tfsctl.check.finding_maker import found


def check_labels(text: ConfigText, models: Sequence[ModelOutlook], *, allows_at_start: bool) -> Iterator[Finding]:
    """Findings about labels; `models` are the outlooks of the models in the file, in its order."""
    for number, model in enumerate(models):
        yield from _check_model(text, number, model)
    labelled = [number for number, model in enumerate(models) if model.labels]
    if labelled and not allows_at_start:
        first = labelled[0]
        message = "A TensorFlow Serving that starts with this file refuses the labels; tfsctl takes them."
        yield found("labels-at-start", message, path=text.path, position=text.position(first, "version_labels"))


def _check_model(text: ConfigText, number: int, model: ModelOutlook) -> Iterator[Finding]:
    loaded = {version.version for version in model.versions}
    if not loaded:
        return  # Another finding says why.
    wrong = {label: version for label, version in model.labels.items() if version not in loaded}
    idle = {label: version for label, version in wrong.items() if version in model.found}
    if idle:
        wanted = sorted(loaded | set(idle.values()))
        yield found(
            "label-not-loaded",
            f"{_said(idle)} of {model.name}, which the policy ({model.policy}) would not load.",
            path=text.path,
            position=text.position(number, "version_labels", number=_index(text, number, next(iter(idle)))),
            edits=[*_policy_edit(text, number, wanted)],
        )
    for label, version in wrong.items():
        if label in idle:
            continue
        index = _index(text, number, label)
        newest = max(loaded)
        yield found(
            "label-not-loaded",
            f"{_said({label: version})} of {model.name}, which is not there; loaded: {_numbers(sorted(loaded))}.",
            path=text.path,
            position=text.position(number, "version_labels", number=index),
            edits=[*text.replace(number, ["version_labels", "value"], str(newest), number=index)],
        )


def _index(text: ConfigText, number: int, label: str) -> int:
    """Which of the model's label blocks is the one of `label`."""
    return next((i for i, key in enumerate(text.values(number, "version_labels", "key")) if key == label), 0)


def _policy_edit(text: ConfigText, number: int, versions: Sequence[int]) -> Iterator[Edit]:
    """The edit that has the policy load just these versions."""
    policy = "{ specific { " + " ".join(f"versions: {version}" for version in versions) + " } }"
    edits = [*text.replace(number, ["model_version_policy"], policy)]
    yield from edits or text.insert(number, f"model_version_policy {policy}")


def _said(labels: dict[str, int]) -> str:
    return " and ".join(f"{label} stands for version {version}" for label, version in labels.items())


def _numbers(versions: Sequence[int]) -> str:
    return ", ".join(map(str, versions))
