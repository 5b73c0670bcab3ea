"""Watches base paths and says which versions are aspired."""

from __future__ import annotations

import logging
import threading
import time
from functools import partial
from typing import TYPE_CHECKING

from tfsctl.core.base_path_scan import BasePathScan, scan_base_path
from tfsctl.core.file_system import FileSystem, LocalFileSystem
from tfsctl.core.polling_thread import PollingThread
from tfsctl.core.storage_path import store_of
from tfsctl.errors import TfsctlError, UnknownError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tfsctl.core.servable_config import ServableConfig
    from tfsctl.core.storage_path import StoragePath, Target

_LOG = logging.getLogger(__name__)

_JOIN_SECONDS = 1.0
_THIS_MACHINE = ""  # As `store_of` says it.


class FileSystemStoragePathSource:
    """Polls base paths and tells `target` the aspired versions of each servable, every time (tensorflow-serving.md §3).

    `poll_wait_seconds` above 0: polls at once and then that often; 0: once at the start and once after each
    `set_servables`; below 0: never by itself.

    A base path that is missing or unreadable is a `problem` of that servable: the target hears nothing about it, so
    that what is loaded stays; the other servables are not held up (TF Serving blocks them all). A base path
    without any wanted version asks to unload everything. Each problem is logged once, until it changes.

    This machine and each store (`store_of`) are polled by threads of their own: one that hangs holds up no other.

    `after_poll` is told what the target was, after it, by the thread that polls: unlike the target it may block. It is
    called by several threads at once, though never for the same servable, and may still run when `stop` returns.

    Thread-safe. The target is called by one thread at a time, never after `stop` has returned.
    """

    def __init__(
        self,
        target: Target,
        servables: Sequence[ServableConfig],
        *,
        poll_wait_seconds: float = 1.0,
        file_system: FileSystem | None = None,
        after_poll: Target | None = None,
    ) -> None:
        self._target = target
        self._after_poll = after_poll
        self._poll_wait_seconds = poll_wait_seconds
        self._file_system = file_system or LocalFileSystem()
        self._lock = threading.RLock()  # Held for the fields below, and while the target is called.
        self._stores: dict[str, _Store] = {}
        self._servables = {config.name: config for config in servables}
        self._problems: dict[str, TfsctlError] = {}
        self._logged: dict[str, frozenset[str]] = {}
        self._is_stopped = False
        self._is_started = False
        self._polled = threading.Event()

    @property
    def has_polled(self) -> bool:
        """Whether all of the present servables have been looked at."""
        return self._polled.is_set()

    def wait_until_polled(self, *, timeout_seconds: float | None) -> bool:
        """Wait for `has_polled`; False if that takes longer."""
        return self._polled.wait(timeout_seconds)

    def start(self) -> None:
        """Begin to poll, in threads. Once."""
        with self._lock:
            self._is_started = self._poll_wait_seconds >= 0
            self._wake()

    def stop(self) -> None:
        """Tell the target nothing more. At once, even while a poll hangs in the file system. Idempotent."""
        with self._lock:
            self._is_stopped = True
            threads = [store.thread for store in self._stores.values() if store.thread is not None]
        deadline = time.monotonic() + _JOIN_SECONDS
        for thread in threads:
            thread.wake()
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def set_servables(self, servables: Sequence[ServableConfig]) -> None:
        """Watch these, and only these, from now on: asks to unload those that are gone, and polls soon."""
        with self._lock:
            before, self._servables = self._servables, {config.name: config for config in servables}
            self._polled.clear()
            for name in before.keys() - self._servables.keys():
                self._problems.pop(name, None)
                self._logged.pop(name, None)
                self._emit(name, ())
            self._wake()

    def problem(self, name: str) -> TfsctlError | None:
        """What the last poll found wrong with a servable's base path; None if all is well or it was not looked at."""
        with self._lock:
            return self._problems.get(name)

    def storage_paths(self, config: ServableConfig) -> tuple[StoragePath, ...]:
        """The versions that a poll would find now for `config`, which need not be watched; the target is not told.

        Raises `TfsctlError` if the base path is missing or cannot be read.
        """
        return scan_base_path(config, self._file_system).storage_paths

    def poll_once(self) -> None:
        """Look at every base path now, in this thread."""
        with self._lock:
            names = sorted(_stores_of(self._servables))
        for name in names:
            self._poll_store(name)

    def _wake(self) -> None:
        """Poll every store soon, in its thread. For one who has the lock."""
        if not self._is_started or self._is_stopped:
            return
        for name in sorted(_stores_of(self._servables)):
            store = self._store(name)
            if store.thread is None:
                thread_name = f"tfsctl-source {name}".rstrip()
                poll = partial(self._poll_again, name)
                store.thread = PollingThread(poll, name=thread_name, wait_seconds=self._poll_wait_seconds)
                store.thread.start()
            else:
                store.thread.wake()

    def _store(self, name: str) -> _Store:
        with self._lock:
            return self._stores.setdefault(name, _Store())

    def _poll_again(self, name: str) -> bool:
        """What the thread of a store does; False when it is not needed any more."""
        with self._lock:
            if self._is_stopped or name not in _stores_of(self._servables):
                self._stores.pop(name, None)
                return False
        self._poll_store(name)
        return True

    def _poll_store(self, name: str) -> None:
        store = self._store(name)
        with store.polling:
            with self._lock:
                servables = self._servables
            for config in servables.values():
                if store_of(config.base_path) == name:
                    self._poll(config)
            with self._lock:
                store.polled = servables
                if all(self._store(one).polled is self._servables for one in _stores_of(self._servables)):
                    self._polled.set()

    def _poll(self, config: ServableConfig) -> None:
        """Scan without the lock, since that may block; then speak of it if it still matters."""
        problem: TfsctlError | None
        scan: BasePathScan | None = None
        try:
            scan = scan_base_path(config, self._file_system)
            problem = scan.problem
        except TfsctlError as error:
            problem = error
        except Exception as error:  # noqa: BLE001 (whatever a file system comes up with, the others are polled on)
            problem = UnknownError(f"{config.base_path}; {type(error).__name__}: {error}")
        with self._lock:
            if self._is_stopped or self._servables.get(config.name) is not config:
                return
            self._note(config.name, problem, scan)
            if scan is not None:
                self._emit(config.name, scan.storage_paths)
        if scan is not None and self._after_poll is not None:
            _tell(self._after_poll, config.name, scan.storage_paths)

    def _note(self, name: str, problem: TfsctlError | None, scan: BasePathScan | None) -> None:
        if problem is None:
            self._problems.pop(name, None)
        else:
            self._problems[name] = problem
        if scan is None:
            remarks = frozenset({f"FileSystemStoragePathSource encountered a filesystem access error: {problem}"})
        else:
            remarks = frozenset(scan.warnings)
        for remark in sorted(remarks - self._logged.get(name, frozenset())):
            _LOG.warning("%s", remark)
        self._logged[name] = remarks

    def _emit(self, name: str, storage_paths: Sequence[StoragePath]) -> None:
        if not self._is_stopped:
            _tell(self._target, name, storage_paths)


class _Store:
    """What is polled by itself.

    Attributes:
        polling: Held for a whole poll: an older finding never overtakes a newer one.
        thread: Polls it; None before the start.
        polled: The servables, all of them, of the last poll.
    """

    def __init__(self) -> None:
        self.polling = threading.Lock()
        self.thread: PollingThread | None = None
        self.polled: Mapping[str, ServableConfig] | None = None


def _tell(target: Target, name: str, storage_paths: Sequence[StoragePath]) -> None:
    try:
        target(name, storage_paths)
    except Exception:  # noqa: BLE001 (the target is not ours; the other servables are polled on)
        _LOG.exception("The target of the source failed on %s", name)


def _stores_of(servables: Mapping[str, ServableConfig]) -> set[str]:
    """This machine is always among them: with nothing to watch, that is soon done."""
    return {_THIS_MACHINE, *(store_of(config.base_path) for config in servables.values())}
