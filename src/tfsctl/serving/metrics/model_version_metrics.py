"""Which versions are loaded, and how long that took."""

from __future__ import annotations

import time
from collections.abc import Callable

from tfsctl.core import ManagerState, ServableId, ServableState
from tfsctl.serving.metrics.families import Gauge


class ModelVersionMetrics:
    """Learns of versions by their states: have `on_state` called with each. Thread-safe.

    The time of loading counts from the first try until requests are answered: waits before further tries included.
    `when_ended` is called with a version that is gone.
    """

    def __init__(self, *, when_ended: Callable[[ServableId], None]) -> None:
        self._loaded = Gauge("/tfsctl/serving/model_version_loaded", "model_name", "version")
        self._load_micros = Gauge("/tfsctl/serving/model_version_load_micros", "model_name", "version")
        self.families = (self._loaded, self._load_micros)
        self._when_ended = when_ended
        self._load_started: dict[ServableId, float] = {}

    def on_state(self, state: ServableState) -> None:
        """Note that a version is now in `state`."""
        name, version = state.id.name, str(state.id.version)
        if state.state is ManagerState.LOADING:
            self._load_started.setdefault(state.id, time.perf_counter())
        elif state.state is ManagerState.AVAILABLE:
            self._loaded.cell(name, version).set(1)
            started = self._load_started.pop(state.id, None)
            if started is not None:
                self._load_micros.cell(name, version).set(round((time.perf_counter() - started) * 1e6))
        elif state.state in {ManagerState.UNLOADING, ManagerState.END}:
            self._load_started.pop(state.id, None)
            for family in self.families:
                family.forget(model_name=name, version=version)
            if state.state is ManagerState.END:
                self._when_ended(state.id)
