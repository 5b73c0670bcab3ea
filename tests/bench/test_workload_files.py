"""Inputs from arrays, tables and JSON, with right answers beside them, sent to a real server."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bench.workload_calls import num_right, of_file, verdict, verdicts
from tfsctl.client import Client
from tfsctl.client.pictures import PictureOptions
from tfsctl.mnist import load_test

WORDS = ["two", "zero", "one", "three", "one"]
IDS = [2, 0, 1, 3, 1]  # The model says -1 for `three`.


def weights() -> np.ndarray:
    """Those of the zoo's untrained model of digits."""
    return np.asarray(np.cos(np.outer(np.arange(784), np.arange(1, 11))))


def test_arrays_called_as_the_inputs_are_sent_row_by_row(client: Client, tmp_path: Path) -> None:
    a, b = np.arange(6, dtype=np.float64), np.arange(6, dtype=np.uint8)
    np.savez(tmp_path / "rows.npz", a=a, b=b, unused=np.ones((2, 2)), y=a + b)
    workload = of_file(client, "sum_difference", tmp_path / "rows.npz", output="sum", batch_size=4)
    assert (workload.num_requests, workload.description) == (2, "6 rows of rows.npz, 4 in a request")
    assert workload.request(1) == client.encode_predict("sum_difference", {"a": a[4:], "b": b[4:]})
    assert num_right(client, workload) == 2


def test_labels_are_classes_of_scores_and_any_shape_of_as_many_values_fits(client: Client, tmp_path: Path) -> None:
    digits = load_test(max_digits=40)
    images = np.rint(digits.images * 255).astype(np.uint8).reshape(-1, 28, 28)
    np.savez(tmp_path / "d.npz", x_train=images[:1], x_test=images, y_train=digits.labels[:1], y_test=digits.labels)
    workload = of_file(client, "mnist", tmp_path / "d.npz", pictures=PictureOptions(normalize=True))
    predicted = np.argmax(digits.images @ weights(), axis=1).tolist()
    assert workload.request(3) == client.encode_predict(workload.spec, {"images": digits.images[3:4]})
    assert [(v.expected, v.predicted) for v in verdicts(client, workload)] == list(
        zip(digits.labels.tolist(), predicted, strict=True)
    )


def test_a_label_key_says_which_array_has_the_right_answers(client: Client, tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", words=np.array(WORDS), ids=IDS, labels=np.zeros(5, int))
    workload = of_file(client, "table", tmp_path / "w.npz", label_key="ids")
    found = verdicts(client, workload)
    assert [v.is_right for v in found] == [True, True, True, False, True]
    assert (found[3].expected, found[3].predicted) == (3, -1)


def test_texts_are_classes_of_an_output_of_texts(client: Client, tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", x=np.array([b"cat", b"dog", b"bird"]), label=np.array(["cat", "bird", "bird"]))
    workload = of_file(client, "strings", tmp_path / "t.npz", output="y")
    found = verdicts(client, workload)
    assert workload.class_names == ("bird", "cat")
    assert [(v.is_right, v.expected, v.predicted) for v in found] == [(True, 1, 1), (False, 0, None), (True, 0, 0)]


def test_numbers_are_right_within_the_tolerance(client: Client, tmp_path: Path) -> None:
    x = np.array([0.0, 100.0, 1000.0], np.float32)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", x * 0.5 + 2.0 + [0.009, 0.4, 6.0])
    right = {
        tolerance: [
            v.is_right
            for v in verdicts(
                client,
                of_file(
                    client, "half_plus_two", tmp_path / "x.npy", truth_path=tmp_path / "y.npy", tolerance=tolerance
                ),
            )
        ]
        for tolerance in (None, 0.01, 0.02)
    }
    assert right == {None: [False] * 3, 0.01: [True, True, False], 0.02: [True, True, True]}


def test_one_row_at_a_time_where_the_signature_has_no_batch(client: Client, tmp_path: Path) -> None:
    np.savez(tmp_path / "s.npz", x=np.arange(4.0), y=[1.0, 2.0, 3.0, 5.0])
    workload = of_file(client, "scalar", tmp_path / "s.npz")
    assert workload.request(2) == client.encode_predict("scalar", {"x": 2.0})
    assert [v.is_right for v in verdicts(client, workload)] == [True, True, True, False]


def test_a_signature_for_a_fixed_number_of_rows_gets_as_many(client: Client, tmp_path: Path) -> None:
    np.savez(tmp_path / "s.npz", x=np.arange(4.0), y=np.arange(4.0) / 2 + 2)
    workload = of_file(client, "half_plus_two_tf2", tmp_path / "s.npz")
    assert (workload.num_requests, num_right(client, workload)) == (4, 4)


def test_a_table_may_have_a_column_of_right_answers(client: Client, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,label\n1.5,2,3.5\n4,5,9\n1,1,7\n")
    workload = of_file(client, "sum_difference", tmp_path / "t.csv", output="sum")
    assert [v.is_right for v in verdicts(client, workload)] == [True, True, False]


def test_a_table_whose_columns_are_one_input_keeps_the_label_out(client: Client, tmp_path: Path) -> None:
    digits = load_test(max_digits=3)
    heading = ",".join(["label", *map(str, range(784))])
    lines = [",".join(map(str, [label, *image])) for label, image in zip(digits.labels, digits.images, strict=True)]
    (tmp_path / "d.csv").write_text("\n".join([heading, *lines]))
    workload = of_file(client, "mnist", tmp_path / "d.csv")
    assert workload.request(0) == client.encode_predict(workload.spec, {"images": digits.images[:1]})
    assert [v.expected for v in verdicts(client, workload)] == digits.labels.tolist()


@pytest.mark.parametrize(
    "document",
    [
        {"instances": [{"a": 1.0, "b": 2}, {"a": 3.0, "b": 4}], "labels": [3.0, 8.0]},
        {"inputs": {"a": [1.0, 3.0], "b": [2, 4]}, "labels": [3.0, 8.0]},
    ],
    ids=["row", "columnar"],
)
def test_a_predict_body_may_have_right_answers(client: Client, tmp_path: Path, document: object) -> None:
    (tmp_path / "b.json").write_text(json.dumps(document))
    workload = of_file(client, "sum_difference", tmp_path / "b.json", output="sum")
    assert [v.is_right for v in verdicts(client, workload)] == [True, False]


def test_a_list_of_instances_will_do_and_lines_are_texts(client: Client, tmp_path: Path) -> None:
    (tmp_path / "l.json").write_text("[0, 2, 4]")
    (tmp_path / "w.txt").write_text("\n".join(WORDS))
    (tmp_path / "ids.txt").write_text("\n".join(map(str, IDS)))
    assert num_right(client, of_file(client, "half_plus_two", tmp_path / "l.json")) == 3
    workload = of_file(client, "table", tmp_path / "w.txt", truth_path=tmp_path / "ids.txt")
    assert num_right(client, workload) == 4


def test_lines_of_json_are_requests_as_they_are(client: Client, tmp_path: Path) -> None:
    bodies = [{"instances": [1.0, 2.0]}, {"inputs": {"x": [3.0]}}]
    (tmp_path / "r.jsonl").write_text("\n\n".join(map(json.dumps, bodies)))
    workload = of_file(client, "half_plus_two", tmp_path / "r.jsonl")
    assert (workload.num_requests, workload.checks_answers) == (2, False)
    assert workload.request(0) == client.encode_predict("half_plus_two", {"x": [1.0, 2.0]})
    assert num_right(client, workload) == 2


def test_no_more_rows_are_taken_than_are_sent(client: Client, tmp_path: Path) -> None:
    np.savez(tmp_path / "r.npz", x=np.arange(100.0), y=np.arange(100.0) / 2 + 2)
    for options in ({"num_tests": 3}, {"distinct": 3}):
        workload = of_file(client, "half_plus_two", tmp_path / "r.npz", batch_size=5, **options)
        assert (workload.num_requests, workload.description) == (3, "the first 15 rows of r.npz, 5 in a request")
        assert verdict(client, workload, 2).is_right


def test_one_hot_rows_and_class_names_are_understood(client: Client, tmp_path: Path) -> None:
    digits = load_test(max_digits=6)
    names = tuple(f"digit {number}" for number in range(10))
    np.savez(tmp_path / "h.npz", images=digits.images, labels=np.eye(10)[digits.labels])
    one_hot = of_file(client, "mnist", tmp_path / "h.npz", class_names=names)
    np.savez(tmp_path / "n.npz", images=digits.images, labels=np.array([names[label] for label in digits.labels]))
    named = of_file(client, "mnist", tmp_path / "n.npz", class_names=names)
    assert one_hot.class_names == named.class_names == names
    assert verdicts(client, one_hot) == verdicts(client, named)
