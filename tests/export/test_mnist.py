"""The digit classifier as TF Serving's example exports it (tensorflow-serving.md §10.1)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tfsctl.data_type import DataType
from tfsctl.errors import FailedPreconditionError, NotFoundError
from tfsctl.export.mnist import write_mnist
from tfsctl.mnist import load_test
from tfsctl.saved_model import read_saved_model
from tfsctl.signature import TensorSpec
from tfsctl.train import TrainPlan, train_mnist
from tfsctl.train.tensorflow_import import import_keras, import_tensorflow

Run = Callable[..., dict[str, np.ndarray]]


@pytest.fixture(scope="module", params=["softmax", "cnn"])
def checkpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp(request.param)
    return train_mnist(TrainPlan(model=request.param, training_iteration=30, seed=1, output=output)).checkpoint


@pytest.fixture(scope="module")
def exported(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mnist") / "1"
    write_mnist(checkpoint, path)
    return path


def specs(tensors: dict[str, TensorSpec]) -> dict[str, tuple[DataType, tuple[int, ...] | None]]:
    return {alias: (spec.dtype, spec.shape) for alias, spec in tensors.items()}


def test_signatures_are_those_of_the_original(exported: Path) -> None:
    signatures = read_saved_model(exported).signatures
    assert set(signatures) == {"predict_images", "serving_default"}
    predict, classify = signatures["predict_images"], signatures["serving_default"]
    assert predict.method_name == "tensorflow/serving/predict"
    assert specs(dict(predict.inputs)) == {"images": (DataType.FLOAT, (-1, 784))}
    assert specs(dict(predict.outputs)) == {"scores": (DataType.FLOAT, (-1, 10))}
    assert classify.method_name == "tensorflow/serving/classify"
    assert specs(dict(classify.inputs)) == {"inputs": (DataType.STRING, (-1,))}
    assert specs(dict(classify.outputs)) == {
        "classes": (DataType.STRING, (-1, 10)),
        "scores": (DataType.FLOAT, (-1, 10)),
    }


def test_scores_are_the_models_softmax_in_class_order(exported: Path, checkpoint: Path, run: Run) -> None:
    images = load_test(max_digits=20).images
    scores = run(exported, "predict_images", images=images)["scores"]
    expected = import_keras().saving.load_model(checkpoint)(images).numpy()
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(scores.sum(axis=1), 1.0, rtol=1e-5)


def test_classify_sorts_the_classes_by_score(exported: Path, run: Run, example: Callable[..., bytes]) -> None:
    images = load_test(max_digits=5).images
    outputs = run(exported, "serving_default", inputs=[example(x=image.tolist()) for image in images])
    by_class = run(exported, "predict_images", images=images)["scores"]
    for classes, scores, expected in zip(outputs["classes"], outputs["scores"], by_class, strict=True):
        assert sorted(classes) == [str(digit).encode() for digit in range(10)]
        assert (np.diff(scores) <= 0).all()
        np.testing.assert_allclose(scores, expected[[int(name) for name in classes]], rtol=1e-5)


def test_batches_of_several_sizes_are_answered(exported: Path, run: Run) -> None:
    for size in (1, 7):
        assert run(exported, "predict_images", images=np.zeros((size, 784)))["scores"].shape == (size, 10)


def test_tensorflow_2_can_load_it_too(exported: Path) -> None:
    tf = import_tensorflow()
    loaded = tf.saved_model.load(str(exported))
    assert loaded.signatures["predict_images"](tf.zeros([2, 784]))["scores"].shape == (2, 10)


def test_classifier_of_square_images_is_exported_too(tmp_path: Path, run: Run) -> None:
    keras = import_keras()
    layers = [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    keras.Sequential(layers).save(tmp_path / "square.keras")
    write_mnist(tmp_path / "square.keras", tmp_path / "1")
    assert run(tmp_path / "1", "predict_images", images=np.ones((3, 784)))["scores"].shape == (3, 10)


def test_model_of_something_else_is_refused(keras_file: Path, tmp_path: Path) -> None:
    with pytest.raises(FailedPreconditionError, match=r"doubler\.keras is not a classifier of digits") as raised:
        write_mnist(keras_file, tmp_path / "1")
    assert "tfsctl export" in (raised.value.hint or "")


def test_missing_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"nothing\.keras"):
        write_mnist(tmp_path / "nothing.keras", tmp_path / "1")
