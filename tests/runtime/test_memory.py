"""Who owns the memory of inputs and outputs: nobody sees anybody else's later changes."""

from __future__ import annotations

import gc
import weakref
from unittest.mock import Mock

import numpy as np
import pytest

from runtime.loading import Array, Load, run


def _aligned(array: Array) -> Array:
    """A copy of `array` that starts at a multiple of 64 bytes, which TensorFlow can use as it is."""
    memory = np.empty(array.nbytes + 64, np.uint8)
    start = -memory.__array_interface__["data"][0] % 64
    copy = memory[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


@pytest.mark.parametrize("name", ["variable", "slice"])
def test_a_variable_given_out_does_not_change_with_a_later_assignment(load: Load, name: str) -> None:
    model = load("memory")
    x = np.zeros((1, 200), np.float32)

    before = run(model, {"x": x}, name)["y"]
    run(model, {"x": x}, "add")

    assert not before.any()
    assert run(model, {"x": x}, name)["y"].all()


def test_a_constant_is_not_given_out_to_be_changed(load: Load) -> None:
    model = load("memory")
    x = np.zeros((1, 200), np.float32)

    y = run(model, {"x": x}, "constant")["y"]
    with pytest.raises(ValueError, match="read-only"):
        y[0, 0] = 7.0

    assert run(model, {"x": x}, "constant")["y"][0, 0] == 0.0


def test_an_output_that_is_the_input_does_not_change_with_it(load: Load) -> None:
    x = _aligned(np.ones((200, 200), np.float32))

    y = run(load("memory"), {"x": x}, "same")["y"]
    x[...] = 2.0

    assert (y == 1.0).all()


def test_outputs_live_on_after_the_model(load: Load) -> None:
    model = load("memory")
    x = np.ones((200, 200), np.float32)

    outputs = [run(model, {"x": x}, name)["y"] for name in ("sum", "variable", "constant", "same")]
    model.close()
    gc.collect()

    assert [y[0, :2].tolist() for y in outputs] == [[1.0, 2.0], [0.0, 0.0], [0.0, 1.0], [1.0, 1.0]]


def test_a_large_output_of_its_own_is_not_copied(load_c_api: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_c_api("memory")
    tensors = model._tensors  # type: ignore[attr-defined]  # private
    copy = Mock(side_effect=tensors._large_copy)
    monkeypatch.setattr(tensors, "_large_copy", copy)
    x = np.zeros((200, 200), np.float32)

    run(model, {"x": x}, "sum")
    copy.assert_not_called()
    run(model, {"x": x}, "constant")
    copy.assert_called_once()


def test_a_large_aligned_input_is_lent_and_then_let_go(load_c_api: Load) -> None:
    model = load_c_api("memory")
    tensors = model._tensors  # type: ignore[attr-defined]  # what is lent is private
    x = _aligned(np.ones((200, 200), np.float32))
    gone = weakref.ref(x)

    y = run(model, {"x": x}, "sum")["y"]
    del x

    assert y[0, 0] == 1.0
    assert not tensors._lent
    assert gone() is None


def test_an_input_that_the_model_keeps_is_its_own(load: Load) -> None:
    model = load("keeps_input")
    words = np.array([b"short", b"long" * 50, b""], object)
    numbers = _aligned(np.arange(50_000, dtype=np.float32))

    run(model, {"x": words, "z": numbers}, "put")
    numbers[...] = -1.0
    words[:] = [b"other" * 50] * 3
    gc.collect()
    kept = run(model, {}, "get")

    assert kept["x"].tolist() == [b"short", b"long" * 50, b""]
    np.testing.assert_array_equal(kept["z"], np.arange(50_000))


def test_strings_kept_by_the_model_may_be_replaced_many_times(load: Load) -> None:
    model = load("keeps_input")

    for number in range(200):
        words = np.array([b"%d" % number * 40] * 100, object)
        run(model, {"x": words, "z": [0.0]}, "put")

    assert run(model, {}, "get")["x"].tolist() == [b"199" * 40] * 100
