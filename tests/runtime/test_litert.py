"""TensorFlow Lite models: what they say of themselves, and their runs."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runtime.loading import Array, run, run_script
from tfsctl.data_type import DataType
from tfsctl.errors import (
    DeadlineExceededError,
    FailedPreconditionError,
    InternalError,
    InvalidArgumentError,
    NotFoundError,
    TfsctlError,
    UnavailableError,
)
from tfsctl.runtime import Model, TfliteOptions, load_model
from tfsctl.runtime._litert_interpreter import LitertInterpreter
from tfsctl.signature import PREDICT_METHOD_NAME, Signature, TensorSpec

WAIT_SECONDS = 30.0


@pytest.fixture
def load(zoo: Path) -> Callable[..., Model]:
    """Loads version 1 of a model of the zoo by LiteRT."""

    def load(name: str, **options: int) -> Model:
        return load_model(zoo / name / "1", tflite=TfliteOptions(**options))

    return load


Load = Callable[..., Model]


def words(*texts: bytes) -> Array:
    return np.array(texts, object)


class WaitingInterpreters:
    """Lets runs begin, and end only when told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.are_running = threading.Semaphore(0)
        self.may_end = threading.Event()
        original = LitertInterpreter.run

        def run(*arguments: Any) -> list[Any]:
            self.are_running.release()
            assert self.may_end.wait(WAIT_SECONDS)
            return original(*arguments)

        monkeypatch.setattr(LitertInterpreter, "run", run)


def test_model_of_the_converter_has_its_signature(load: Load) -> None:
    signature = load("tflite_half_plus_two").info.signatures["serving_default"]

    assert signature.inputs == {"x": TensorSpec("serving_default_x:0", DataType.FLOAT, (-1,))}
    assert list(signature.outputs) == ["y"]
    assert signature.method_name == PREDICT_METHOD_NAME


def test_signature_defs_say_the_same_as_signatures(load: Load) -> None:
    info = load("tflite_several").info

    assert sorted(info.signature_defs) == list(info.signatures) == ["add", "mul", "regress"]
    assert info.signature_defs["add"].inputs["a"].tensor_shape.dim[0].size == -1
    assert info.path.name == "1"


def test_model_without_signature_gets_one_of_its_tensors_names(load: Load) -> None:
    model = load("tflite_without_signature")

    assert list(model.info.signatures) == ["serving_default"]
    assert list(model.info.signatures["serving_default"].inputs) == ["x"]
    outputs = run(model, {"x": [1.0, 2.0]})
    assert sorted(output.tolist() for output in outputs.values()) == [[2.0, 3.0], [3.0, 4.0]]


def test_signature_defs_in_the_metadata_come_first(load: Load) -> None:
    model = load("tflite_with_sigdef")

    assert list(model.info.signatures) == ["other", "serving_default"]
    assert run(model, {"x": [1.0, 2.0, 5.0]})["y"].tolist() == [2.5, 3.0, 4.5]
    assert run(model, {"a": [1.0]}, "other")["b"].tolist() == [2.5]


def test_signature_def_of_an_unknown_tensor_is_refused(zoo: Path, tmp_path: Path) -> None:
    content = (zoo / "tflite_with_sigdef/1/model.tflite").read_bytes()
    # The first one stands in the metadata, the last is the tensor's own.
    position = content.index(b"serving_default_x:0")
    (tmp_path / "model.tflite").write_bytes(content[:position] + b"serving_default_z:0" + content[position + 19 :])

    with pytest.raises(InternalError, match=r"Unknown tensor 'serving_default_z:0'.\n\tSignature input \w references"):
        load_model(tmp_path, tflite=TfliteOptions())


@pytest.mark.parametrize("x", [[1.0, 2.0, 5.0], [], [[1.0, 2.0], [3.0, 4.0]], 3.0, [7.0]])
def test_any_shape_that_the_operations_take_runs(load: Load, x: Any) -> None:
    model = load("tflite_half_plus_two")
    array = np.array(x, np.float32)

    for given in (array, np.ones(2, np.float32), array):
        y = run(model, {"x": given})["y"]
        assert (y.shape, y.dtype) == (given.shape, np.float32)
        np.testing.assert_array_equal(y, given * 0.5 + 2)


def test_array_in_another_order_of_bytes_or_memory_runs(load: Load) -> None:
    x = np.arange(12, dtype=">f4").reshape(3, 4).T

    y = run(load("tflite_half_plus_two"), {"x": x})["y"]

    np.testing.assert_array_equal(y, x.astype(np.float32) * 0.5 + 2)


def test_each_of_several_signatures_runs(load: Load) -> None:
    model = load("tflite_several")
    numbers = {"a": [1.0, 2.0], "b": [3.0, 4.0]}

    assert run(model, numbers, "add")["y"].tolist() == [4.0, 6.0]
    assert run(model, numbers, "mul")["y"].tolist() == [3.0, 8.0]
    assert run(model, {"a": [1.0], "b": [1.0]}, "add")["y"].tolist() == [2.0]
    assert run(model, {"inputs": words(b"example", b"")}, "regress")["outputs"].tolist() == [3.0, 3.0]


def test_signature_put_together_from_tensors_runs(load: Load) -> None:
    model = load("tflite_several")
    mul = model.info.signatures["mul"]
    made = Signature("of my own", inputs=mul.inputs, outputs={"product": mul.outputs["y"]})

    outputs = model.run(made, {"a": np.full(2, 3, np.float32), "b": np.full(2, 4, np.float32)})

    assert outputs["product"].tolist() == [12.0, 12.0]


@pytest.mark.parametrize("texts", [(b"a", b"\xff\x00b", b""), (b"end\x00\x00",), ()])
def test_strings_run(load: Load, texts: tuple[bytes, ...]) -> None:
    y = run(load("tflite_strings"), {"x": words(*texts)})["y"]

    assert y.dtype == object
    assert y.tolist() == list(reversed(texts))


def test_quantized_model_takes_and_gives_its_integers(load: Load) -> None:
    model = load("tflite_int8")
    x = np.array([[127, -128, 127, -128], [0, 0, 0, 0]], np.int8)

    y = model.run(model.info.signatures["serving_default"], {"x": x})["y"]

    assert (y.dtype, y.shape) == (np.int8, (2, 2))
    assert y[0, 0] > y[1, 0] > y[0, 1]


def test_outputs_are_those_asked_for(load: Load) -> None:
    model = load("tflite_without_signature")
    name = sorted(model.info.signatures["serving_default"].outputs)[1]

    assert list(run(model, {"x": [1.0]}, output_names=[name])) == [name]
    with pytest.raises(InvalidArgumentError, match="has the outputs"):
        run(model, {"x": [1.0]}, output_names=["no such"])


def test_another_type_is_refused_as_tensorflow_does(load: Load) -> None:
    with pytest.raises(InvalidArgumentError) as refused:
        run(load("tflite_half_plus_two"), {"x": np.zeros(1)})

    assert refused.value.message == "Expects arg[0] to be float but double is provided"


def test_missing_input_is_refused(load: Load) -> None:
    model = load("tflite_several")
    signature = model.info.signatures["add"]
    part = Signature("part", inputs={"a": signature.inputs["a"]}, outputs=signature.outputs)

    with pytest.raises(InvalidArgumentError, match="takes the inputs"):
        run(model, {"a": [1.0]}, "add")
    with pytest.raises(InvalidArgumentError):
        model.run(part, {"a": np.zeros(1, np.float32)})


def test_shapes_that_do_not_fit_are_the_callers_mistake_and_harm_nobody_else(load: Load) -> None:
    model = load("tflite_int8", num_pools=1)

    for _ in range(3):
        with pytest.raises(
            InvalidArgumentError, match="LiteRT cannot run signature serving_default on these inputs: "
        ) as refused:
            run(model, {"x": np.zeros((2, 3), np.int8)})
        assert refused.value.message.count("(2") <= 2  # LiteRT keeps texts; another caller must not see them.
        assert run(model, {"x": np.zeros((2, 4), np.int8)})["y"].shape == (2, 2)


def test_many_threads_get_their_own_answers(load: Load) -> None:
    model = load("tflite_half_plus_two", num_pools=2, num_interpreters_per_pool=2)

    def ask(number: int) -> bool:
        x = np.full(number % 7 + 1, number, np.float32)
        return np.array_equal(run(model, {"x": x})["y"], x * 0.5 + 2)

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(2000)))


def test_so_many_runs_at_once_as_there_are_interpreters(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    model = load("tflite_half_plus_two", num_pools=2, num_interpreters_per_pool=1)
    interpreters = WaitingInterpreters(monkeypatch)
    with ThreadPoolExecutor(3) as threads:
        running = [threads.submit(run, model, {"x": [1.0]}) for _ in range(2)]
        for _ in running:
            assert interpreters.are_running.acquire(timeout=WAIT_SECONDS)
        with pytest.raises(DeadlineExceededError, match="before an interpreter was free"):
            run(model, {"x": [1.0]}, timeout_seconds=0.01)
        waiting = threads.submit(run, model, {"x": [1.0]}, timeout_seconds=WAIT_SECONDS)
        interpreters.may_end.set()
        assert all(call.result()["y"].tolist() == [2.5] for call in (*running, waiting))


def test_time_that_is_over_is_noticed(load: Load) -> None:
    with pytest.raises(DeadlineExceededError):
        run(load("tflite_half_plus_two"), {"x": [1.0]}, timeout_seconds=0)


def test_closed_model_lets_its_runs_finish_and_refuses_others(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    model = load("tflite_half_plus_two")
    interpreters = WaitingInterpreters(monkeypatch)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(run, model, {"x": [1.0]})
        assert interpreters.are_running.acquire(timeout=WAIT_SECONDS)
        model.close()
        model.close()
        with pytest.raises(UnavailableError, match="has been unloaded"):
            run(model, {"x": [1.0]})
        interpreters.may_end.set()
        assert running.result()["y"].tolist() == [2.5]


def test_its_cost_is_not_known(load: Load) -> None:
    assert not load("tflite_half_plus_two").has_steady_cost("serving_default")


@pytest.mark.parametrize("content", [b"", b"TFL3", b"garbage" * 100])
def test_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.tflite").write_bytes(content)

    with pytest.raises(InvalidArgumentError, match=r"^Cannot build FlatBufferModel from buffer"):
        load_model(tmp_path, tflite=TfliteOptions())


def test_truncated_model_is_refused(zoo: Path, tmp_path: Path) -> None:
    content = (zoo / "tflite_half_plus_two/1/model.tflite").read_bytes()

    for length in range(8, len(content) - 8, 64):
        (tmp_path / "model.tflite").write_bytes(content[:length])
        with pytest.raises(TfsctlError):
            load_model(tmp_path, tflite=TfliteOptions())


def test_operations_of_tensorflow_are_refused(load: Load) -> None:
    with pytest.raises(InternalError, match=r"^Cannot build Interpreter from buffer. .*FlexStringLength"):
        load("tflite_custom_op")


def test_saved_model_is_loaded_unless_the_other_is_preferred(zoo: Path, load: Load) -> None:
    saved_model = load_model(zoo / "tflite_half_plus_two/1")

    assert run(saved_model, {"x": [1.0]})["y"].tolist() == [3.5]
    assert run(load("tflite_half_plus_two"), {"x": [1.0]})["y"].tolist() == [2.5]
    saved_model.close()


def test_saved_model_is_loaded_where_there_is_no_other(load: Load) -> None:
    model = load("half_plus_two")

    assert run(model, {"x": [1.0]})["y"].tolist() == [2.5]
    model.close()


def test_neither_model_is_not_found(zoo: Path, tmp_path: Path) -> None:
    shutil.copy(zoo / "tflite_half_plus_two/1/model.tflite", tmp_path)
    with pytest.raises(NotFoundError, match="does not appear to contain a SavedModel bundle"):
        load_model(tmp_path)
    (tmp_path / "model.tflite").unlink()
    with pytest.raises(NotFoundError, match="does not appear to contain a SavedModel bundle"):
        load_model(tmp_path, tflite=TfliteOptions())


def test_without_litert_the_error_says_what_to_install(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)

    with pytest.raises(FailedPreconditionError, match=r"pip install 'tfsctl\[tflite\]'"):
        load("tflite_half_plus_two")


_SCRIPT = """
import sys, threading
import numpy as np
from tfsctl.runtime import TfliteOptions, load_model

model = load_model(sys.argv[1] + "/tflite_half_plus_two/1", tflite=TfliteOptions())
signature = model.info.signatures["serving_default"]

def ask():
    return model.run(signature, {"x": np.ones(2, np.float32)})["y"].tolist()

def ask_for_ever():
    while True:
        ask()

print(ask(), flush=True)
if sys.argv[2] == "running":
    for _ in range(3):
        threading.Thread(target=ask_for_ever, daemon=True).start()
    for _ in range(500):
        ask()
print([name for name in ("tensorflow", "cffi") if name in sys.modules])
"""


@pytest.mark.parametrize("state", ["idle", "running"])
def test_process_without_tensorflow_runs_a_model_quietly_and_ends(zoo: Path, state: str) -> None:
    ended = run_script(_SCRIPT, zoo, state)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "[2.5, 2.5]\n[]\n"
