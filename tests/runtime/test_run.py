"""Running signatures: what goes in, what comes out, the same in both runtimes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from runtime.loading import Load, run
from tfsctl.errors import DeadlineExceededError, InvalidArgumentError, UnavailableError
from tfsctl.signature import REGRESS_METHOD_NAME, Signature, TensorSpec


def test_half_plus_two_answers_as_in_the_tutorial(load: Load) -> None:
    outputs = run(load("half_plus_two"), {"x": [1.0, 2.0, 5.0]})

    assert outputs["y"].tolist() == [2.5, 3.0, 4.5]
    assert outputs["y"].dtype == np.float32


def test_shapes_other_than_the_signatures_are_left_to_the_operations(load: Load) -> None:
    model = load("half_plus_two")  # says [-1, 1]

    for shape in ((), (4,), (2, 1), (2, 3, 2), (0, 1)):
        assert run(model, {"x": np.ones(shape, np.float32)})["y"].shape == shape


def test_every_signature_of_a_model_can_be_run(load: Load) -> None:
    model = load("half_plus_two")

    assert model.info.signatures["regress_x2_to_y3"].method_name == REGRESS_METHOD_NAME
    assert run(model, {"inputs": [[80.0]]}, "regress_x2_to_y3")["outputs"].tolist() == [[43.0]]


def test_several_inputs_and_outputs_keep_their_types(load: Load) -> None:
    outputs = run(load("sum_difference"), {"a": [1.5, 2.5], "b": np.array([1, 2], np.int32)})

    assert list(outputs) == ["difference", "sum"]
    assert (outputs["sum"].dtype, outputs["sum"].tolist()) == (np.float32, [2.5, 4.5])
    assert (outputs["difference"].dtype, outputs["difference"].tolist()) == (np.float64, [0.5, 0.5])


def test_output_names_choose_and_order_the_outputs(load: Load) -> None:
    model = load("sum_difference")
    inputs = {"a": [3.0], "b": np.array([1], np.int32)}

    assert list(run(model, inputs, output_names=["sum"])) == ["sum"]
    assert list(run(model, inputs, output_names=("sum", "difference"))) == ["sum", "difference"]
    assert list(run(model, inputs, output_names=("difference", "sum"))) == ["difference", "sum"]


def test_a_scalar_and_a_python_number_of_numpy_work(load: Load) -> None:
    model = load("scalar")

    for x in (np.array(1.5, np.float32), np.float32(1.5)):
        y = run(model, {"x": x})["y"]
        assert (y.shape, y.item()) == ((), 2.5)


def test_tensors_without_elements_keep_their_shape(load: Load) -> None:
    model = load("zero_size")

    for rows in (0, 2):
        outputs = run(model, {"x": np.zeros((rows, 3), np.float32)})
        assert (outputs["empty"].shape, outputs["num_rows"].item()) == ((rows, 0), rows)


def test_state_is_kept_between_runs(load: Load) -> None:
    model = load("counter")

    assert run(model, {}, "get_counter")["output"].item() == 0.0
    assert run(model, {}, "incr_counter")["output"].item() == 1.0
    assert run(model, {"delta": np.float32(2.5)}, "incr_counter_by")["output"].item() == 3.5
    assert run(model, {}, "get_counter")["output"].item() == 3.5
    run(model, {}, "reset_counter")
    assert run(model, {}, "get_counter")["output"].item() == 0.0


def test_the_init_operation_has_read_the_tables_from_their_assets(load: Load) -> None:
    words = np.array([b"two", b"three", b"zero"], object)

    assert run(load("table"), {"words": words})["ids"].tolist() == [2, -1, 0]


def test_loops_run(load: Load) -> None:
    assert run(load("while_loop"), {"n": np.int32(100)})["sum"].item() == 5050


def test_a_large_batch_gives_the_same_as_its_rows(load: Load) -> None:
    model = load("cnn")
    images = np.random.default_rng(1).random((40, 28, 28, 1), np.float32)

    together = run(model, {"images": images})["scores"]

    assert together.shape == (40, 10)
    np.testing.assert_allclose(together[7:8], run(model, {"images": images[7:8]})["scores"], rtol=1e-5)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("rows", [3, 2000])
def test_any_memory_layout_is_read_rightly(load: Load, order: Any, rows: int) -> None:
    numbers = np.arange(rows * 40, dtype=np.float32).reshape(rows, 40)
    model = load("identity_float32")

    for x in (np.asarray(numbers, order=order), numbers[::2, ::-1], numbers.astype(">f4"), numbers[:, 1:]):
        np.testing.assert_array_equal(run(model, {"x": x})["y"], x)


@pytest.mark.parametrize("num_floats", [4, 100_000])
def test_outputs_are_read_only_and_independent_of_later_runs(load: Load, num_floats: int) -> None:
    model = load("identity_float32")
    x = np.arange(num_floats, dtype=np.float32)

    y = run(model, {"x": x})["y"]
    x += 1
    run(model, {"x": x})

    np.testing.assert_array_equal(y, np.arange(num_floats))


def test_inputs_left_out_or_unknown_are_named(load: Load) -> None:
    model = load("sum_difference")
    a = np.zeros(1, np.float32)

    for inputs in ({}, {"a": a}, {"a": a, "c": a}, {"a": a, "b": a, "c": a}):
        with pytest.raises(InvalidArgumentError, match=r"takes the inputs \{a,b\}, not \{"):
            run(model, inputs)


def test_an_unknown_output_is_named(load: Load) -> None:
    with pytest.raises(InvalidArgumentError, match=r"has the outputs \{y\}, not \{z\}"):
        run(load("scalar"), {"x": np.float32(0)}, output_names=["y", "z"])


def test_another_type_is_refused_as_tensorflow_says_it(load: Load) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^Expects arg\[0\] to be float but double is provided$"):
        run(load("half_plus_two"), {"x": np.zeros(1, np.float64)})
    with pytest.raises(InvalidArgumentError, match=r"^Expects arg\[1\] to be int32 but int64 is provided$"):
        run(load("sum_difference"), {"a": np.zeros(1, np.float32), "b": np.zeros(1, np.int64)})
    with pytest.raises(InvalidArgumentError, match=r"^Expects arg\[0\] to be float but string is provided$"):
        run(load("half_plus_two"), {"x": np.array([b"1"], object)})


def test_a_type_that_tensorflow_does_not_have_is_refused(load: Load) -> None:
    with pytest.raises(InvalidArgumentError, match="datetime64"):
        run(load("half_plus_two"), {"x": np.zeros(1, "datetime64[s]")})


def test_a_failing_operation_tells_its_message_and_its_node(load: Load) -> None:
    model = load("failing")

    with pytest.raises(InvalidArgumentError) as caught:
        run(model, {"x": [1.0, -1.0]})

    assert caught.value.message.startswith("assertion failed: [x must be positive]\n\t [[{{function_node ")
    assert caught.value.message.endswith("{{node Assert/Assert}}]]")
    assert run(model, {"x": [1.0]})["y"].tolist() == [1.0]


def test_a_tensor_that_the_graph_has_not_is_named(load: Load) -> None:
    model = load("scalar")
    inputs = model.info.signatures["serving_default"].inputs
    wrong = Signature("wrong", inputs, {"y": TensorSpec("nowhere:0", inputs["x"].dtype)})

    with pytest.raises(InvalidArgumentError, match=r"^Tensor nowhere:0, .* was not found in the Graph$"):
        model.run(wrong, {"x": np.array(1.0, np.float32)})


def test_a_run_is_cut_short_at_its_deadline(load: Load) -> None:
    model = load("slow")

    with pytest.raises(DeadlineExceededError, match="Timed out waiting for notification"):
        run(model, {"seconds": np.float64(60.0)}, timeout_seconds=0.05)
    assert run(model, {"seconds": np.float64(0.0)}, timeout_seconds=60.0)["steps"].item() >= 0


@pytest.mark.parametrize("timeout_seconds", [0.0, -1.0, math.nan])
def test_a_deadline_that_is_over_is_refused_at_once(load: Load, timeout_seconds: float) -> None:
    with pytest.raises(DeadlineExceededError):
        run(load("half_plus_two"), {"x": [1.0]}, timeout_seconds=timeout_seconds)


@pytest.mark.parametrize("timeout_seconds", [1e-9, 0.5, 3.14159, 30.0, 1e9, 1e300, math.inf])
def test_any_other_timeout_is_accepted(load: Load, timeout_seconds: float) -> None:
    try:
        outputs = run(load("while_loop"), {"n": np.int32(1)}, timeout_seconds=timeout_seconds)
    except DeadlineExceededError:
        assert timeout_seconds < 1e-3
    else:
        assert outputs["sum"].item() == 1


def test_a_closed_model_answers_no_more_and_may_be_closed_again(load: Load) -> None:
    model = load("half_plus_two")

    model.close()
    model.close()

    with pytest.raises(UnavailableError, match="has been unloaded"):
        run(model, {"x": [1.0]})
    assert model.info.signatures
