"""Answers to classify and regress: as JSON (tensorflow-serving.md §1.10), and as messages (§2.2)."""

from __future__ import annotations

import numpy as np
import pytest

from tfsctl.codec.example import encode_classifications, encode_regressions
from tfsctl.codec.inference_result import Classifications, Regressions
from tfsctl.codec.inference_wire import serialize_multi_inference_response, serialize_response
from tfsctl.errors import InvalidArgumentError
from tfsctl.model_spec import ModelSpec
from tfsctl.protos import ClassificationResponse, MultiInferenceResponse, RegressionResponse

CLASSES = np.array([[b"car", b"bus"], [b"", b"car"]], object)
SCORES = np.array([[0.2, 0.0], [1e-20, 3.0]], np.float32)
SPEC = ModelSpec("m", version=7)


def test_classifications_are_laid_out_as_tf_serving_does() -> None:
    expected = b'{\n    "results": [[["car", 0.2], ["bus", 0.0]], [["", 1e-20], ["car", 3.0]]\n    ]\n}'
    assert encode_classifications(CLASSES, SCORES) == expected


@pytest.mark.parametrize(
    ("classes", "scores", "expected"),
    [
        (None, SCORES[:1], b'[["", 0.2], ["", 0.0]]'),
        (CLASSES[:1], None, b'[["car", 0.0], ["bus", 0.0]]'),
        (None, np.array([[np.nan, -np.inf]], np.float32), b'[["", NaN], ["", -Infinity]]'),
        (np.array([[b'"\xff']], object), None, b'[["\\"\xff", 0.0]]'),
        (None, np.zeros([1, 0], np.float32), b"[]"),
    ],
    ids=["scores", "classes", "not finite", "bytes", "no classes"],
)
def test_what_a_model_does_not_give_is_empty_or_zero(
    classes: np.ndarray | None, scores: np.ndarray | None, expected: bytes
) -> None:
    assert encode_classifications(classes, scores) == b'{\n    "results": [' + expected + b"\n    ]\n}"


def test_regressions_end_on_one_line() -> None:
    assert encode_regressions(np.array([3.5, 4.0], np.float32)) == b'{\n    "results": [3.5, 4.0]\n}'


def test_an_answer_without_results_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"^Cannot convert empty ClassificationResults to JSON$"):
        encode_classifications(None, np.zeros([0, 2], np.float32))
    with pytest.raises(InvalidArgumentError, match=r"^Cannot convert empty RegressionResults to JSON$"):
        encode_regressions(np.zeros([0], np.float32))


@pytest.mark.parametrize(("with_classes", "with_scores"), [(True, True), (True, False), (False, True)])
def test_a_classification_response_reads_back(with_classes: bool, with_scores: bool) -> None:
    result = Classifications(CLASSES if with_classes else None, SCORES if with_scores else None)
    message = ClassificationResponse.FromString(serialize_response(result, SPEC))
    rows = [[(entry.label, entry.score) for entry in row.classes] for row in message.result.classifications]
    labels = [[label.decode() if with_classes else "" for label in row] for row in CLASSES.tolist()]
    scores = SCORES.tolist() if with_scores else [[0.0, 0.0]] * 2
    assert rows == [list(zip(*row, strict=True)) for row in zip(labels, scores, strict=True)]
    assert (message.model_spec.name, message.model_spec.version.value) == ("m", 7)


def test_a_regression_response_reads_back() -> None:
    values = np.array([3.5, 0.0, -1.0], np.float32)
    message = RegressionResponse.FromString(serialize_response(Regressions(values), SPEC))
    assert [regression.value for regression in message.result.regressions] == values.tolist()
    assert message.model_spec.signature_name == "serving_default"


def test_a_label_that_is_no_text_goes_out_as_it_is() -> None:
    response = serialize_response(Classifications(np.array([[b"\xff"]], object), None), SPEC)
    assert b"\x0a\x05\x0a\x03\x0a\x01\xff" in response


def test_no_classes_at_all_is_an_empty_classification() -> None:
    response = serialize_response(Classifications(None, np.zeros([2, 0], np.float32)), SPEC)
    message = ClassificationResponse.FromString(response)
    assert [len(row.classes) for row in message.result.classifications] == [0, 0]


def test_results_of_several_tasks_keep_their_order_and_their_specs() -> None:
    results: list[tuple[Classifications | Regressions, ModelSpec]] = [
        (Regressions(SCORES[:, 1]), ModelSpec("m", version=7, signature_name="a")),
        (Classifications(CLASSES, None), ModelSpec("m", version=7, signature_name="b")),
    ]
    message = MultiInferenceResponse.FromString(serialize_multi_inference_response(results))
    assert [result.WhichOneof("result") for result in message.results] == [
        "regression_result",
        "classification_result",
    ]
    assert [result.model_spec.signature_name for result in message.results] == ["a", "b"]
    assert message.results[0].regression_result.regressions[1].value == 3.0
