"""A hundred versions of several models appear and vanish at random, under readers that never rest."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from core.fake_loader import FakeLoader, FakeServable, Gate
from core.stage import AVAILABLE, END, START, UNLOADING, Stage
from tfsctl.core import (
    AspiredVersionPolicy,
    AvailabilityPreservingPolicy,
    ResourcePreservingPolicy,
    ServableHandle,
    ServableState,
)
from tfsctl.errors import DataLossError, NotFoundError

MODELS = ("a", "b", "c")
NUM_READERS = 2
models = st.sampled_from(MODELS)
versions = st.sets(st.integers(1, 100), min_size=1, max_size=6)


def _is_bad(version: int) -> bool:
    return version % 7 == 0


def _num_failures(version: int) -> int:
    """The outcome belongs to the number, so that it does not matter which of its loaders was the one to load it."""
    return 99 if _is_bad(version) else version % 3


class Lifecycle(RuleBasedStateMachine):
    """Drives one manager. Faults seen by other threads are collected, and raised at the next step."""

    policy: AspiredVersionPolicy = AvailabilityPreservingPolicy()
    is_always_answering = True

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.aspired: dict[str, set[int]] = {model: set() for model in MODELS}
        # A token while a version must answer: it was settled that one does, and the model never was to have none since.
        self.must_answer: dict[str, object | None] = dict.fromkeys(MODELS)
        self.handles: list[ServableHandle[FakeServable]] = []
        self.gates: list[Gate] = []
        self.is_over = threading.Event()
        self.readers = [threading.Thread(target=self._read, daemon=True) for _ in range(NUM_READERS)]

    @initialize(num_load_threads=st.integers(0, 3), num_unload_threads=st.integers(0, 2), initial=st.integers(1, 4))
    def begin(self, num_load_threads: int, num_unload_threads: int, initial: int) -> None:
        self.stage = Stage(
            policy=self.policy,
            max_num_load_retries=2,
            num_load_threads=num_load_threads,
            num_unload_threads=num_unload_threads,
            num_initial_load_threads=initial,
        )
        self.stage.bus.subscribe(self._check_contract)
        for reader in self.readers:
            reader.start()

    @rule(model=models, wanted=versions, slow_load=st.booleans(), slow_unload=st.booleans())
    def aspire(self, model: str, wanted: set[int], slow_load: bool, slow_unload: bool) -> None:
        self._aspire(model, wanted, slow_load=slow_load, slow_unload=slow_unload)

    @rule(model=models, wanted=versions)
    def let_more_appear(self, model: str, wanted: set[int]) -> None:
        self._aspire(model, self.aspired[model] | wanted)

    @rule(model=models)
    def let_the_newest_vanish(self, model: str) -> None:
        newest = max(self.aspired[model], default=0)
        self._aspire(model, self.aspired[model] - {newest})

    @rule(model=models)
    def let_all_vanish(self, model: str) -> None:
        self._aspire(model, set())

    @rule(model=models)
    def take_a_handle(self, model: str) -> None:
        try:
            self.handles.append(self.stage.manager.handle(model))
        except NotFoundError:
            assert self.must_answer[model] is None or not self.is_always_answering

    @rule(number=st.integers(0, 9))
    def drop_a_handle(self, number: int) -> None:
        if self.handles:
            self.handles.pop(number % len(self.handles))

    @rule()
    def open_the_gates(self) -> None:
        while self.gates:
            self.gates.pop().open()

    @rule()
    def settle(self) -> None:
        self.open_the_gates()
        self.handles.clear()
        self.stage.catch_up()
        self.stage.wait_for(lambda: all(map(self._is_settled, MODELS)))
        for model in MODELS:
            available = self._available(model)
            if available:
                assert self.stage.answer(name=model) == max(available)
                self.must_answer[model] = object()

    @invariant()
    def nothing_went_wrong(self) -> None:
        assert not self.faults
        for handle in self.handles:
            handle.servable.use()

    def teardown(self) -> None:
        self.is_over.set()
        for reader in self.readers:
            reader.join()
        self.handles.clear()
        self.stage.close()
        assert not self.faults
        for loader in self.stage.loaders:
            assert loader.num_unloads == len(loader.loaded) <= 1
        self._check_order()

    def _aspire(self, model: str, wanted: set[int], *, slow_load: bool = False, slow_unload: bool = False) -> None:
        self.aspired[model] = wanted
        if not wanted:
            self.must_answer[model] = None
        self.stage.aspire(
            *(
                FakeLoader(
                    model,
                    version,
                    failures=[DataLossError(f"failure of {version}") for _ in range(_num_failures(version))],
                    load_gate=self._gate(is_open=not slow_load),
                    unload_gate=self._gate(is_open=not slow_unload),
                )
                for version in wanted
            ),
            name=model,
        )

    def _gate(self, *, is_open: bool) -> Gate:
        gate = Gate(is_open=is_open)
        self.gates.append(gate)
        return gate

    def _available(self, model: str) -> set[int]:
        return {one.id.version for one in self.stage.monitor.states(model) if one.state is AVAILABLE}

    def _is_settled(self, model: str) -> bool:
        """Everything has been loaded or unloaded that ever will be."""
        if any(one.state not in {AVAILABLE, END} for one in self.stage.monitor.states(model)):
            return False
        available = self._available(model)
        good = {version for version in self.aspired[model] if not _is_bad(version)}
        if self.is_always_answering and self.aspired[model] and not good:
            return len(available) <= 1  # All that is aspired has failed: an old version may serve on.
        return available == good

    def _read(self) -> None:
        """What requests do, all the time."""
        while not self.is_over.is_set():
            for model in MODELS:
                self._read_once(model)
            time.sleep(0.0002)

    def _read_once(self, model: str) -> None:
        token = self.must_answer[model]
        try:
            handle = self.stage.manager.handle(model)
            handle.servable.use()
            time.sleep(0)
            handle.servable.use()
        except NotFoundError as error:
            if self.is_always_answering and token is not None and self.must_answer[model] is token:
                self.faults.append(str(error))
        except AssertionError as error:
            self.faults.append(str(error))

    def _check_contract(self, event: ServableState) -> None:
        """AVAILABLE comes after a handle can be had, UNLOADING before it no longer can."""
        if event.state in {AVAILABLE, UNLOADING}:
            try:
                self.stage.answer(event.id.version, name=event.id.name)
            except (NotFoundError, AssertionError) as error:
                self.faults.append(f"{event}: {error}")

    def _check_order(self) -> None:
        """Every life goes forward, and ends."""
        lives: dict[object, list[ServableState]] = {}
        for event in self.stage.events:
            lives.setdefault(event.id, []).append(event)
        for life in lives.values():
            assert life[0].state is START
            assert life[-1].state is END
            for before, after in pairwise(life):
                is_new_life = (before.state, after.state) == (END, START)
                assert is_new_life or before.state <= after.state < END or before.state < after.state, life


class ResourcePreservingLifecycle(Lifecycle):
    """The same with the other policy, under which a model may be without an answer for a while."""

    policy = ResourcePreservingPolicy()
    is_always_answering = False


@pytest.fixture
def _often_switching_threads() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(0.0001)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("_often_switching_threads")
@pytest.mark.parametrize("machine", [Lifecycle, ResourcePreservingLifecycle])
def test_manager_with_versions_coming_and_going_at_random(machine: type[RuleBasedStateMachine]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=60,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
