from __future__ import annotations

import threading

import pytest

from core.fake_loader import PATIENCE_SECONDS
from tfsctl.core import EventBus, ManagerState, ServableId, ServableState, ServableStateMonitor
from tfsctl.errors import DeadlineExceededError, NotFoundError

Bus = EventBus[ServableState]


@pytest.fixture
def bus() -> Bus:
    return EventBus()


@pytest.fixture
def monitor(bus: Bus) -> ServableStateMonitor:
    return ServableStateMonitor(bus)


def _publish(bus: Bus, name: str, version: int, state: ManagerState) -> ServableState:
    published = ServableState(ServableId(name, version), state)
    bus.publish(published)
    return published


def test_monitor_keeps_the_last_state_of_a_servable(bus: Bus, monitor: ServableStateMonitor) -> None:
    _publish(bus, "m", 1, ManagerState.START)
    last = _publish(bus, "m", 1, ManagerState.LOADING)

    assert monitor.state(ServableId("m", 1)) == last
    assert monitor.state(ServableId("m", 2)) is None
    assert monitor.state(ServableId("other", 1)) is None


def test_monitor_lists_the_newest_version_first_and_keeps_the_ended(bus: Bus, monitor: ServableStateMonitor) -> None:
    ended = _publish(bus, "m", 9, ManagerState.END)
    newest = _publish(bus, "m", 10, ManagerState.AVAILABLE)
    oldest = _publish(bus, "m", 1, ManagerState.UNLOADING)

    assert monitor.states("m") == (newest, ended, oldest)
    assert monitor.states("other") == ()


def test_monitor_lists_names_as_they_appeared(bus: Bus, monitor: ServableStateMonitor) -> None:
    for name in ("b", "a", "b"):
        _publish(bus, name, 1, ManagerState.START)

    assert monitor.names() == ("b", "a")


def test_wait_until_a_state_already_reached_returns_at_once(bus: Bus, monitor: ServableStateMonitor) -> None:
    state = _publish(bus, "m", 1, ManagerState.AVAILABLE)

    assert monitor.wait_until(state.id, ManagerState.AVAILABLE, timeout_seconds=0) == state


def test_wait_until_available_when_the_load_failed_returns_the_error(bus: Bus, monitor: ServableStateMonitor) -> None:
    end = ServableState(ServableId("m", 1), ManagerState.END, NotFoundError("gone"))
    bus.publish(end)

    assert monitor.wait_until(end.id, ManagerState.AVAILABLE, timeout_seconds=0) is end


def test_wait_until_is_woken_by_a_change_in_another_thread(bus: Bus, monitor: ServableStateMonitor) -> None:
    publisher = threading.Timer(0.01, _publish, (bus, "m", 1, ManagerState.AVAILABLE))
    publisher.start()

    reached = monitor.wait_until(ServableId("m", 1), ManagerState.AVAILABLE, timeout_seconds=PATIENCE_SECONDS)

    assert reached.state is ManagerState.AVAILABLE
    publisher.join()


def test_wait_until_in_vain_raises_and_says_where_it_stands(bus: Bus, monitor: ServableStateMonitor) -> None:
    state = _publish(bus, "m", 1, ManagerState.LOADING)

    with pytest.raises(DeadlineExceededError, match=r"m/1 did not reach AVAILABLE in 0\.01 s.*LOADING"):
        monitor.wait_until(state.id, ManagerState.AVAILABLE, timeout_seconds=0.01)


def test_wait_for_asks_the_predicate_again_after_every_change(bus: Bus, monitor: ServableStateMonitor) -> None:
    remaining = iter(range(1, 4))

    def publish_another(monitor: ServableStateMonitor) -> bool:
        for version in remaining:
            _publish(bus, "m", version, ManagerState.START)
            return False
        return len(monitor.states("m")) == 3

    assert monitor.wait_for(publish_another, timeout_seconds=PATIENCE_SECONDS)


def test_wait_for_what_never_comes_is_false(monitor: ServableStateMonitor) -> None:
    assert not monitor.wait_for(lambda _: False, timeout_seconds=0.01)


def test_monitor_after_close_hears_nothing_more(bus: Bus, monitor: ServableStateMonitor) -> None:
    state = _publish(bus, "m", 1, ManagerState.AVAILABLE)

    monitor.close()
    _publish(bus, "m", 1, ManagerState.END)

    assert monitor.state(state.id) == state
