"""Files that cannot be sent: what is wrong, what the signature wants, and what to change."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bench.workload_calls import made, of_file
from tfsctl.client import Client
from tfsctl.client.pictures import PictureOptions
from tfsctl.errors import InvalidArgumentError, UsageError
from tfsctl.tf_record import encode_record

Write = Callable[[Path], object]
# A model, a file's name, what writes it, the options, and what the error says.
Case = tuple[str, str, Write, dict[str, Any], str]


def array(**arrays: Any) -> Write:
    return lambda path: np.savez(path, **arrays)


def text(content: str) -> Write:
    return lambda path: path.write_text(content)


def content(data: bytes) -> Write:
    return lambda path: path.write_bytes(data)


def pickled(path: Path) -> None:
    np.savez(path, allow_pickle=True, x=np.array([{}], dtype=object))


def empty_folder(path: Path) -> None:
    (path / "class").mkdir(parents=True)


def mixed_folder(path: Path) -> None:
    (path / "class").mkdir(parents=True)
    for name in ("a.png", "class/b.png"):
        Image.new("L", (28, 28)).save(path / name)


def uneven_folder(path: Path) -> None:
    path.mkdir()
    (path / "1.png").write_bytes(b"\x89PNG no picture")


def few_classes(path: Path) -> None:
    for name in ("cat", "dog"):
        (path / name).mkdir(parents=True)
        Image.new("L", (28, 28)).save(path / name / "1.png")


IMAGES = np.zeros((3, 784), np.float32)
DIGITS = "mnist"
CASES: list[Case] = [
    ("half_plus_two", "missing.npz", lambda _: None, {}, "no such file"),
    ("half_plus_two", "x.npz", text("no zip"), {}, "not a NumPy file"),
    ("half_plus_two", "x.npz", pickled, {}, "Object arrays are not loaded"),
    ("half_plus_two", "x.npy", content(b""), {}, "not a NumPy file"),
    ("half_plus_two", "x.npz", array(x=np.array(["a", "b"])), {}, 'Input "x" takes float'),
    ("half_plus_two", "x.npz", array(x=np.zeros(0)), {}, "no rows"),
    ("half_plus_two", "x.npz", array(x=np.zeros(3), y=np.zeros(2)), {}, "3 rows, but there are 2 right answers"),
    ("half_plus_two", "x.npz", array(x=np.zeros(3)), {"label_key": "t"}, "nothing called t; it has x"),
    ("half_plus_two", "x.npz", array(x=np.zeros(3)), {"output": "y"}, "no right answers"),
    ("half_plus_two", "x.npz", array(x=np.zeros(3), y=np.array(["a", "b", "c"])), {"tolerance": 1.0}, "not numbers"),
    ("half_plus_two", "x.npz", array(x=np.zeros(3), y=np.zeros(3)), {"output": "z"}, 'no output "z"'),
    (DIGITS, "x.npz", array(images=np.zeros((3, 5))), {}, r"takes float \[\?, 784\], but .*x.npz has rows of \[5\]"),
    (DIGITS, "x.npz", array(a=IMAGES, b=IMAGES), {}, "No array in .* has the name of an input; it has a, b"),
    (DIGITS, "x.npz", array(images=IMAGES, labels=[1, 2, 10]), {}, "class 10, but the model tells 10 classes apart"),
    (DIGITS, "x.npz", array(images=IMAGES, labels=[1, -2, 1]), {}, "class -2"),
    (DIGITS, "x.npz", array(images=IMAGES, labels=list("abc")), {}, "There are 3 classes"),
    (DIGITS, "x.npz", array(images=IMAGES, labels=[0, 1, 2]), {"class_names": ("a", "b")}, "There are 2 classes"),
    (DIGITS, "x.npz", array(images=IMAGES), {"pictures": PictureOptions(normalize=True)}, "levels are whole numbers"),
    ("sum_difference", "x.npz", array(a=np.zeros(3)), {}, 'nothing for the input "b"; it has a'),
    ("sum_difference", "x.npz", array(a=np.zeros(3), b=np.zeros(3)), {}, 'Input "b" takes int32'),
    ("sum_difference", "x.npz", array(a=np.zeros(3), b=np.arange(2)), {}, "different numbers of rows"),
    ("sum_difference", "x.npz", array(a=np.zeros(3), b=np.arange(3), y=np.zeros(3)), {}, "Which output"),
    ("sum_difference", "x.npz", array(a=np.zeros(2), b=np.array([1, 2**40])), {}, "out of range"),
    ("sum_difference", "x.npy", content(b"\x93NUMPY"), {}, "not a NumPy file"),
    ("scalar", "x.npz", array(x=np.zeros(3)), {"batch_size": 2}, "no dimension for 2 rows"),
    ("half_plus_two_tf2", "x.npz", array(x=np.zeros(3)), {"batch_size": 2}, "takes 1 rows at once"),
    ("half_plus_two", "x.csv", text("x\none\n"), {}, "not a number"),
    ("half_plus_two", "x.csv", text("x,label\n"), {}, "no rows"),
    ("half_plus_two", "x.csv", text("1,2\n3\n"), {}, "row 2 has 1 cells"),
    ("half_plus_two", "x.csv", text("x\n1\n"), {"label_key": "t"}, "no column called t"),
    ("half_plus_two", "x.json", text("{"), {}, "not JSON"),
    ("half_plus_two", "x.json", text("{}"), {}, "neither instances nor inputs"),
    ("half_plus_two", "x.json", text('{"instances": ["a"]}'), {}, "x.json"),
    ("half_plus_two", "x.jsonl", text('{"instances": [1]}\n{"instances": 1}'), {}, "line 2"),
    ("half_plus_two", "x.jsonl", text(""), {}, "empty"),
    ("half_plus_two", "x.jsonl", text('{"instances": [1]}'), {"batch_size": 2}, "whole requests"),
    ("table", "x.txt", text(""), {}, "empty"),
    ("cnn", "folder", empty_folder, {}, "no pictures"),
    ("cnn", "folder", mixed_folder, {}, "both in itself and in folders"),
    ("cnn", "folder", uneven_folder, {}, "1.png is no picture that can be read"),
    ("cnn", "folder", few_classes, {}, r"2 classes \(cat, dog\), but the model tells 10 apart"),
    ("cnn", "folder", few_classes, {"truth_path": Path("x.txt")}, "are the right answers"),
    ("cnn", "x.png", lambda path: Image.new("L", (9, 9)).save(path), {}, "9x9"),
    ("cnn", "x-idx3-ubyte", content((2051).to_bytes(4, "big") + bytes(9)), {}, "truncated"),
    ("half_plus_two", "log", content(b""), {}, "no predict requests"),
    ("half_plus_two", "log", content(b"no records at all"), {}, "Is this even a TFRecord file"),
    ("half_plus_two", "log", content(encode_record(b"x" * 30)[:-5]), {}, "truncated record"),
    ("half_plus_two", "log", content(encode_record(b"\xff")), {}, "no predict requests"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[1]}-{case[4]}")
def test_what_is_wrong_with_a_file_is_said(client: Client, tmp_path: Path, case: Case) -> None:
    model, name, write, options, message = case
    write(tmp_path / name)
    with pytest.raises(InvalidArgumentError, match=message):
        of_file(client, model, tmp_path / name, **options)


def test_a_file_that_may_not_be_read_is_a_usage_error(
    client: Client, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, x=np.zeros(1))
    path.chmod(0)
    request.getfixturevalue("nobody")
    with pytest.raises(InvalidArgumentError, match="Permission denied"):
        of_file(client, "half_plus_two", path)


def test_a_batch_of_more_rows_than_there_are_is_a_usage_error(client: Client, tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=np.zeros(3))
    assert of_file(client, "half_plus_two", tmp_path / "x.npz", batch_size=3).num_requests == 1
    with pytest.raises(UsageError, match=r"has 3 rows, too few for requests of 4\."):
        of_file(client, "half_plus_two", tmp_path / "x.npz", batch_size=4)
    with pytest.raises(UsageError, match=r"10,000 MNIST test digits, too few for requests of 10,001\."):
        made(client, "mnist", batch_size=10_001)


@pytest.mark.parametrize("name", ["truth.txt", "truth.npy", "truth.json", "truth"])
def test_a_truth_file_that_is_none_is_said(client: Client, tmp_path: Path, name: str) -> None:
    np.savez(tmp_path / "x.npz", x=np.zeros(1))
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(InvalidArgumentError, match="truth"):
        of_file(client, "half_plus_two", tmp_path / "x.npz", truth_path=tmp_path / name)


def test_truth_may_be_json_or_one_of_several_arrays(client: Client, tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=np.arange(2.0))
    (tmp_path / "t.json").write_text(json.dumps([2.0, 2.5]))
    np.savez(tmp_path / "t.npz", other=np.zeros(5), labels=[2.0, 2.5])
    for name in ("t.json", "t.npz"):
        assert of_file(client, "half_plus_two", tmp_path / "x.npz", truth_path=tmp_path / name).checks_answers
