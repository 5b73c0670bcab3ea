"""Names for versions (`stable`, `canary`): what each means, and which may be given (tensorflow-serving.md §3.7)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from tfsctl.core import ServableId
from tfsctl.errors import FailedPreconditionError, InvalidArgumentError
from tfsctl.serving.config import ModelConfig


@dataclass(frozen=True, slots=True)
class LabelTarget:
    """The version that a label means.

    Attributes:
        version: Its number.
        is_awaited: It has not been available since the label was given to it.
        until_then: The version that the label stood for before, and goes on to mean while `version` is awaited.
    """

    version: int
    is_awaited: bool = False
    until_then: int | None = None


Labels = Mapping[str, Mapping[str, LabelTarget]]


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelRules:
    """What decides whether a label may be given to a version.

    Attributes:
        is_available: Whether the version answers requests.
        is_coming: Whether the version of the model, as newly configured, is being loaded or about to be.
        allow_unavailable: New labels may point anywhere, and those that stay may stay.
    """

    is_available: Callable[[ServableId], bool]
    is_coming: Callable[[ModelConfig, int], bool]
    allow_unavailable: bool = False


class VersionLabels:
    """The labels in force. Looking one up takes no lock; the methods that change something may come from any thread."""

    def __init__(self) -> None:
        self._labels: Labels = {}  # Replaced, never changed.
        self._lock = threading.Lock()  # For writers.

    def target(self, name: str, label: str) -> LabelTarget:
        """What `label` means for model `name`; InvalidArgumentError where it means nothing."""
        try:
            return self._labels[name][label]
        except KeyError:
            raise InvalidArgumentError(f"Unrecognized servable version label: {label}") from None

    def checked(self, models: Iterable[ModelConfig], rules: LabelRules) -> Labels:
        """The labels of `models`, to be given to `replace`. Changes nothing.

        Raises FailedPreconditionError where a label may not be given. A label may go to a version that is available,
        and, other than in TF Serving, to one that is on its way.
        """
        return {model.name: self._checked(model, rules) for model in models}

    def replace(self, labels: Labels, *, is_available: Callable[[ServableId], bool]) -> None:
        """Put other labels into force."""
        with self._lock:
            self._labels = labels
        # Those that became available since they were checked were announced too early.
        for name, targets in labels.items():
            for target in targets.values():
                if target.is_awaited and is_available(ServableId(name, target.version)):
                    self.note_available(ServableId(name, target.version))

    def checked_change(
        self, model: ModelConfig, assign: Mapping[str, int], *, drop: Collection[str], rules: LabelRules
    ) -> Labels:
        """All labels, with some of `model` given or taken away, to be given to `replace`. Changes nothing.

        Raises FailedPreconditionError where a label may not be given. Those that stay are not checked again.
        """
        before = self._labels.get(model.name, {})
        kept = {label: target for label, target in before.items() if label not in drop}
        given = {label: _new_target(model, version, before.get(label), rules) for label, version in assign.items()}
        return {**self._labels, model.name: {**kept, **given}}

    def note_available(self, servable: ServableId) -> None:
        """Await this version no longer: from now on its labels mean it and nothing else."""
        with self._lock:
            targets = self._labels.get(servable.name, {})
            arrived = {
                label: LabelTarget(target.version)
                for label, target in targets.items()
                if target.is_awaited and target.version == servable.version
            }
            if arrived:
                self._labels = {**self._labels, servable.name: {**targets, **arrived}}

    def _checked(self, model: ModelConfig, rules: LabelRules) -> dict[str, LabelTarget]:
        before = self._labels.get(model.name, {})
        return {
            label: _new_target(model, version, before.get(label), rules)
            for label, version in model.version_labels.items()
        }


def awaited_labels(models: Iterable[ModelConfig]) -> Labels:
    """The labels of the models that a server starts with: no version is there yet, so all are awaited."""
    return {
        model.name: {label: LabelTarget(version, is_awaited=True) for label, version in model.version_labels.items()}
        for model in models
    }


def _new_target(model: ModelConfig, version: int, before: LabelTarget | None, rules: LabelRules) -> LabelTarget:
    if rules.is_available(ServableId(model.name, version)):
        return LabelTarget(version)
    if before is not None and before.version == version and (before.is_awaited or rules.allow_unavailable):
        return before
    if rules.is_coming(model, version):
        return LabelTarget(version, is_awaited=True, until_then=_present(model, before, rules))
    if before is None and rules.allow_unavailable:
        return LabelTarget(version, is_awaited=True)
    raise FailedPreconditionError(
        f"Request to assign label to version {version} of model {model.name}, which is not currently available for"
        " inference"
    )


def _present(model: ModelConfig, before: LabelTarget | None, rules: LabelRules) -> int | None:
    """The version that a label means at this moment."""
    if before is None or rules.is_available(ServableId(model.name, before.version)):
        return before.version if before is not None else None
    return before.until_then
