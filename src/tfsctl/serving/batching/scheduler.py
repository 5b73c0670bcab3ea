"""The threads that run batches, shared by all queues of a server (tensorflow-serving.md §4.2, §4.3)."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from math import inf

from tfsctl.errors import UnavailableError
from tfsctl.serving.batching.batch_queue import Batch, BatchQueue
from tfsctl.serving.batching.task import Task

# Longer waits than this some systems refuse.
_MAX_WAIT_SECONDS = 3600.0


class BatchScheduler:
    """Runs the batches of any number of queues, in turn, as soon as they are due and one of its threads is free.

    Thread-safe. The threads start with the first task. They are daemons: a model that never returns must not keep the
    process from ending.
    """

    def __init__(self, num_threads: int, thread_name: str) -> None:
        self._num_threads = num_threads
        self._thread_name = thread_name
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()  # For all that follows, and for the queues.
        self._changed = threading.Condition(self._lock)  # A thread may have something to do.
        self._finished = threading.Condition(self._lock)  # Somebody drains, and a batch has been run.
        self._waiting: list[BatchQueue] = []  # The queues with batches in them; the next to be served first.
        self._running: list[BatchQueue] = []  # One entry for each batch that runs.
        self._is_closed = False

    def submit(self, queue: BatchQueue, task: Task) -> Sequence[Task]:
        """Put `task` into `queue`; returns the tasks to wait for, itself or the pieces it was cut into.

        Raises what `BatchQueue.add` raises, and UnavailableError after `close`.
        """
        with self._lock:
            if self._is_closed:
                raise UnavailableError("The server is being stopped: no more batches are run.")
            now = time.monotonic()
            was_empty = not queue
            tasks = queue.add(task, now)
            if was_empty:
                self._waiting.append(queue)
            if was_empty or queue.due_at() <= now:
                # Something to run, or a time from which on there is: one thread at least has to know.
                self._changed.notify(len(tasks))
            if not self._threads:
                self._start_threads()
            return tasks

    def drain(self, owner: object) -> None:
        """Run what is in the owner's queues without waiting for more, and return when it has been run."""
        with self._lock:
            for queue in self._waiting:
                if queue.owner is owner:
                    queue.close()
            self._changed.notify_all()
            self._finished.wait_for(lambda: all(queue.owner is not owner for queue in (*self._waiting, *self._running)))

    def close(self, *, timeout_seconds: float = 5.0) -> None:
        """Take no more tasks, run those there are, and let the threads end; waits that long for them. Idempotent."""
        with self._lock:
            self._is_closed = True
            for queue in self._waiting:
                queue.close()
            self._changed.notify_all()
        end = time.monotonic() + timeout_seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def num_waiting_batches(self) -> int:
        """How many batches wait, the open ones included."""
        with self._lock:
            return sum(map(len, self._waiting))

    def num_running_batches(self) -> int:
        """How many batches run."""
        with self._lock:
            return len(self._running)

    def _start_threads(self) -> None:
        for number in range(self._num_threads):
            thread = threading.Thread(target=self._work, name=f"{self._thread_name}-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while True:
            with self._lock:
                taken = self._take()
                while taken is None:
                    if self._is_closed and not self._waiting:
                        return
                    self._changed.wait(self._seconds_until_due())
                    taken = self._take()
            queue, batch = taken
            queue.process(batch)
            del taken, batch  # They hold requests and answers; the next batch may be long in coming.
            with self._lock:
                self._running.remove(queue)
                self._finished.notify_all()

    def _take(self) -> tuple[BatchQueue, Batch] | None:
        """The first batch of the first queue, in turn, that has one due."""
        now = time.monotonic()
        queue = next((queue for queue in self._waiting if queue.due_at() <= now), None)
        if queue is None:
            return None
        batch = queue.pop()
        self._waiting.remove(queue)
        if queue:
            self._waiting.append(queue)
        self._running.append(queue)
        if self._waiting:
            # This thread will be busy: another has to look after what is left, or becomes due meanwhile.
            self._changed.notify()
        return queue, batch

    def _seconds_until_due(self) -> float | None:
        due = min((queue.due_at() for queue in self._waiting), default=inf)
        return None if due == inf else min(max(0.0, due - time.monotonic()), _MAX_WAIT_SECONDS)
