"""The threads on which requests run that must not hold up the event loop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

WrapJob = Callable[[Callable[[], None]], Callable[[], None]]


class WorkerThreads:
    """Up to `num_threads` threads, started as they are needed. `submit` is for one thread, the event loop's.

    They are daemons: a model that never returns must not keep the process from ending. A job must not raise.
    """

    def __init__(self, num_threads: int, name: str) -> None:
        self._num_threads = num_threads
        self._name = name
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._num_unfinished = 0
        self._wrap: WrapJob | None = None
        self._lock = threading.Lock()

    def submit(self, job: Callable[[], None]) -> None:
        """Run `job` on a free thread, or as soon as there is one."""
        if (wrap := self._wrap) is not None:
            job = wrap(job)
        with self._lock:
            self._num_unfinished += 1
            is_thread_needed = len(self._threads) < min(self._num_unfinished, self._num_threads)
        if is_thread_needed:
            thread = threading.Thread(target=self._work, name=f"{self._name}-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._jobs.put(job)

    def wrap_jobs(self, wrap: WrapJob | None) -> None:
        """From now on run `wrap(job)` for each job that comes; None ends that. From any thread."""
        self._wrap = wrap

    @property
    def num_waiting(self) -> int:
        """How many jobs wait for a thread."""
        return self._jobs.qsize()

    def close(self, timeout_seconds: float) -> None:
        """Let the threads end when their jobs are done, and wait that long for each."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(timeout_seconds)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
            del job  # It holds a request and its answer; the next job may be long in coming.
            with self._lock:
                self._num_unfinished -= 1
