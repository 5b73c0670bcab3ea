"""Keras files: exported, or refused with a reason."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tfsctl.errors import DataLossError, FailedPreconditionError, NotFoundError
from tfsctl.export.keras_model import load_keras_model, write_keras_model
from tfsctl.train.tensorflow_import import import_keras

Run = Callable[..., dict[str, np.ndarray]]


def sequential(*layers: Any) -> Any:
    keras = import_keras()
    return keras.Sequential([keras.Input((3,), name="x"), *layers])


def test_keras_file_becomes_serving_default(keras_file: Path, tmp_path: Path, run: Run) -> None:
    write_keras_model(load_keras_model(keras_file), tmp_path)
    (output,) = run(tmp_path, "serving_default", x=[[1.0, 2.0, 3.0]]).values()
    assert output.tolist() == [[3.0, 5.0, 7.0]]


@pytest.mark.filterwarnings("ignore:.*HDF5 file.*:UserWarning")
def test_h5_file_becomes_serving_default(keras_file: Path, tmp_path: Path, run: Run) -> None:
    load_keras_model(keras_file).save(tmp_path / "doubler.h5")
    write_keras_model(load_keras_model(tmp_path / "doubler.h5"), tmp_path / "1")
    (output,) = run(tmp_path / "1", "serving_default", x=[[1.0, 2.0, 3.0]]).values()
    assert output.tolist() == [[3.0, 5.0, 7.0]]


def test_several_inputs_keep_their_names(tmp_path: Path, run: Run) -> None:
    keras = import_keras()
    a, b = keras.Input((2,), name="a"), keras.Input((1,), name="b")
    write_keras_model(keras.Model({"a": a, "b": b}, {"joined": keras.layers.Concatenate()([a, b])}), tmp_path)
    outputs = run(tmp_path, "serving_default", a=[[1.0, 2.0]], b=[[3.0]])
    assert outputs["joined"].tolist() == [[1.0, 2.0, 3.0]]


def test_export_prints_nothing_to_stdout(keras_file: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_keras_model(load_keras_model(keras_file), tmp_path)
    assert capfd.readouterr().out == ""


def test_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"nothing\.keras: no such file"):
        load_keras_model(tmp_path / "nothing.keras")


@pytest.mark.parametrize("name", ["junk.keras", "junk.h5"])
def test_file_of_another_kind_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"not a model")
    with pytest.raises(DataLossError, match=name) as raised:
        load_keras_model(tmp_path / name)
    assert "save the model again" in (raised.value.hint or "")


def test_corrupt_or_foreign_archive_is_refused(keras_file: Path, tmp_path: Path) -> None:
    content = bytearray(keras_file.read_bytes())
    (tmp_path / "cut.keras").write_bytes(content[:-100])
    position = content.index(b"config.json") + 60
    content[position : position + 30] = bytes(30)
    (tmp_path / "corrupt.keras").write_bytes(content)
    with zipfile.ZipFile(tmp_path / "foreign.keras", "w") as archive:
        archive.writestr("notes.txt", "no model")
    for name in ("cut.keras", "corrupt.keras", "foreign.keras"):
        with pytest.raises(DataLossError, match=name):
            load_keras_model(tmp_path / name)


@pytest.mark.filterwarnings("ignore:.*HDF5 file.*:UserWarning")
@pytest.mark.parametrize("name", ["custom.keras", "custom.h5"])
def test_class_that_is_not_known_is_named(tmp_path: Path, name: str) -> None:
    class Halver(import_keras().layers.Layer):  # type: ignore[misc]  # Keras has no types
        def call(self, x: Any) -> Any:
            return x / 2

    sequential(Halver()).save(tmp_path / name)
    with pytest.raises(FailedPreconditionError, match=f"{name} needs Halver, which is not known here") as raised:
        load_keras_model(tmp_path / name)
    assert "module:function" in (raised.value.hint or "")


def test_code_in_a_file_is_not_run(tmp_path: Path) -> None:
    sequential(import_keras().layers.Lambda(lambda x: x + 1)).save(tmp_path / "lambda.keras")
    with pytest.raises(FailedPreconditionError, match="has a Lambda layer: Python code"):
        load_keras_model(tmp_path / "lambda.keras")


def test_weights_without_a_model_are_refused(keras_file: Path, tmp_path: Path) -> None:
    load_keras_model(keras_file).save_weights(tmp_path / "some.weights.h5")
    with pytest.raises(FailedPreconditionError, match="holds weights only"):
        load_keras_model(tmp_path / "some.weights.h5")


def test_model_whose_call_fails_is_refused(tmp_path: Path) -> None:
    class Faulty(import_keras().Model):  # type: ignore[misc]  # Keras has no types
        def call(self, x: Any) -> Any:
            if tmp_path.exists():
                raise RuntimeError("no weights yet")
            return x

    model = Faulty()
    model.built = True
    model._build_shapes_dict = {"input_shape": (None, 3)}
    with pytest.raises(FailedPreconditionError, match="Keras cannot export the model faulty"):
        write_keras_model(model, tmp_path)


def test_model_that_was_never_built_is_refused(tmp_path: Path) -> None:
    keras = import_keras()
    with pytest.raises(FailedPreconditionError, match="has not yet been built") as raised:
        write_keras_model(keras.Sequential([keras.layers.Dense(2)]), tmp_path)
    assert "Input layer" in (raised.value.hint or "")
