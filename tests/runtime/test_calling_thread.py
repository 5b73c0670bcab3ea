"""Which signatures run in the calling thread, and what trying them out may not do."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runtime.loading import Load, run
from tfsctl.data_type import DataType
from tfsctl.errors import InvalidArgumentError, ResourceExhaustedError
from tfsctl.runtime._calling_thread import MAX_SECONDS, Arrays, CallingThread, example_inputs, measure
from tfsctl.signature import Signature, TensorSpec


def _signature(shape: tuple[int, ...] | None, dtype: DataType = DataType.FLOAT) -> Signature:
    spec = TensorSpec("x:0", dtype, shape)
    return Signature("s", {"x": spec}, {"y": spec})


class Clock:
    """A clock that only runs of a made-up model move."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, pool: float, here: float, each: float = 0.0) -> None:
        self.now, self.runs = 0.0, [0, 0]
        self._seconds = (pool, here)
        self._each = each
        monkeypatch.setattr("time.perf_counter", lambda: self.now)

    def run(self, inputs: Arrays, in_calling_thread: bool) -> None:
        self.runs[in_calling_thread] += 1
        self.now += self._seconds[in_calling_thread] + self._each * inputs["x"].size


def test_the_calling_thread_is_chosen_where_it_is_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, pool=50e-6, here=20e-6, each=1e-6)

    found = measure(_signature((-1, 1)), clock.run)

    assert found is not None
    assert found.seconds == pytest.approx(21e-6)
    assert found.seconds_per_element == pytest.approx(1e-6)


def test_the_pool_is_kept_where_it_is_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    assert measure(_signature((-1,)), Clock(monkeypatch, pool=50e-6, here=60e-6).run) is None


def test_a_slow_model_is_not_tried_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, pool=0.5, here=0.1)

    assert measure(_signature((-1,)), clock.run) is None
    assert clock.runs == [2, 0]


def test_a_model_that_does_not_run_with_zeros_keeps_the_pool() -> None:
    def fail(_inputs: Arrays, _in_calling_thread: bool) -> None:
        raise InvalidArgumentError("x must be positive")

    assert measure(_signature((-1,)), fail) is None


def test_inputs_that_are_given_are_run_where_zeros_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, pool=50e-6, here=20e-6)

    def run_but_zeros(inputs: Arrays, in_calling_thread: bool) -> None:
        if not inputs["x"].all():
            raise InvalidArgumentError("x must be positive")
        clock.run(inputs, in_calling_thread)

    found = measure(_signature((-1,)), run_but_zeros, {"x": np.ones(4, np.float32)})
    assert found is not None
    assert found.seconds == pytest.approx(20e-6)
    assert found.seconds_per_element == pytest.approx(5e-6)


def test_without_a_batch_dimension_all_the_time_is_put_down_to_the_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    found = measure(_signature((10,)), Clock(monkeypatch, pool=50e-6, here=20e-6).run)

    assert found is not None
    assert found.seconds_per_element == pytest.approx(2e-6)


def test_large_inputs_and_tight_deadlines_go_to_the_pool() -> None:
    cost = CallingThread(seconds=1e-3, seconds_per_element=1e-5)

    assert cost.suits(1000, None)
    assert cost.suits(1000, 30.0)
    assert not cost.suits(1000, 0.1)
    assert not cost.suits(10_000, None)
    assert not cost.suits(1, 0.0)


def test_a_signature_that_took_far_too_long_goes_to_the_pool_from_then_on() -> None:
    cost = CallingThread(seconds=1e-5, seconds_per_element=1e-9)

    cost.learn(MAX_SECONDS)
    assert cost.suits(1, None)
    cost.learn(MAX_SECONDS * 100)
    assert not cost.suits(1, None)
    assert cost.seconds == math.inf


@pytest.mark.parametrize(
    ("shape", "batch_size", "expected"),
    [((-1, 3), 1, (1, 3)), ((-1, -1, 3), 8, (8, 1, 3)), ((), 8, ()), (None, 1, ()), (None, 8, (8,)), ((2,), 8, (2,))],
)
def test_examples_have_the_signatures_shape(shape: Any, batch_size: int, expected: tuple[int, ...]) -> None:
    assert example_inputs(_signature(shape), batch_size=batch_size)["x"].shape == expected


def test_examples_have_the_signatures_type() -> None:
    assert example_inputs(_signature((2,), DataType.BOOL), batch_size=1)["x"].dtype == np.bool_
    assert example_inputs(_signature((2,), DataType.STRING), batch_size=1)["x"].tolist() == [b"", b""]
    with pytest.raises(InvalidArgumentError):
        example_inputs(_signature((2,), DataType.RESOURCE), batch_size=1)


def test_examples_are_never_large() -> None:
    with pytest.raises(ResourceExhaustedError):
        example_inputs(_signature((-1, 4096, 4096, 3)), batch_size=1)


def test_loading_a_model_changes_nothing_of_its_state(load_c_api: Load) -> None:
    assert run(load_c_api("counter"), {}, "get_counter")["output"].item() == 0.0


def test_loading_a_model_prints_and_writes_nothing(
    load_c_api: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    model = load_c_api("effects")

    assert capfd.readouterr() == ("", "")
    assert os.listdir(tmp_path) == []
    assert run(model, {"x": [1.0]}, "writes")["y"].tolist() == [1.0]
    assert (tmp_path / "written").read_text() == "text"


def test_signatures_with_effects_loops_or_branches_stay_on_the_pool(load_c_api: Load) -> None:
    in_calling_thread = set(load_c_api("effects")._calling_thread)  # type: ignore[attr-defined]  # private

    assert in_calling_thread <= {"pure", "reads", "finds"}


@pytest.mark.parametrize("is_chosen", [True, False])
def test_the_answer_is_the_same_in_either_thread(load_c_api: Load, is_chosen: bool) -> None:
    model = load_c_api("cnn")
    images = np.random.default_rng(3).random((3, 28, 28, 1), np.float32)
    chosen = model._calling_thread  # type: ignore[attr-defined]  # private
    chosen.clear()
    expected = run(model, {"images": images})["scores"]

    if is_chosen:
        chosen["serving_default"] = CallingThread(seconds=0.0, seconds_per_element=0.0)

    np.testing.assert_allclose(run(model, {"images": images})["scores"], expected, rtol=1e-6)


def test_a_model_learns_from_inputs_what_zeros_did_not_tell(load_c_api: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_c_api("failing")
    signature = model.info.signatures["serving_default"]
    monkeypatch.setattr("tfsctl.runtime.c_api.measure", lambda *_: CallingThread(1e-5, 1e-9))
    model.learn_cost(signature, {"x": np.ones(1, np.float32)})  # type: ignore[attr-defined]  # of a CostLearner
    assert (signature.name in model._calling_thread) is model.has_steady_cost(signature.name)  # type: ignore[attr-defined]  # private


def test_a_model_does_not_try_out_what_changes_its_state(load_c_api: Load) -> None:
    model = load_c_api("counter")
    inputs = {"delta": np.ones((), np.float32)}
    model.learn_cost(model.info.signatures["incr_counter_by"], inputs)  # type: ignore[attr-defined]  # of a CostLearner
    assert run(model, {}, "get_counter")["output"].item() == 0.0
