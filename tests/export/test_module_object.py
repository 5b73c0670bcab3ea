"""Models that Python code makes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tfsctl.errors import FailedPreconditionError, InvalidArgumentError, NotFoundError, TfsctlError
from tfsctl.export.module_object import split_module_object, write_module_object
from tfsctl.saved_model import read_saved_model

Run = Callable[..., dict[str, np.ndarray]]

SOURCE = """
import keras
import tensorflow as tf

print("chatter of the module")
FLOATS = tf.TensorSpec([None], tf.float32, name="x")


class Scaler(tf.Module):
    def __init__(self, factor=2.0):
        super().__init__()
        self.factor = tf.Variable(factor)

    @tf.function(input_signature=[FLOATS])
    def __call__(self, x):
        return {"y": self.factor * x}

    @tf.function(input_signature=[FLOATS])
    def negated(self, x):
        return {"y": -self.factor * x}

    @tf.function
    def any_shape(self, x):
        return x

    @tf.function(input_signature=[FLOATS])
    def _private(self, x):
        return x


class Single(tf.Module):
    @tf.function(input_signature=[FLOATS])
    def double(self, x):
        return {"y": 2.0 * x}


class Faulty(tf.Module):
    @tf.function(input_signature=[FLOATS])
    def __call__(self, x):
        return x.no_such_attribute


class AroundKeras(tf.Module):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1, kernel_initializer="ones", bias_initializer="ones")
        self.dense.build((None, 2))

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, name="x")])
    def __call__(self, x):
        return {"y": self.dense(x)}


scaler = Scaler(3.0)
plain = tf.Module()
number = 42
keras_model = keras.Sequential([keras.Input((2,), name="x"), keras.layers.Dense(1, kernel_initializer="ones")])


class models:
    scaler = Scaler(5.0)


def make():
    return Scaler(7.0)


def make_with(factor, *, more):
    return Scaler(factor)


def make_list():
    return []


def fail():
    raise RuntimeError("no data")
"""


@pytest.fixture(autouse=True)
def user_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The current directory has `user_models.py`, one that cannot be imported, and one that needs another."""
    (tmp_path / "user_models.py").write_text(SOURCE)
    (tmp_path / "user_broken.py").write_text("1 / 0\n")
    (tmp_path / "user_needing.py").write_text("import not_there_at_all\n")
    monkeypatch.chdir(tmp_path)
    path = list(sys.path)
    yield
    assert sys.path == path
    for name in [name for name in sys.modules if name.startswith("user_")]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("scaler", 3.0), ("Scaler", 2.0), ("make", 7.0), ("models.scaler", 5.0)],
)
def test_module_class_and_function_are_exported(tmp_path: Path, run: Run, name: str, expected: float) -> None:
    write_module_object(f"user_models:{name}", tmp_path / "1")
    assert run(tmp_path / "1", "serving_default", x=[1.0])["y"].tolist() == [expected]


def test_every_function_with_a_signature_is_exported(tmp_path: Path, run: Run) -> None:
    write_module_object("user_models:scaler", tmp_path / "1")
    assert set(read_saved_model(tmp_path / "1").signatures) == {"serving_default", "negated"}
    assert run(tmp_path / "1", "negated", x=[1.0])["y"].tolist() == [-3.0]


def test_the_only_function_is_serving_default_too(tmp_path: Path, run: Run) -> None:
    write_module_object("user_models:Single", tmp_path / "1")
    for name in ("double", "serving_default"):
        assert run(tmp_path / "1", name, x=[1.0])["y"].tolist() == [2.0]


def test_keras_layer_in_a_module_keeps_its_variables(tmp_path: Path, run: Run) -> None:
    write_module_object("user_models:AroundKeras", tmp_path / "1")
    assert run(tmp_path / "1", "serving_default", x=[[1.0, 2.0]])["y"].tolist() == [[4.0]]


def test_keras_model_is_exported(tmp_path: Path, run: Run) -> None:
    write_module_object("user_models:keras_model", tmp_path / "1")
    (output,) = run(tmp_path / "1", "serving_default", x=[[1.0, 2.0]]).values()
    assert output.tolist() == [[3.0]]


def test_what_the_module_prints_stays_off_stdout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_module_object("user_models:scaler", tmp_path / "1")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "chatter of the module" in captured.err


@pytest.mark.parametrize(
    ("source", "expected", "message"),
    [
        ("user_nothing:model", NotFoundError, "There is no module user_nothing"),
        ("user_nothing.sub:model", NotFoundError, "There is no module user_nothing.sub"),
        ("user_models:nothing", NotFoundError, "module user_models has no attribute nothing"),
        ("user_models:number", InvalidArgumentError, "is of type int: nothing to export"),
        ("user_models:make_list", InvalidArgumentError, r"make_list\(\) returns list"),
        ("user_models:make_with", InvalidArgumentError, "it needs factor, more"),
        ("user_models:fail", FailedPreconditionError, r"fail\(\) failed: RuntimeError: no data"),
        ("user_models:Faulty", FailedPreconditionError, "(?s)serving_default fails when .*no_such"),
        ("user_models:plain", FailedPreconditionError, "Module has no tf.function with an input_signature"),
        ("user_broken:model", FailedPreconditionError, "cannot be imported: ZeroDivisionError"),
        ("user_needing:model", FailedPreconditionError, "user_needing needs not_there_at_all"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, source: str, expected: type[TfsctlError], message: str) -> None:
    with pytest.raises(expected, match=message):
        write_module_object(source, tmp_path / "1")


@pytest.mark.parametrize("source", ["a:", ":b", "a b:c", "a:b:c", "./a.py:b"])
def test_malformed_name_is_refused(source: str) -> None:
    with pytest.raises(InvalidArgumentError, match="is not of the form module:object"):
        split_module_object(source)


def test_attributes_there_are_are_listed(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as raised:
        write_module_object("user_models:nothing", tmp_path / "1")
    assert "scaler" in (raised.value.hint or "")
