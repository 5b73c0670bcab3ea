"""Scripted loaders, and servables that notice being used when they must not be."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from tfsctl.core import ServableId

# No wait in the tests lasts this long unless something is broken.
PATIENCE_SECONDS = 20.0


class Gate:
    """Holds up whoever passes until it is opened, and tells when somebody has come."""

    def __init__(self, *, is_open: bool = False) -> None:
        self.reached = threading.Event()
        self._opened = threading.Event()
        if is_open:
            self._opened.set()

    def open(self) -> None:
        self._opened.set()

    def wait_until_reached(self) -> None:
        assert self.reached.wait(PATIENCE_SECONDS), "nobody came to the gate"

    def walk_through(self) -> None:
        self.reached.set()
        assert self._opened.wait(PATIENCE_SECONDS), "the gate was not opened"


class FakeServable:
    """Answers with its id until it is unloaded; afterwards any use is a fault."""

    def __init__(self, servable_id: ServableId) -> None:
        self.id = servable_id
        self.is_unloaded = False

    def use(self) -> ServableId:
        assert not self.is_unloaded, f"{self.id} was used after its unload"
        return self.id

    def unload(self) -> None:
        assert not self.is_unloaded, f"{self.id} was unloaded twice"
        self.is_unloaded = True


class FakeLoader:
    """Fails with `failures`, one after the other, then loads; both methods go through their gates first."""

    def __init__(
        self,
        name: str,
        version: int,
        *,
        failures: Iterable[BaseException] = (),
        load_gate: Gate | None = None,
        unload_gate: Gate | None = None,
        unload_failure: BaseException | None = None,
    ) -> None:
        self.id = ServableId(name, version)
        self.num_attempts = 0
        self.num_unloads = 0
        self.loaded: list[FakeServable] = []
        self.load_gate = load_gate or Gate(is_open=True)
        self.unload_gate = unload_gate or Gate(is_open=True)
        self._failures = iter(failures)
        self._unload_failure = unload_failure

    def load(self) -> FakeServable:
        self.num_attempts += 1
        self.load_gate.walk_through()
        for failure in self._failures:
            raise failure
        self.loaded.append(FakeServable(self.id))
        return self.loaded[-1]

    def unload(self, servable: FakeServable) -> None:
        self.unload_gate.walk_through()
        assert servable in self.loaded, "another loader loaded this"
        servable.unload()
        self.num_unloads += 1
        if self._unload_failure is not None:
            raise self._unload_failure

    @property
    def is_clean(self) -> bool:
        """All that was loaded is unloaded."""
        return all(servable.is_unloaded for servable in self.loaded)
