"""A manager with everything around it that the tests look at."""

from __future__ import annotations

import threading
from collections.abc import Callable

from core.fake_loader import PATIENCE_SECONDS, FakeLoader, FakeServable
from tfsctl.core import (
    AspiredVersionPolicy,
    AspiredVersionsManager,
    EventBus,
    ManagerState,
    ServableId,
    ServableState,
    ServableStateMonitor,
)

START, LOADING, AVAILABLE = ManagerState.START, ManagerState.LOADING, ManagerState.AVAILABLE
UNLOADING, END = ManagerState.UNLOADING, ManagerState.END


class Stage:
    """One manager of fake servables, started; `close` stops it and checks that nothing stayed loaded."""

    def __init__(
        self,
        *,
        policy: AspiredVersionPolicy | None = None,
        max_num_load_retries: int = 0,
        load_retry_interval_seconds: float = 0.001,
        num_load_threads: int = 0,
        num_unload_threads: int = 0,
        num_initial_load_threads: int | None = None,
    ) -> None:
        self.bus: EventBus[ServableState] = EventBus()
        self.events: list[ServableState] = []
        self.bus.subscribe(self.events.append)  # Before the monitor, so that its waits see the events.
        self.monitor = ServableStateMonitor(self.bus)
        self.manager: AspiredVersionsManager[FakeServable] = AspiredVersionsManager(
            self.bus,
            policy=policy,
            max_num_load_retries=max_num_load_retries,
            load_retry_interval_seconds=load_retry_interval_seconds,
            num_load_threads=num_load_threads,
            num_unload_threads=num_unload_threads,
            num_initial_load_threads=num_initial_load_threads,
        )
        self.loaders: list[FakeLoader] = []
        self.manager.start()

    def aspire(self, *loaders: FakeLoader, name: str = "m") -> None:
        self.loaders += loaders
        self.manager.set_aspired_versions(name, {loader.id.version: loader for loader in loaders})

    def aspire_versions(self, *versions: int, name: str = "m") -> None:
        self.aspire(*(FakeLoader(name, version) for version in versions), name=name)

    def try_again(self, loader: FakeLoader) -> None:
        self.loaders.append(loader)
        self.manager.try_again(loader.id.name, loader.id.version, loader)

    def wait(self, version: int, state: ManagerState, *, name: str = "m") -> ServableState:
        """Until exactly this state was reached: going past it, say to an END with an error, is a failure."""
        reached = self.monitor.wait_until(ServableId(name, version), state, timeout_seconds=PATIENCE_SECONDS)
        assert reached.state is state, f"{reached} instead of {state.name}"
        return reached

    def wait_for(self, condition: Callable[[], bool]) -> None:
        assert self.monitor.wait_for(lambda _: condition(), timeout_seconds=PATIENCE_SECONDS), self.events

    def wait_for_life(self, version: int, *states: ManagerState, name: str = "m") -> None:
        """Until the states published of one version are exactly these, in all its lives."""
        self.wait_for(lambda: self.life(version, name=name) == list(states))

    def life(self, version: int, *, name: str = "m") -> list[ManagerState]:
        return [event.state for event in list(self.events) if event.id == ServableId(name, version)]

    def order(self, *states: ManagerState) -> list[tuple[int, ManagerState]]:
        """All changes to the given states, in the order of their publication."""
        return [(event.id.version, event.state) for event in list(self.events) if event.state in states]

    def versions(self, *, name: str = "m") -> list[int]:
        """The available ones."""
        return [found.version for found in self.manager.available_ids() if found.name == name]

    def catch_up(self) -> None:
        """Until the manager has done all that it was asked to do so far and that needs no loader."""
        done = threading.Event()
        self.manager._inbox.post(done.set)
        assert done.wait(PATIENCE_SECONDS)

    def answer(self, version: int | None = None, *, name: str = "m") -> int:
        """Use a servable as a request does."""
        handle = self.manager.handle(name, version)
        return handle.servable.use().version

    def close(self) -> None:
        for loader in self.loaders:
            loader.load_gate.open()
            loader.unload_gate.open()
        self.manager.stop(timeout_seconds=PATIENCE_SECONDS)
        assert self.manager.available_ids() == ()
        assert all(loader.is_clean for loader in self.loaders), "something stayed loaded"
