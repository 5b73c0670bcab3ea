"""What may be said about inputs, in a plan and on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tfsctl.bench.workload import InputRange, InputShape, InputsPlan, parse_range, parse_shape
from tfsctl.cli._bench.input_options import BenchInputOptions
from tfsctl.cli._predict.options import PictureChanges
from tfsctl.client.pictures import PictureOptions
from tfsctl.errors import UsageError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0:255", InputRange(None, 0, 255)),
        ("ids=-1:9999", InputRange("ids", -1, 9999)),
        ("a:b=1e-3:.5", InputRange("a:b", 0.001, 0.5)),
    ],
)
def test_a_range_has_perhaps_a_name_and_two_ends(text: str, expected: InputRange) -> None:
    assert parse_range(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("images=1,224,224,3", InputShape("images", (1, 224, 224, 3))),
        ("8, 2", InputShape(None, (8, 2))),
        ("n=[]", InputShape("n", ())),
    ],
)
def test_a_shape_has_perhaps_a_name_and_its_sizes(text: str, expected: InputShape) -> None:
    assert parse_shape(text) == expected


@pytest.mark.parametrize("text", ["", "1", "a=1", "1:2:3", "x=1:b", "=1:2"])
def test_what_is_no_range_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="no range") as caught:
        parse_range(text)
    assert "--input-range 0:255" in (caught.value.hint or "")


@pytest.mark.parametrize("text", ["x", "1,,2", "a=1x2", "-1,2", "=3"])
def test_what_is_no_shape_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="no shape"):
        parse_shape(text)


@pytest.mark.parametrize(
    "values",
    [
        {"distinct": 0},
        {"batch_size": 0},
        {"tolerance": -0.1},
        {"tolerance": float("nan")},
        {"ranges": (InputRange(None, 2, 1),)},
        {"ranges": (InputRange(None, 0, float("inf")),)},
        {"ranges": (InputRange("a", 0, 1), InputRange("a", 0, 2))},
        {"shapes": (InputShape(None, (1,)), InputShape(None, (2,)))},
        {"ranges": (InputRange("a", 0, 1),), "values": "zeros"},
        {"path": Path("x"), "values": "random"},
        {"path": Path("x"), "shapes": (InputShape(None, (1,)),)},
        {"truth_path": Path("x")},
        {"path": Path("x"), "truth_path": Path("y"), "label_key": "z"},
    ],
    ids=str,
)
def test_a_plan_that_makes_no_sense_is_a_usage_error(values: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        InputsPlan(**values)


def test_no_more_requests_are_wanted_than_are_sent_or_asked_for() -> None:
    assert [InputsPlan(distinct=distinct).max_requests(limit) for distinct in (None, 5) for limit in (None, 3)] == [
        None,
        3,
        5,
        3,
    ]


def test_the_options_of_the_command_become_a_plan(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("cat\ndog\n")
    options = BenchInputOptions(inputs=tmp_path, batch_size=4, labels=tmp_path / "names.txt", truth=Path("t.npy"))
    assert options.plan(PictureChanges(normalize=True, size="28x28")) == InputsPlan(
        path=tmp_path,
        batch_size=4,
        class_names=("cat", "dog"),
        truth_path=Path("t.npy"),
        pictures=PictureOptions(normalize=True, size=(28, 28)),
    )
    made = BenchInputOptions(input_values="random", input_range=["0:1", "b=2:3"], input_shape=["a=1,2"]).plan(
        PictureChanges()
    )
    assert made.ranges == (InputRange(None, 0, 1), InputRange("b", 2, 3))
    assert (made.values, made.shapes) == ("random", (InputShape("a", (1, 2)),))
    assert BenchInputOptions().plan(PictureChanges()) == InputsPlan()
