"""Models under several threads, in both runtimes."""

from __future__ import annotations

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from runtime.loading import Load, run
from tfsctl.errors import UnavailableError


def test_many_threads_get_each_their_own_answers(load: Load) -> None:
    model = load("sum_difference")

    def ask(number: int) -> bool:
        outputs = run(model, {"a": [float(number)], "b": np.array([1], np.int32)})
        return (outputs["sum"].item(), outputs["difference"].item()) == (number + 1, number - 1)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(2000)))


def test_other_threads_go_on_while_a_model_runs(load: Load) -> None:
    model = load("slow")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run, model, {"seconds": np.float64(0.5)})

        count = 0
        while not running.done():
            count += 1

        # Without the interpreter's lock this thread could not have counted at all.
        assert count > 1000
        assert running.result()["steps"].item() > 0


def test_runs_in_progress_finish_after_the_model_is_closed(load: Load) -> None:
    model = load("slow")
    started = threading.Event()

    def ask() -> int:
        started.set()
        return int(run(model, {"seconds": np.float64(0.3)})["steps"].item())

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(ask)
        started.wait(10)
        run(model, {"seconds": np.float64(0.1)})  # The other one is in TensorFlow by now.
        model.close()
        with pytest.raises(UnavailableError):
            run(model, {"seconds": np.float64(0.0)})
        assert running.result(10) > 0


def test_closing_under_load_ends_every_run_with_an_answer_or_unavailable(load: Load) -> None:
    model = load("half_plus_two")
    under_way = threading.Barrier(5)

    def ask_until_closed() -> None:
        run(model, {"x": [1.0]})
        under_way.wait(30)
        ask(1_000_000)

    def ask(times: int) -> None:
        for _ in range(times):
            assert run(model, {"x": [1.0, 2.0]})["y"].tolist() == [2.5, 3.0]

    with ThreadPoolExecutor(4) as pool:
        askers = [pool.submit(ask_until_closed) for _ in range(4)]
        under_way.wait(30)
        model.close()
        assert [type(asker.exception(30)) for asker in askers] == [UnavailableError] * 4


def test_a_session_is_freed_with_its_last_user_without_the_garbage_collector(load_c_api: Load) -> None:
    gc.disable()
    try:
        model = load_c_api("failing")
        session = weakref.ref(model._session)  # type: ignore[attr-defined]  # the session is private
        for x in (1.0, -1.0):
            with pytest.raises(Exception, match="positive") if x < 0 else threading.Lock():
                run(model, {"x": [x]})
        model.close()
        assert session() is None
    finally:
        gc.enable()
