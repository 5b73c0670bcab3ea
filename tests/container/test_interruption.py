from __future__ import annotations

import os
import signal

import pytest

from tfsctl.container.interruption import Interruption


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_interrupts(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), Interruption():
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_a_signal_waits_for_what_must_be_finished() -> None:
    done = []

    def work() -> None:
        with Interruption() as interruption, interruption.shielded():
            with interruption.shielded():
                os.kill(os.getpid(), signal.SIGTERM)
                done.append("inner")
            done.append("outer")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["inner", "outer"]


def test_a_failure_goes_before_a_signal_that_waited() -> None:
    def work() -> None:
        with Interruption() as interruption, interruption.shielded():
            os.kill(os.getpid(), signal.SIGTERM)
            raise ValueError("why")

    with pytest.raises(ValueError, match="why"):
        work()


def test_a_signal_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interruption():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
