"""Threads that know how many calls they have."""

from __future__ import annotations

import threading

import pytest

from tfsctl.serving.grpc.call_threads import CallThreads

WAIT_SECONDS = 20.0


def test_idle_means_that_nothing_runs_or_waits() -> None:
    threads, go_on = CallThreads(1, "test"), threading.Event()
    assert threads.wait_until_idle(0.0)
    futures = [threads.submit(go_on.wait, WAIT_SECONDS) for _ in range(3)]
    assert not threads.wait_until_idle(0.0)
    go_on.set()
    assert threads.wait_until_idle(WAIT_SECONDS)
    assert all(future.result() for future in futures)
    threads.shutdown()


def test_calls_that_raise_or_are_cancelled_count_as_finished() -> None:
    threads, go_on = CallThreads(1, "test"), threading.Event()
    running = threads.submit(go_on.wait, WAIT_SECONDS)
    failing = threads.submit(int, "no number")
    waiting = threads.submit(int, "1")
    assert waiting.cancel()
    go_on.set()
    assert threads.wait_until_idle(WAIT_SECONDS)
    assert running.result()
    assert isinstance(failing.exception(), ValueError)
    threads.shutdown()


def test_a_call_after_the_end_is_refused_and_not_counted() -> None:
    threads = CallThreads(1, "test")
    threads.shutdown()
    with pytest.raises(RuntimeError):
        threads.submit(int)
    assert threads.wait_until_idle(0.0)


def test_the_time_of_the_last_call_is_known() -> None:
    threads = CallThreads(1, "test")
    assert threads.seconds_since_last_call() == float("inf")
    threads.submit(int).result()
    assert 0.0 <= threads.seconds_since_last_call() < WAIT_SECONDS
    threads.shutdown()
