"""Verdicts on answers, and what is counted of them."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from tfsctl.bench.truth import Misread, Picture, Verdict
from tfsctl.bench.truth_counts import MAX_CLASSES, MAX_MISREAD, TruthCounts
from tfsctl.bench.workload.drawing import to_picture
from tfsctl.bench.workload.judging import ClassJudge, RecordedJudge, ValueJudge
from tfsctl.errors import InternalError
from tfsctl.model_spec import ModelSpec

NAMES = ("a", "b", "c")
NAN = float("nan")
ONE, TWO = range(1), range(2)


class Drawn:
    """A workload of which nothing but its pictures is asked."""

    spec = ModelSpec("m")
    checks_answers = True
    class_names = NAMES
    num_requests = 100
    description = ""

    def request(self, number: int) -> bytes:
        raise NotImplementedError

    def judge(self, number: int, reply: bytes) -> Verdict:
        raise NotImplementedError

    def picture(self, number: int, row: int = 0) -> Picture | None:
        return Picture(1, 1, bytes([number + row]))


@pytest.mark.parametrize(
    ("output", "predicted"),
    [
        (np.array([[0.1, 0.7, 0.2]], np.float32), 1),
        (np.array([0.1, 0.2, 0.7]), 2),
        (np.array([[0.0, NAN, 0.5]]), None),
        (np.array([[3, 9, 1]], np.uint8), 1),
        (np.array([[0.5]], np.float32), 1),
        (np.array([0.49]), 0),
        (np.array([NAN]), None),
        (np.array(0.9), 1),
        (np.array([2], np.int64), 2),
        (np.array([True]), 1),
        (np.array([b"b"], object), 1),
        (np.array([[b"none of them"]], object), None),
    ],
    ids=repr,
)
def test_the_class_of_a_row_is_that_of_its_output(output: np.ndarray, predicted: int | None) -> None:
    found = ClassJudge("y", [1], NAMES).judge(ONE, {"y": output})
    assert found == Verdict(predicted == 1, 1, predicted)


def test_an_answer_of_several_rows_is_right_if_all_are() -> None:
    judge = ClassJudge("y", [0, 1, 2], NAMES)
    assert judge.judge(TWO, {"y": np.array([0, 1])}) == Verdict(True, 0, 0, ((0, 0), (1, 1)))
    assert judge.judge(range(1, 3), {"y": np.array([1, 0])}) == Verdict(False, 2, 0, ((1, 1), (2, 0)))


@pytest.mark.parametrize("outputs", [{}, {"y": np.zeros(3)}, {"y": np.zeros((0, 3))}, {"y": np.array(1.0)}])
def test_an_answer_without_the_rows_that_were_asked_for_cannot_be_judged(outputs: dict[str, np.ndarray]) -> None:
    for judge in (ClassJudge("y", [0, 0], NAMES), ValueJudge("y", np.zeros(2), 0.1)):
        with pytest.raises(InternalError):
            judge.judge(TWO, outputs)


@pytest.mark.parametrize(
    ("values", "is_right"),
    [([1.0, 200.0], True), ([1.01, 202.0], True), ([1.02, 200.0], False), ([1.0, 203.0], False), ([NAN, 1.0], False)],
)
def test_a_number_is_right_within_the_tolerance_of_1_or_of_itself(values: list[float], is_right: bool) -> None:
    judge = ValueJudge("y", np.array([1.0, 200.0]), 0.0101)
    assert judge.judge(TWO, {"y": np.array(values)}) == Verdict(is_right)


def test_what_has_no_difference_is_the_same_or_wrong() -> None:
    expected = np.array([NAN, np.inf, -np.inf])
    judge = ValueJudge("y", expected[:, None], 0.1)
    assert judge.judge(range(3), {"y": expected}).is_right
    assert not judge.judge(range(3), {"y": -expected}).is_right
    assert not judge.judge(range(3), {"y": np.array([0.0, np.inf, -np.inf])}).is_right


def test_recorded_answers_are_compared_output_by_output() -> None:
    recorded = {"a": np.array([b"x"], object), "b": np.array([[1.0, 2.0]], np.float32)}
    judge = RecordedJudge([recorded, None], 1e-3)
    assert judge.judge(ONE, {**recorded, "more": np.zeros(1)}).is_right
    assert judge.judge(range(1, 2), {}).is_right
    for wrong in ({"a": np.array([b"y"], object)}, {"b": np.array([1.0, 2.0])}, {"b": np.array([[1.0, 2.1]])}):
        assert not judge.judge(ONE, {**recorded, **wrong}).is_right
    assert not judge.judge(ONE, {"a": recorded["a"]}).is_right


def counted(*verdicts: tuple[int, Verdict]) -> TruthCounts:
    counts = TruthCounts.of(Drawn())
    for number, verdict in verdicts:
        counts.add(number, verdict)
    return counts


def test_a_confusion_matrix_counts_rows_and_wrong_answers_are_drawn() -> None:
    first = counted((0, Verdict(True, 1, 1)), (1, Verdict(False, 1, 2)), (101, Verdict(False, 1, 2)))
    second = counted((2, Verdict(False, 2, 0, ((1, 1), (2, 0)))), (3, Verdict(False, 0, None)), (4, Verdict(False)))
    first.merge(pickle.loads(pickle.dumps(second)))
    confusion = first.confusion()
    assert confusion is not None
    assert confusion.counts == ((0, 0, 0), (0, 2, 2), (1, 0, 0))
    assert first.num_wrong == 5
    assert first.misread(Drawn()) == (Misread(1, 1, 2, Picture(1, 1, b"\1")), Misread(2, 2, 0, Picture(1, 1, b"\3")))


def test_of_wrong_answers_those_with_the_lowest_numbers_are_kept() -> None:
    counts = counted(*((number, Verdict(False, 0, 1)) for number in reversed(range(90))))
    assert [misread.number for misread in counts.misread(Drawn())] == list(range(MAX_MISREAD))


def test_answers_that_are_no_classes_or_of_too_many_have_no_matrix() -> None:
    assert counted((0, Verdict(True))).confusion() is None
    names = tuple(map(str, range(MAX_CLASSES + 1)))
    many = TruthCounts(class_names=names, num_requests=10)
    many.add(0, Verdict(False, 1, 200))
    assert many.confusion() is None
    assert len(many.misread(Drawn())) == 1


def test_a_class_beyond_all_is_wrong_and_nothing_more() -> None:
    counts = counted((0, Verdict(False, 1, 7)), (1, Verdict(False, 1, -1)))
    assert (counts.num_wrong, counts.confusion(), counts.misread(Drawn())) == (2, None, ())


@pytest.mark.parametrize(
    ("shape", "size"),
    [((784,), (28, 28)), ((20, 30), (30, 20)), ((1, 8, 9, 3), (9, 8)), ((3, 8, 9), (9, 8)), ((200, 100, 1), (25, 50))],
)
def test_a_row_that_may_be_a_picture_is_drawn_small(shape: tuple[int, ...], size: tuple[int, int]) -> None:
    levels = np.linspace(0, 1, int(np.prod(shape)), dtype=np.float32).reshape(shape)
    picture = to_picture({"x": levels[None]}, 0, num_rows=1)
    assert picture is not None
    assert (picture.width, picture.height) == size
    assert len(picture.pixels) == size[0] * size[1]


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.0, 255.0), (-1.0, 1.0)])
def test_grey_values_are_those_that_are_meant(low: float, high: float) -> None:
    values = np.array([low] * 24 + [high] * 8).reshape(2, 4, 4)
    picture = to_picture({"x": values}, 1, num_rows=2)
    assert picture is not None
    assert (picture.pixels[0], picture.pixels[-1]) == (0, 255)


@pytest.mark.parametrize(
    "value", [np.zeros(8), np.zeros((2, 2)), np.zeros((4, 4, 2)), np.zeros(100), b"text", 3.0, [1.0, 2.0], np.zeros(())]
)
def test_what_is_no_picture_is_not_drawn(value: object) -> None:
    assert to_picture({"x": [value]}, 0, num_rows=1) is None
