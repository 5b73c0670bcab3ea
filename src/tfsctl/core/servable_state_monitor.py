"""Remembers the last published state of every servable, and lets callers wait for one."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from tfsctl.errors import DeadlineExceededError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfsctl.core.event_bus import EventBus
    from tfsctl.core.servable_id import ServableId
    from tfsctl.core.servable_state import ManagerState, ServableState


class ServableStateMonitor:
    """The last state of every servable that the bus spoke of. Thread-safe.

    An entry at END stays for ever, as in TF Serving, so that a status request can say why a version is not there
    (tensorflow-serving.md §3.5). When the version comes back, its entry starts anew.
    Do not wait inside a subscriber of the same bus: it would wait for itself.
    """

    def __init__(self, bus: EventBus[ServableState]) -> None:
        self._changed = threading.Condition()
        self._num_changes = 0
        self._states: dict[str, dict[int, ServableState]] = {}
        self._subscription = bus.subscribe(self._record)

    def close(self) -> None:
        """Listen no longer; what is known stays readable."""
        self._subscription.close()

    def state(self, id: ServableId) -> ServableState | None:  # noqa: A002 (the field's name everywhere)
        """The last state of one servable, None if it was never heard of."""
        with self._changed:
            return self._states.get(id.name, {}).get(id.version)

    def states(self, name: str) -> tuple[ServableState, ...]:
        """The last states of all versions of `name`, newest version first; empty if none was ever heard of."""
        with self._changed:
            versions = self._states.get(name, {})
            return tuple(versions[version] for version in sorted(versions, reverse=True))

    def names(self) -> tuple[str, ...]:
        """All names ever heard of, in the order of their first appearance."""
        with self._changed:
            return tuple(self._states)

    def wait_until(
        self,
        id: ServableId,  # noqa: A002 (the field's name everywhere)
        state: ManagerState,
        *,
        timeout_seconds: float | None,
    ) -> ServableState:
        """Wait until the servable has reached `state` or gone past it, and return where it stands.

        Going past counts because states only go forward: whoever waits for AVAILABLE is told at once of an END with
        its error. Raises `DeadlineExceededError` after `timeout_seconds`; None waits for ever.
        """

        def is_reached(_: ServableStateMonitor) -> bool:
            current = self.state(id)
            return current is not None and current.state >= state

        if not self.wait_for(is_reached, timeout_seconds=timeout_seconds):
            raise DeadlineExceededError(
                f"{id} did not reach {state.name} in {timeout_seconds} s; it is {self.state(id)}"
            )
        reached = self.state(id)
        assert reached is not None  # Entries are never removed.
        return reached

    def wait_for(self, predicate: Callable[[ServableStateMonitor], bool], *, timeout_seconds: float | None) -> bool:
        """Wait until `predicate(self)` is true; False if that takes longer than `timeout_seconds` (None: no limit).

        The predicate runs in the calling thread, once at first and then after every change, with no lock held.
        """
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        while True:
            seen = self._num_changes
            if predicate(self):
                return True
            if not self._wait_for_change(seen, deadline):
                return False

    def _wait_for_change(self, seen: int, deadline: float | None) -> bool:
        remaining = None if deadline is None else deadline - time.monotonic()
        with self._changed:
            return self._changed.wait_for(lambda: self._num_changes != seen, remaining)

    def _record(self, state: ServableState) -> None:
        with self._changed:
            self._states.setdefault(state.id.name, {})[state.id.version] = state
            self._num_changes += 1
            self._changed.notify_all()
