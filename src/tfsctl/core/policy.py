"""In which order versions are loaded and unloaded. Pure: snapshots in, at most one action out."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tfsctl.core.loader_harness import HarnessState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class VersionSnapshot:
    """One version as the policy sees it. `is_aspired`: the source wants it, in this life or, if it leaves, the next."""

    version: int
    state: HarnessState
    is_aspired: bool


class ActionKind(enum.Enum):
    """What a policy can ask for."""

    LOAD = "load"
    UNLOAD = "unload"


@dataclass(frozen=True, slots=True)
class Action:
    """Load a version that is NEW, or unload one that is READY."""

    kind: ActionKind
    version: int


class AspiredVersionPolicy(Protocol):
    """Decides the next step for one servable name.

    Stateless: it is asked again after every change until it answers None. It never unloads an aspired version.
    """

    def next_action(self, snapshots: Sequence[VersionSnapshot]) -> Action | None:
        """The next action given all versions of one name that the manager holds, or None: nothing now."""
        ...


class AvailabilityPreservingPolicy:
    """Load new versions first; unload an old one only when that leaves something to answer with.

    Costs the memory of two versions during a change. TF Serving's binary always does this (tensorflow-serving.md §3.5).
    """

    def next_action(self, snapshots: Sequence[VersionSnapshot]) -> Action | None:
        """Load the highest new aspired version, else unload the lowest un-aspired one that can be spared.

        It can be spared if no version is aspired, or an aspired one is ready, or another un-aspired one is ready too:
        if the new version ends in error, the old one keeps serving.
        """
        new = _new_aspired(snapshots)
        if new:
            return Action(ActionKind.LOAD, max(new))
        spare = _ready_unaspired(snapshots)
        aspired = [one for one in snapshots if one.is_aspired]
        is_served = any(one.state is HarnessState.READY for one in aspired)
        if spare and (not aspired or is_served or len(spare) > 1):
            return Action(ActionKind.UNLOAD, min(spare))
        return None


class ResourcePreservingPolicy:
    """Unload all that is no longer aspired, wait until it is gone, then load.

    Never holds the memory of two generations, and answers nothing in between.
    """

    def next_action(self, snapshots: Sequence[VersionSnapshot]) -> Action | None:
        """Unload the lowest un-aspired version; once all are gone, load the highest new aspired one."""
        ready = _ready_unaspired(snapshots)
        if ready:
            return Action(ActionKind.UNLOAD, min(ready))
        if any(_is_on_its_way_out(one) for one in snapshots):
            return None
        new = _new_aspired(snapshots)
        return Action(ActionKind.LOAD, max(new)) if new else None


_UNLOADING = {HarnessState.UNLOAD_REQUESTED, HarnessState.QUIESCING, HarnessState.UNLOADING}
_LOADING = {HarnessState.LOAD_REQUESTED, HarnessState.LOADING}


def _new_aspired(snapshots: Iterable[VersionSnapshot]) -> list[int]:
    return [one.version for one in snapshots if one.is_aspired and one.state is HarnessState.NEW]


def _ready_unaspired(snapshots: Iterable[VersionSnapshot]) -> list[int]:
    return [one.version for one in snapshots if not one.is_aspired and one.state is HarnessState.READY]


def _is_on_its_way_out(one: VersionSnapshot) -> bool:
    """It takes memory and will give it back: also while it is aspired again and waits for its next life."""
    return one.state in _UNLOADING or (not one.is_aspired and one.state in _LOADING)
