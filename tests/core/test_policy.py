from __future__ import annotations

import pytest

from tfsctl.core import (
    Action,
    ActionKind,
    AspiredVersionPolicy,
    AvailabilityPreservingPolicy,
    ResourcePreservingPolicy,
    VersionSnapshot,
)
from tfsctl.core.loader_harness import HarnessState

NEW, LOADING, READY = HarnessState.NEW, HarnessState.LOADING, HarnessState.READY
UNLOADING, DISABLED, ERROR = HarnessState.UNLOADING, HarnessState.DISABLED, HarnessState.ERROR
LEAVING = [HarnessState.UNLOAD_REQUESTED, HarnessState.QUIESCING, UNLOADING]


def aspired(version: int, state: HarnessState) -> VersionSnapshot:
    return VersionSnapshot(version, state, is_aspired=True)


def old(version: int, state: HarnessState) -> VersionSnapshot:
    return VersionSnapshot(version, state, is_aspired=False)


def load(version: int) -> Action:
    return Action(ActionKind.LOAD, version)


def unload(version: int) -> Action:
    return Action(ActionKind.UNLOAD, version)


@pytest.mark.parametrize(
    ("snapshots", "action"),
    [
        pytest.param([], None, id="nothing there"),
        pytest.param([aspired(1, NEW), aspired(10, NEW), aspired(9, NEW)], load(10), id="highest new first"),
        pytest.param([old(1, READY), aspired(2, NEW)], load(2), id="load before unload"),
        pytest.param([old(1, READY), aspired(2, LOADING)], None, id="old one serves while new one loads"),
        pytest.param([old(1, READY), aspired(2, READY)], unload(1), id="new one serves"),
        pytest.param([old(1, READY), aspired(2, ERROR)], None, id="new one failed, old one keeps serving"),
        pytest.param([old(1, READY), old(2, READY), aspired(3, ERROR)], unload(1), id="one of two old ones is spare"),
        pytest.param([old(2, READY), old(3, READY)], unload(2), id="nothing aspired: all go, lowest first"),
        pytest.param([old(3, READY), aspired(2, READY)], unload(3), id="rollback"),
        pytest.param([old(3, READY), aspired(2, NEW)], load(2), id="rollback loads the older first"),
        pytest.param([old(1, READY), aspired(2, UNLOADING)], None, id="the aspired waits for its next life"),
        pytest.param([old(1, LOADING), old(2, ERROR), old(3, UNLOADING)], None, id="nothing to do for those"),
        pytest.param([old(1, NEW)], None, id="an unwanted new one is not loaded"),
        pytest.param([aspired(1, READY), aspired(2, READY), aspired(3, LOADING)], None, id="aspired ones stay"),
    ],
)
def test_availability_preserving_policy(snapshots: list[VersionSnapshot], action: Action | None) -> None:
    assert AvailabilityPreservingPolicy().next_action(snapshots) == action
    assert AvailabilityPreservingPolicy().next_action(snapshots[::-1]) == action


@pytest.mark.parametrize(
    ("snapshots", "action"),
    [
        pytest.param([], None, id="nothing there"),
        pytest.param([aspired(1, NEW), aspired(2, NEW)], load(2), id="highest new first"),
        pytest.param([old(1, READY), aspired(2, NEW)], unload(1), id="unload before load"),
        pytest.param([old(1, READY), old(2, READY), aspired(3, NEW)], unload(1), id="lowest old first"),
        *[pytest.param([old(1, state), aspired(2, NEW)], None, id=f"waits while {state.name}") for state in LEAVING],
        *[
            pytest.param([aspired(1, state), aspired(2, NEW)], None, id=f"waits, again {state.name}")
            for state in LEAVING
        ],
        pytest.param([old(1, LOADING), aspired(2, NEW)], None, id="waits for a cancelled load"),
        pytest.param([old(1, ERROR), aspired(2, NEW)], load(2), id="a failed one holds nothing"),
        pytest.param([old(1, DISABLED), aspired(2, NEW)], load(2), id="all gone"),
        pytest.param([aspired(1, LOADING), aspired(2, NEW)], load(2), id="aspired ones load together"),
        pytest.param([aspired(1, READY), aspired(2, ERROR)], None, id="nothing to do"),
    ],
)
def test_resource_preserving_policy(snapshots: list[VersionSnapshot], action: Action | None) -> None:
    assert ResourcePreservingPolicy().next_action(snapshots) == action
    assert ResourcePreservingPolicy().next_action(snapshots[::-1]) == action


@pytest.mark.parametrize("policy", [AvailabilityPreservingPolicy(), ResourcePreservingPolicy()])
@pytest.mark.parametrize("state", list(HarnessState))
def test_policies_never_unload_what_is_aspired(policy: AspiredVersionPolicy, state: HarnessState) -> None:
    action = policy.next_action([aspired(1, state), aspired(2, READY)])

    assert action in {None, load(1)}
