from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tfsctl.cli._predict.input import looks_like_input, read_body
from tfsctl.errors import UsageError


@pytest.mark.parametrize(
    ("given", "columnar", "body"),
    [
        ("[1.0, 2.0, 5.0]", False, {"instances": [1.0, 2.0, 5.0]}),
        ("[1.0, 2.0, 5.0]", True, {"inputs": [1.0, 2.0, 5.0]}),
        ('{"instances": [1]}', False, {"instances": [1]}),
        ('{"inputs": {"x": [1]}}', True, {"inputs": {"x": [1]}}),
        ('{"x": 1.0}', False, {"instances": [{"x": 1.0}]}),
        ('{"x": [1.0]}', True, {"inputs": {"x": [1.0]}}),
        ("5", False, {"instances": [5]}),
        ('"text"', False, {"instances": ["text"]}),
        ("x=[1.0]", False, {"inputs": {"x": [1.0]}}),
        ("x=text", False, {"inputs": {"x": "text"}}),
        ("x=a=b", False, {"inputs": {"x": "a=b"}}),
        ("x=", False, {"inputs": {"x": ""}}),
    ],
)
def test_read_body_of_one_input(given: str, columnar: bool, body: dict[str, Any]) -> None:
    assert json.loads(read_body([given], columnar=columnar)) == body


def test_read_body_of_several_names_is_columnar() -> None:
    assert json.loads(read_body(["a=[1]", "b=2"], columnar=False)) == {"inputs": {"a": [1], "b": 2}}


def test_read_body_leaves_the_digits_of_numbers_alone() -> None:
    assert read_body(["[1.0, 1e400, 0.10000000000000000001]"], columnar=False) == (
        b'{"instances": [1.0, 1e400, 0.10000000000000000001]}'
    )


def test_read_body_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'\n{"instances": [1]}\n')))
    assert read_body(["-"], columnar=False) == b'{"instances": [1]}'


def test_read_body_from_a_json_file(tmp_path: Path) -> None:
    (tmp_path / "request.json").write_text("[1, 2]\n")
    assert read_body([f"@{tmp_path}/request.json"], columnar=False) == b'{"instances": [1, 2]}'


@pytest.mark.parametrize(
    ("array", "value"),
    [
        (np.array([[0.5, 1.0]], np.float32), [[0.5, 1.0]]),
        (np.array([1, 2], np.uint8), [1, 2]),
        (np.array([True]), [True]),
        (np.array(["ä"]), ["ä"]),
        (np.array([[b"\xff", b"a"]]), [[{"b64": "/w=="}, {"b64": "YQ=="}]]),
        (np.zeros((0, 2)), []),
    ],
)
def test_read_body_from_a_numpy_file(array: np.ndarray, value: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "array.npy", array)
    assert json.loads(read_body([f"@{tmp_path}/array.npy"], columnar=False)) == {"instances": value}
    assert json.loads(read_body([f"x=@{tmp_path}/array.npy"], columnar=False)) == {"inputs": {"x": value}}


def test_read_body_from_named_numpy_arrays(tmp_path: Path) -> None:
    np.savez(tmp_path / "arrays.npz", a=np.array([1]), b=np.array([2.5]))
    assert json.loads(read_body([f"@{tmp_path}/arrays.npz"], columnar=False)) == {"inputs": {"a": [1], "b": [2.5]}}


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (["hello"], "INPUT is not JSON"),
        ([""], "INPUT is empty"),
        (["[1", "x=1"], "has no name"),
        (["@missing.json"], r"missing\.json: No such file"),
        (["@."], "Is a directory"),
        (["@broken.npy"], "not a NumPy file"),
        (["@pickled.npy"], "not a NumPy file"),
        (["@complex.npy"], "arrays of complex128 cannot be sent as JSON"),
    ],
)
def test_read_body_refuses_what_it_cannot_read(inputs: list[str], message: str, tmp_path: Path) -> None:
    (tmp_path / "broken.npy").write_bytes(b"no array")
    np.save(tmp_path / "pickled.npy", np.array([{}], dtype=object), allow_pickle=True)
    np.save(tmp_path / "complex.npy", np.array([1j]))
    with pytest.raises(UsageError, match=message):
        read_body(inputs, columnar=False)


@pytest.mark.parametrize("text", ["[1]", '{"instances": []}', "-", "@file.npy", "x=1", '"text"'])
def test_looks_like_input_of_inputs(text: str) -> None:
    assert looks_like_input(text)


@pytest.mark.parametrize("text", ["half_plus_two", "resnet-50", "3", "a.b", "=1"])
def test_looks_like_input_of_model_names_is_false(text: str) -> None:
    assert not looks_like_input(text)
