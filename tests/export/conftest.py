"""What the tests of the exporters share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tfsctl.saved_model import read_saved_model
from tfsctl.train import TrainPlan, train_mnist
from tfsctl.train.tensorflow_import import import_keras, import_tensorflow

Run = Callable[..., dict[str, np.ndarray]]


@pytest.fixture(scope="session")
def run() -> Run:
    """`run(path, signature, **inputs)` runs a SavedModel as a server does: in a session that restored its variables."""
    tf = import_tensorflow()

    def run_signature(path: Path, signature_name: str, **inputs: Any) -> dict[str, np.ndarray]:
        signature = read_saved_model(path).signatures[signature_name]
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            tf.compat.v1.saved_model.load(session, ["serve"], str(path))
            feeds = {signature.inputs[alias].tensor_name: value for alias, value in inputs.items()}
            fetches = {alias: spec.tensor_name for alias, spec in signature.outputs.items()}
            outputs: dict[str, np.ndarray] = session.run(fetches, feeds)
            return outputs

    return run_signature


@pytest.fixture(scope="session")
def example() -> Callable[..., bytes]:
    """`example(x=[1.0])` is a serialized tf.Example with these float features."""
    train = import_tensorflow().train

    def serialized(**features: list[float]) -> bytes:
        named = {name: train.Feature(float_list=train.FloatList(value=values)) for name, values in features.items()}
        content: bytes = train.Example(features=train.Features(feature=named)).SerializeToString()
        return content

    return serialized


@pytest.fixture(scope="session")
def softmax_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A softmax regression, trained for a moment."""
    plan = TrainPlan(training_iteration=100, seed=1, output=tmp_path_factory.mktemp("softmax"))
    return train_mnist(plan).checkpoint


@pytest.fixture(scope="session")
def keras_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`doubler.keras`: `x` [-1, 3] to 2 x + 1."""
    keras = import_keras()
    layers = [keras.Input((3,), name="x"), keras.layers.Dense(3, name="y")]
    model = keras.Sequential(layers, name="doubler")
    model.set_weights([2 * np.eye(3), np.ones(3)])
    path = tmp_path_factory.mktemp("keras") / "doubler.keras"
    model.save(path)
    return path
