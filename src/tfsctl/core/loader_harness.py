"""Tracks one loader through its life: the inner state machine, the retries, the cancellation."""

from __future__ import annotations

import enum
import logging
import weakref
from typing import TYPE_CHECKING, Generic, TypeVar

from tfsctl.core.loader import Loader, loader_error
from tfsctl.core.servable_handle import ServableHandle
from tfsctl.core.servable_state import ManagerState, ServableState
from tfsctl.errors import CancelledError, Code, InternalError, TfsctlError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfsctl.core.servable_id import ServableId

T = TypeVar("T")

_LOG = logging.getLogger(__name__)

_FIRST_RETRY_SECONDS = 0.1


class HarnessState(enum.Enum):
    """The inner states; the public ones of `ManagerState` are fewer."""

    NEW = enum.auto()
    """Known, nothing asked of it."""
    LOAD_REQUESTED = enum.auto()
    """The policy wants it loaded; it waits for a thread."""
    LOADING = enum.auto()
    """Its first attempt has begun; also between attempts."""
    READY = enum.auto()
    """Loaded."""
    UNLOAD_REQUESTED = enum.auto()
    """The policy wants it gone; a handle can still be had."""
    QUIESCING = enum.auto()
    """Out of service; the requests that hold it finish."""
    UNLOADING = enum.auto()
    """Nobody holds it; it is being unloaded, or waits for a thread to be."""
    DISABLED = enum.auto()
    """Ended well."""
    ERROR = enum.auto()
    """Ended with an error."""


_S = HarnessState
_NEXT: dict[HarnessState, frozenset[HarnessState]] = {
    _S.NEW: frozenset({_S.LOAD_REQUESTED, _S.DISABLED}),
    _S.LOAD_REQUESTED: frozenset({_S.LOADING, _S.ERROR}),
    _S.LOADING: frozenset({_S.READY, _S.UNLOADING, _S.ERROR}),
    _S.READY: frozenset({_S.UNLOAD_REQUESTED}),
    _S.UNLOAD_REQUESTED: frozenset({_S.QUIESCING}),
    _S.QUIESCING: frozenset({_S.UNLOADING}),
    _S.UNLOADING: frozenset({_S.DISABLED, _S.ERROR}),
    _S.DISABLED: frozenset(),
    _S.ERROR: frozenset(),
}
_PUBLIC: dict[HarnessState, ManagerState] = {
    _S.NEW: ManagerState.START,
    _S.LOAD_REQUESTED: ManagerState.START,
    _S.LOADING: ManagerState.LOADING,
    _S.READY: ManagerState.AVAILABLE,
    _S.UNLOAD_REQUESTED: ManagerState.UNLOADING,
    _S.QUIESCING: ManagerState.UNLOADING,
    _S.UNLOADING: ManagerState.UNLOADING,
    _S.DISABLED: ManagerState.END,
    _S.ERROR: ManagerState.END,
}


class LoaderHarness(Generic[T]):
    """One loader, one life: from NEW to DISABLED or ERROR, never back.

    Only the manager's thread may call it, but for `attempt_load` and `run_unload`: those two block, run in a thread of
    their own, never raise, and change no state; `conclude_load` and `conclude_unload` then do, in the manager's thread.

    A failed load is tried again `max_num_load_retries` times. The waits between start at 0.1 s and double, but are
    never longer than `load_retry_interval_seconds`: a file that was being copied costs an instant, not TF Serving's
    minute.
    """

    def __init__(
        self,
        id: ServableId,  # noqa: A002 (the field's name everywhere)
        loader: Loader[T],
        *,
        max_num_load_retries: int,
        load_retry_interval_seconds: float,
    ) -> None:
        self.id = id
        self.state = HarnessState.NEW
        self.error: TfsctlError | None = None
        self.is_cancelled = False
        self.handle: ServableHandle[T] | None = None  # Set while READY and UNLOAD_REQUESTED.
        self._loader = loader
        self._loaded: list[T] = []  # The servable, from the load to the unload; T may well be None.
        self._is_attempting = False
        self._retries_left = max_num_load_retries
        self._retry_interval_seconds = load_retry_interval_seconds
        self._next_retry_seconds = _FIRST_RETRY_SECONDS
        self._released: weakref.ref[ServableHandle[T]] | None = None

    @property
    def servable_state(self) -> ServableState:
        """What the world may know of it."""
        return ServableState(self.id, _PUBLIC[self.state], self.error)

    @property
    def is_finished(self) -> bool:
        """Nothing will happen to it any more."""
        return not _NEXT[self.state]

    @property
    def is_leaving(self) -> bool:
        """It cannot be kept any more: cancelled, or on its way out, or unloaded."""
        return self.is_cancelled or self.state in _LEAVING

    def request_load(self) -> None:
        """The policy has chosen it for loading."""
        self._transition(HarnessState.LOAD_REQUESTED)

    def begin_attempt(self) -> bool:
        """A thread is about to call `attempt_load`. True if it is the first time."""
        self._is_attempting = True
        if self.state is HarnessState.LOADING:
            return False
        self._transition(HarnessState.LOADING)
        return True

    def attempt_load(self) -> None:
        """Call the loader once and keep what came of it."""
        try:
            self._loaded = [self._loader.load()]
            self.error = None
        except BaseException as error:  # noqa: BLE001 (even SystemExit in a loader must not lose the version)
            _log_unexpected("load", self.id, error)
            self.error = loader_error(error, self.id)

    def conclude_load(self) -> float | None:
        """Judge the attempt. Returns the seconds until the next one is due, or None where there is none.

        READY: it loaded. UNLOADING: it loaded after it was cancelled, and must be unloaded. ERROR: it failed for good.
        LOADING: it failed and is to be tried again.
        """
        self._is_attempting = False
        if self._loaded and not self.is_cancelled:
            self.handle = ServableHandle(self.id, self._loaded[0])
            self._transition(HarnessState.READY)
        elif self._loaded:
            self.error = _cancelled()
            self._transition(HarnessState.UNLOADING)
        elif self.is_cancelled:
            self._end_cancelled()
        elif self._retries_left <= 0:
            self._transition(HarnessState.ERROR)
        else:
            return self._take_retry()
        return None

    def cancel_load(self) -> None:
        """Load it no more. Ends at once with an error, unless an attempt is running: then `conclude_load` ends it."""
        self.is_cancelled = True
        if not self._is_attempting:
            self._end_cancelled()

    def disable(self) -> None:
        """End it before anything was asked of it."""
        self._transition(HarnessState.DISABLED)

    def request_unload(self) -> None:
        """The policy has chosen it for unloading."""
        self._transition(HarnessState.UNLOAD_REQUESTED)

    def quiesce(self, on_released: Callable[[], None]) -> None:
        """Let go of the handle, and call `on_released` once nobody holds it any more.

        That call comes from whichever thread drops the last reference, at any point of its work, the garbage collector
        included: `on_released` takes no lock and does next to nothing.
        """
        self._transition(HarnessState.QUIESCING)
        assert self.handle is not None
        self._released = weakref.ref(self.handle, lambda _: on_released())
        self.handle = None

    def begin_unload(self) -> None:
        """Nobody holds it: `run_unload` may be called."""
        self._transition(HarnessState.UNLOADING)
        self._released = None

    def run_unload(self) -> None:
        """Have the loader unload what it loaded."""
        try:
            self._loader.unload(self._loaded.pop())
        except BaseException as error:  # noqa: BLE001 (even SystemExit in a loader must not lose the version)
            _log_unexpected("unload", self.id, error)
            self.error = loader_error(error, self.id)

    def conclude_unload(self) -> None:
        """`run_unload` is done. DISABLED, or ERROR if it failed or the load had been cancelled."""
        self._transition(HarnessState.ERROR if self.error else HarnessState.DISABLED)

    def _end_cancelled(self) -> None:
        """With the failure of the last attempt; one that was given up because of this has none of its own."""
        if self.error is None or self.error.code is Code.CANCELLED:
            self.error = _cancelled()
        self._transition(HarnessState.ERROR)

    def _take_retry(self) -> float:
        seconds = min(self._next_retry_seconds, self._retry_interval_seconds)
        self._retries_left -= 1
        self._next_retry_seconds = 2 * seconds
        return seconds

    def _transition(self, state: HarnessState) -> None:
        if state not in _NEXT[self.state]:
            raise InternalError(f"{self.id} cannot go from {self.state.name} to {state.name}")
        self.state = state


_LEAVING = frozenset({_S.UNLOAD_REQUESTED, _S.QUIESCING, _S.UNLOADING, _S.DISABLED})


def _cancelled() -> TfsctlError:
    return CancelledError("Loading of servable cancelled")


def _log_unexpected(what: str, servable_id: ServableId, error: BaseException) -> None:
    if not isinstance(error, TfsctlError):
        _LOG.error("The loader of %s failed to %s in an unexpected way", servable_id, what, exc_info=error)
