from __future__ import annotations

import gc
import threading

import pytest

from tfsctl.core.inbox import Inbox


def _run_until(inbox: Inbox, calls: list[str], length: int) -> None:
    inbox.run_until(lambda: len(calls) >= length)


def test_inbox_makes_posted_calls_in_their_order() -> None:
    inbox = Inbox()
    calls: list[str] = []
    for name in "abc":
        inbox.post(lambda name=name: calls.append(name))  # type: ignore[misc]  # mypy cannot type a bound default.

    _run_until(inbox, calls, 3)

    assert calls == ["a", "b", "c"]


def test_inbox_makes_later_calls_in_the_order_of_their_times() -> None:
    inbox = Inbox()
    calls: list[str] = []
    inbox.call_later(0.02, lambda: calls.append("later"))
    inbox.call_later(0.0, lambda: calls.append("soon"))
    inbox.call_later(0.0, lambda: calls.append("soon after"))

    _run_until(inbox, calls, 3)

    assert calls == ["soon", "soon after", "later"]


def test_inbox_while_it_waits_for_a_time_is_woken_by_a_post() -> None:
    inbox = Inbox()
    calls: list[str] = []
    inbox.call_later(3600, lambda: calls.append("never"))
    poster = threading.Timer(0.01, inbox.post, (lambda: calls.append("posted"),))
    poster.start()

    _run_until(inbox, calls, 1)

    assert calls == ["posted"]
    poster.join()


def test_inbox_when_a_call_raises_logs_it_and_makes_the_next(caplog: pytest.LogCaptureFixture) -> None:
    inbox = Inbox()
    calls: list[str] = []

    def fail() -> None:
        raise ValueError("a broken step")

    inbox.post(fail)
    inbox.post(lambda: calls.append("next"))
    _run_until(inbox, calls, 1)

    assert "a broken step" in caplog.text


def test_inbox_with_calls_due_in_no_time_misses_none() -> None:
    inbox = Inbox()
    calls: list[str] = []
    for number in range(2000):
        inbox.call_later(number % 50 * 1e-7, lambda: calls.append("due"))
        inbox.run_until(lambda number=number: len(calls) > number)  # type: ignore[misc]  # As above.

    assert len(calls) == 2000


def test_inbox_takes_posts_from_finalizers_in_any_thread_at_any_point() -> None:
    class Cycle:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            inbox.post(lambda: calls.append("found"))

    def make_garbage() -> None:
        for _ in range(2000):
            Cycle()
            inbox.post(lambda: calls.append("posted"))

    inbox = Inbox()
    calls: list[str] = []
    makers = [threading.Thread(target=make_garbage) for _ in range(3)]
    for maker in makers:
        maker.start()
    inbox.run_until(lambda: calls.count("posted") == 6000)
    for maker in makers:
        maker.join()
    gc.collect()
    inbox.run_until(lambda: calls.count("found") == 6000)

    assert len(calls) == 12000
