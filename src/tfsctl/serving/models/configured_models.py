"""The models that a server is told to serve, and how they are exchanged for others while it runs (§3.6, §3.7)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from tfsctl.core import (
    FileSystemStoragePathSource,
    Location,
    ManagerState,
    ServableConfig,
    ServableId,
    ServableState,
    ServableStateMonitor,
)
from tfsctl.errors import Code, InvalidArgumentError, NotFoundError, TfsctlError
from tfsctl.serving.config import ModelConfig, check_unique
from tfsctl.serving.models.awaited_models import AwaitedModels
from tfsctl.serving.models.version_labels import LabelRules, VersionLabels, awaited_labels
from tfsctl.serving.request_log.log import RequestLogs

SUPPORTED_PLATFORM = "tensorflow"


class ConfiguredModels:
    """The models in force and their labels. Thread-safe; reading takes no lock.

    `check_base_path` raises InvalidArgumentError for a base path that can never be read.

    Attributes:
        labels: The version labels in force.
        is_set: Whether there was ever a list of models, an empty one included.
    """

    def __init__(
        self,
        source: FileSystemStoragePathSource,
        monitor: ServableStateMonitor,
        *,
        request_logs: RequestLogs,
        check_base_path: Callable[[Location], None],
        allow_version_labels_for_unavailable_models: bool = False,
    ) -> None:
        self.labels = VersionLabels()
        self.is_set = False
        self._source = source
        self._monitor = monitor
        self._request_logs = request_logs
        self._check_base_path = check_base_path
        self._rules = LabelRules(
            is_available=self._is_available,
            is_coming=self._is_coming,
            allow_unavailable=allow_version_labels_for_unavailable_models,
        )
        self._models: dict[str, ModelConfig] = {}  # Replaced, never changed.
        self._added: set[str] = set()
        self._lock = threading.Lock()  # Held while the models are exchanged.

    @property
    def models(self) -> tuple[ModelConfig, ...]:
        """The models, in the order of their list."""
        return tuple(self._models.values())

    @property
    def names(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self._models)

    def set_first(self, models: Sequence[ModelConfig]) -> None:
        """Set what the server starts with. Labels are accepted for any version: none is there yet.

        Raises InvalidArgumentError as `replace` does.
        """
        with self._lock:
            self._check(models)
            self._apply(models)
            self.labels.replace(awaited_labels(models), is_available=self._is_available)

    def open_request_logs(self) -> None:
        """Log the requests of the models set first. Raises FailedPreconditionError where a file cannot be written."""
        with self._lock:
            self._request_logs.apply(self._request_logs.prepare(self.models))

    def replace(self, models: Sequence[ModelConfig]) -> AwaitedModels:
        """Serve these models and no others. Returns at once, with the new ones to wait for.

        A list that is refused changes nothing at all.

        Raises:
            InvalidArgumentError: a model is listed twice, its platform is not supported, or is to be another, or its
                base path is of a kind that cannot be read here.
            FailedPreconditionError: a label points at a version that is neither available nor on its way, or a
                request log cannot be written.
        """
        with self._lock:
            self._check(models)
            labels = self.labels.checked(models, self._rules)
            added = [model.name for model in models if model.name not in self._models]
            configs = {model.name: model for model in models}
            awaited = AwaitedModels(
                added,
                self._monitor,
                problem=self._source.problem,
                is_current=lambda name: self._same_source(name, configs[name]),
            )
            logs = self._request_logs.prepare(models)
            self._added.intersection_update(configs)
            self._added.update(name for name in added if not self._has_available(name))
            self._apply(models)
            self._request_logs.apply(logs)
            self.labels.replace(labels, is_available=self._is_available)
        return awaited

    def change_labels(self, name: str, assign: Mapping[str, int], *, drop: Collection[str]) -> Mapping[str, int]:
        """Give labels to versions of one model and take others away; those that it has then.

        Raises:
            NotFoundError: no such model, or no such label to take away.
            InvalidArgumentError: a label is empty, or a version negative.
            FailedPreconditionError: a label points at a version that is neither available nor on its way.
        """
        with self._lock:
            model = self._models.get(name)
            if model is None:
                raise NotFoundError(f"Could not find any versions of model {name}")
            for label in drop:
                if label not in model.version_labels:
                    raise NotFoundError(f"Model {name} has no version label {label}.")
            labels = self.labels.checked_change(model, assign, drop=drop, rules=self._rules)
            kept = {label: version for label, version in model.version_labels.items() if label not in drop}
            changed = replace(model, version_labels={**kept, **assign})
            self._models = {**self._models, name: changed}
            self.labels.replace(labels, is_available=self._is_available)
        return changed.version_labels

    def is_new(self, name: str) -> bool:
        """Whether the model was added while the server runs, and was not available yet."""
        return name in self._added

    def on_state(self, state: ServableState) -> None:
        """Take note of a state of a version. A subscriber of the bus."""
        if state.state is ManagerState.AVAILABLE:
            self.labels.note_available(state.id)
            self._added.discard(state.id.name)

    def _apply(self, models: Sequence[ModelConfig]) -> None:
        self.is_set = True
        self._models = {model.name: model for model in models}
        self._source.set_servables([_servable_config(model) for model in models])

    def _check(self, models: Sequence[ModelConfig]) -> None:
        check_unique(model.name for model in models)
        for model in models:
            before = self._models.get(model.name)
            if before is not None and before.model_platform != model.model_platform:
                raise InvalidArgumentError(
                    f"Illegal to change a model's platform. For model {model.name} platform was"
                    f" {before.model_platform} and new platform requested is {model.model_platform}"
                )
        for model in models:
            if model.model_platform != SUPPORTED_PLATFORM:
                raise InvalidArgumentError(
                    f"Model {model.name} requests unsupported platform {model.model_platform}",
                    hint=f'The one there is: model_platform: "{SUPPORTED_PLATFORM}"',
                )
            self._check_base_path(model.base_path)

    def _same_source(self, name: str, model: ModelConfig) -> bool:
        """Whether `model` is still in force; its labels and its policy may have changed."""
        now = self._models.get(name)
        return now is not None and now.base_path == model.base_path

    def _is_available(self, servable: ServableId) -> bool:
        state = self._monitor.state(servable)
        return state is not None and state.state is ManagerState.AVAILABLE

    def _has_available(self, name: str) -> bool:
        return any(state.state is ManagerState.AVAILABLE for state in self._monitor.states(name))

    def _is_coming(self, model: ModelConfig, version: int) -> bool:
        """Whether the version is being loaded, or lies on the disk where the new configuration will have it loaded."""
        state = self._monitor.state(ServableId(model.name, version))
        if state is not None and state.state in {ManagerState.START, ManagerState.LOADING}:
            return True
        has_failed = state is not None and state.error is not None and state.error.code is not Code.CANCELLED
        if has_failed and model.name in self._models:
            return False  # It is not tried again, unless its files change.
        try:
            found = self._source.storage_paths(_servable_config(model))
        except TfsctlError:
            return False
        return any(path.version == version for path in found)


def _servable_config(model: ModelConfig) -> ServableConfig:
    return ServableConfig(name=model.name, base_path=model.base_path, version_policy=model.version_policy)
