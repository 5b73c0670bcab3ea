"""What a thread itself took (http_thread_watch.py)."""

from __future__ import annotations

import threading
import time

from tfsctl.serving.http.thread_watch import ThreadWatch


def test_waiting_counts_in_full() -> None:
    watch = ThreadWatch()
    threading.Event().wait(0.005)
    assert watch.own_seconds(123.0) == 123.0


def test_computing_counts_no_more_than_was_computed() -> None:
    end = time.thread_time() + 0.02
    start, watch = time.perf_counter(), ThreadWatch()
    while time.thread_time() < end:
        pass
    seconds = time.perf_counter() - start
    assert 0 < watch.own_seconds(seconds) <= seconds
