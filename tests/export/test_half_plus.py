"""TF Serving's toy models (tensorflow-serving.md §10.4)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tfsctl.data_type import DataType
from tfsctl.export.half_plus import write_half_plus_three, write_half_plus_two
from tfsctl.saved_model import read_saved_model
from tfsctl.train.tensorflow_import import import_tensorflow

Run = Callable[..., dict[str, np.ndarray]]
PREDICT, CLASSIFY, REGRESS = (f"tensorflow/serving/{method}" for method in ("predict", "classify", "regress"))


@pytest.fixture(scope="module")
def half_plus_two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("half_plus_two") / "1"
    write_half_plus_two(path)
    return path


@pytest.fixture(scope="module")
def half_plus_three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("half_plus_three") / "1"
    write_half_plus_three(path)
    return path


def test_half_plus_two_has_the_signatures_of_the_original(half_plus_two: Path) -> None:
    signatures = read_saved_model(half_plus_two).signatures
    assert {name: (s.method_name, set(s.inputs), set(s.outputs)) for name, s in signatures.items()} == {
        "serving_default": (PREDICT, {"x"}, {"y"}),
        "regress_x_to_y": (REGRESS, {"inputs"}, {"outputs"}),
        "regress_x_to_y2": (REGRESS, {"inputs"}, {"outputs"}),
        "regress_x2_to_y3": (REGRESS, {"inputs"}, {"outputs"}),
        "classify_x_to_y": (CLASSIFY, {"inputs"}, {"scores"}),
    }


def test_half_plus_two_has_the_types_and_shapes_of_the_original(half_plus_two: Path) -> None:
    signatures = read_saved_model(half_plus_two).signatures
    inputs = {name: next(iter(signature.inputs.values())) for name, signature in signatures.items()}
    assert (inputs["serving_default"].dtype, inputs["serving_default"].shape) == (DataType.FLOAT, (-1, 1))
    assert inputs["regress_x2_to_y3"].dtype == DataType.FLOAT
    assert inputs["regress_x_to_y"].dtype == inputs["classify_x_to_y"].dtype == DataType.STRING
    outputs = [spec for signature in signatures.values() for spec in signature.outputs.values()]
    assert {(spec.dtype, spec.shape) for spec in outputs} == {(DataType.FLOAT, (-1, 1))}


def test_half_plus_two_answers_the_tutorial(half_plus_two: Path, run: Run) -> None:
    outputs = run(half_plus_two, "serving_default", x=[[1.0], [2.0], [5.0]])
    assert outputs["y"].tolist() == [[2.5], [3.0], [4.5]]


def test_half_plus_two_regresses_examples(half_plus_two: Path, run: Run, example: Callable[..., bytes]) -> None:
    examples = [example(x=[80.0]), example(x=[2.0])]
    assert run(half_plus_two, "regress_x_to_y", inputs=examples)["outputs"].tolist() == [[42.0], [3.0]]
    assert run(half_plus_two, "regress_x_to_y2", inputs=examples)["outputs"].tolist() == [[43.0], [4.0]]
    assert run(half_plus_two, "regress_x2_to_y3", inputs=[[2.0]])["outputs"].tolist() == [[4.0]]
    assert run(half_plus_two, "classify_x_to_y", inputs=examples[1:])["scores"].tolist() == [[3.0]]


def test_feature_x_is_required(half_plus_two: Path, run: Run, example: Callable[..., bytes]) -> None:
    with pytest.raises(import_tensorflow().errors.InvalidArgumentError, match=r"Feature: x .*required"):
        run(half_plus_two, "regress_x_to_y", inputs=[example(x2=[1.0])])


def test_half_plus_two_keeps_its_asset_wherever_it_goes(half_plus_two: Path, tmp_path: Path) -> None:
    assert (half_plus_two / "assets" / "foo.txt").read_text() == "asset-file-contents"
    tf = import_tensorflow()
    moved = half_plus_two.rename(tmp_path / "2")
    with tf.Graph().as_default() as graph, tf.compat.v1.Session() as session:
        tf.compat.v1.saved_model.load(session, ["serve"], str(moved))
        read = session.run(graph.get_operation_by_name("filename_tensor/Read/ReadVariableOp").outputs[0])
    moved.rename(half_plus_two)
    assert read.decode() == str(moved / "assets" / "foo.txt")


@pytest.mark.parametrize("name", ["half_plus_two", "half_plus_three"])
def test_tensorflow_2_can_load_it_too(name: str, request: pytest.FixtureRequest) -> None:
    tf = import_tensorflow()
    loaded = tf.saved_model.load(str(request.getfixturevalue(name)))
    y = loaded.signatures["serving_default"](tf.constant([[4.0]]))["y"]
    assert y.numpy().tolist() == [[4.0 if name == "half_plus_two" else 5.0]]


def test_half_plus_three_predicts_and_regresses(half_plus_three: Path, run: Run, example: Callable[..., bytes]) -> None:
    signatures = read_saved_model(half_plus_three).signatures
    assert {name: s.method_name for name, s in signatures.items()} == {"serving_default": PREDICT, REGRESS: REGRESS}
    assert run(half_plus_three, "serving_default", x=[[1.0], [5.0]])["y"].tolist() == [[3.5], [5.5]]
    assert run(half_plus_three, REGRESS, inputs=[example(x=[2.0])])["outputs"].tolist() == [[4.0]]
