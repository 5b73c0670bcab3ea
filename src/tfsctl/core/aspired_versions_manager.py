"""Brings reality to the aspired state, and hands out what is available."""

from __future__ import annotations

import logging
import os
import threading
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from tfsctl.core.inbox import Inbox
from tfsctl.core.loader_harness import HarnessState, LoaderHarness
from tfsctl.core.policy import Action, ActionKind, AspiredVersionPolicy, AvailabilityPreservingPolicy
from tfsctl.core.quiescence import Quiescence
from tfsctl.core.servable_stream import ServableStream
from tfsctl.core.servable_work import ServableWork
from tfsctl.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tfsctl.core.event_bus import EventBus
    from tfsctl.core.loader import Loader
    from tfsctl.core.servable_handle import ServableHandle
    from tfsctl.core.servable_id import ServableId
    from tfsctl.core.servable_state import ServableState

T = TypeVar("T")

_LOG = logging.getLogger(__name__)


class AspiredVersionsManager(Generic[T]):
    """Loads what sources aspire to, unloads what they leave out, in the order that the policy says.

    One thread, the manager's, decides and owns all state but the map of available servables. It sleeps until something
    happens: there is no tick. Loads and unloads run in threads of their own (`ServableWork`). States are published
    from the manager's thread, so all subscribers see one order: START, LOADING (again with the error after each failed
    attempt), AVAILABLE once a handle can be had, UNLOADING before it no longer can, END. A subscriber may call
    `handle` and `set_aspired_versions`, but not `stop`, and must not wait for a state.

    A version number that is loaded is never loaded again while it stays aspired, whatever loader comes with it. A
    version that failed is tried again only after it was left out once (tensorflow-serving.md §3.5, §14), or where
    `try_again` asks for it.

    `num_initial_load_threads` (default 4 x CPUs, as TF Serving) is for the first wave of loads: until for the first
    time no load is running or waiting for a thread. The unloads of `stop` may use as many.
    """

    def __init__(
        self,
        bus: EventBus[ServableState],
        *,
        policy: AspiredVersionPolicy | None = None,
        max_num_load_retries: int = 5,
        load_retry_interval_seconds: float = 60.0,
        num_load_threads: int = 0,
        num_unload_threads: int = 0,
        num_initial_load_threads: int | None = None,
    ) -> None:
        self._bus = bus
        self._policy = policy or AvailabilityPreservingPolicy()
        self._new_stream: partial[ServableStream[T]] = partial(
            ServableStream,
            max_num_load_retries=max_num_load_retries,
            load_retry_interval_seconds=load_retry_interval_seconds,
        )
        self._inbox = Inbox()
        self._work: ServableWork[T] = ServableWork(
            self._inbox,
            self._on_change,
            num_load_threads=num_load_threads,
            num_unload_threads=num_unload_threads,
            num_initial_load_threads=num_initial_load_threads or 4 * (os.cpu_count() or 1),
        )
        self._quiescence: Quiescence[T] = Quiescence(self._inbox, self._work.unload)
        self._streams: dict[str, ServableStream[T]] = {}
        # Name, or name and version -> handle. Replaced, never changed: readers take no lock.
        self._available: dict[str | tuple[str, int], ServableHandle[T]] = {}
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="tfsctl-manager", daemon=True)

    # For any thread.

    def start(self) -> None:
        """Begin to act on aspired versions, those given before included. Once."""
        self._thread.start()

    def stop(self, *, timeout_seconds: float | None = None) -> None:
        """Unload everything, at once, and return when that is done. Idempotent.

        Retries are given up; loads that run are awaited, then unloaded; so are servables whose handles are still held.
        After `timeout_seconds` (None: no limit) it returns all the same, with a warning: what is left is unloaded in
        the background as soon as it is let go, never under a request that uses it.
        """
        self._inbox.post(self._begin_stop)
        if self._thread.ident is None:
            return
        self._thread.join(timeout_seconds)
        if self._thread.is_alive():
            left = ", ".join(str(harness.id) for harness in self._harnesses())
            _LOG.warning("Stopped after %s s; still loading or in use: %s", timeout_seconds, left)

    def set_aspired_versions(self, name: str, loaders: Mapping[int, Loader[T]]) -> None:
        """State the whole set of versions that `name` should have. Leaving one out asks to unload it.

        Returns at once; calls take effect in their order. A version whose former life has not ended yet waits for
        that end; the others do not. After `stop` it does nothing.
        """
        self._inbox.post(partial(self._aspire, name, dict(loaders)))

    def try_again(self, name: str, version: int, loader: Loader[T]) -> None:
        """Give a version that failed a new life, with `loader`: START and so on, with all its retries.

        Returns at once. Nothing happens unless the version is aspired and at its END with an error; the other
        versions of `name` stay as they are, whichever of them answers.
        """
        self._inbox.post(partial(self._try_again, name, version, loader))

    def handle(self, name: str, version: int | None = None) -> ServableHandle[T]:
        """A handle to the given version, or to the highest one available. Takes no lock.

        Raises `NotFoundError` unless that version is AVAILABLE.
        """
        try:
            return self._available[name if version is None else (name, version)]
        except KeyError:
            request = f"Latest({name})" if version is None else f"Specific({name}, {version})"
            raise NotFoundError(f"Servable not found for request: {request}") from None

    def available_ids(self) -> tuple[ServableId, ...]:
        """All servables that can be had now, by name and version."""
        return tuple(sorted({handle.id for handle in self._available.values()}))

    # For the manager's thread.

    def _run(self) -> None:
        self._inbox.run_until(lambda: self._is_stopping and not self._streams)

    def _begin_stop(self) -> None:
        self._is_stopping = True
        self._work.hurry_unloads()
        self._quiescence.hurry()
        for stream in tuple(self._streams.values()):
            stream.aspire({})
            self._settle(stream)

    def _aspire(self, name: str, loaders: Mapping[int, Loader[T]]) -> None:
        if self._is_stopping:
            return
        stream = self._streams.setdefault(name, self._new_stream(name))
        stream.aspire(loaders)
        self._settle(stream)

    def _try_again(self, name: str, version: int, loader: Loader[T]) -> None:
        stream = self._streams.get(name)
        if stream is not None and not self._is_stopping:
            stream.try_again(version, loader)
            self._settle(stream)

    def _settle(self, stream: ServableStream[T]) -> None:
        """Do all that can be done now for one name."""
        for harness in stream.unaspired_before_ready():
            self._give_up(harness)
        for harness in stream.admit():
            self._publish(harness)
        try:
            while (action := self._next_action(stream)) is not None:
                self._carry_out(action, stream[action.version])
        except Exception:  # noqa: BLE001 (a policy may come from elsewhere; the other names go on)
            _LOG.exception("The policy failed on %s", stream.name)
        if stream.is_empty:
            del self._streams[stream.name]

    def _give_up(self, harness: LoaderHarness[T]) -> None:
        if harness.state is HarnessState.NEW:
            harness.disable()
        else:
            self._work.cancel(harness)
        if harness.is_finished:
            self._publish(harness)

    def _next_action(self, stream: ServableStream[T]) -> Action | None:
        if not self._is_stopping:
            return self._policy.next_action(stream.snapshots())
        ready = [harness.id.version for harness in stream if harness.state is HarnessState.READY]
        return Action(ActionKind.UNLOAD, ready[0]) if ready else None

    def _carry_out(self, action: Action, harness: LoaderHarness[T]) -> None:
        if action.kind is ActionKind.LOAD:
            harness.request_load()
            self._work.load(harness)
        else:
            self._take_out_of_service(harness)

    def _take_out_of_service(self, harness: LoaderHarness[T]) -> None:
        harness.request_unload()
        self._publish(harness)
        self._replace_available()
        self._quiescence.enter(harness)

    def _on_change(self, harness: LoaderHarness[T]) -> None:
        if harness.state is HarnessState.READY:
            self._replace_available()
        self._publish(harness)
        if harness.state is not HarnessState.LOADING:
            self._settle(self._streams[harness.id.name])

    def _replace_available(self) -> None:
        available: dict[str | tuple[str, int], ServableHandle[T]] = {}
        for handle in sorted(self._ready_handles(), key=lambda handle: handle.id):
            available[handle.id.name, handle.id.version] = handle
            available[handle.id.name] = handle  # The highest version comes last and stays.
        self._available = available

    def _ready_handles(self) -> Iterator[ServableHandle[T]]:
        for harness in self._harnesses():
            if harness.state is HarnessState.READY and harness.handle is not None:
                yield harness.handle

    def _harnesses(self) -> list[LoaderHarness[T]]:
        return [harness for stream in tuple(self._streams.values()) for harness in stream]

    def _publish(self, harness: LoaderHarness[T]) -> None:
        state = harness.servable_state
        has_failed = harness.state is HarnessState.ERROR and not harness.is_cancelled
        level = logging.WARNING if has_failed else logging.INFO
        _LOG.log(level, "%s is %s%s", state.id, state.state.name, f": {state.error}" if state.error else "")
        self._bus.publish(state)
