"""Classify and regress over a real REST connection: answers to the byte, and the order of the checks (§1.10, §14)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from serving.example_calls import post
from serving.model_directory import serve
from tfsctl.serving import Server


@pytest.fixture(scope="module")
def address(server: Server) -> str:
    return server.rest_address


def error(address: str, target: str, body: str) -> tuple[int, str]:
    status, text = post(address, target, body)
    return status, json.loads(text)["error"]


def body(signature: str, *xs: float) -> str:
    return json.dumps({"signature_name": signature, "examples": [{"x": x} for x in xs]})


@pytest.mark.parametrize(
    ("target", "text", "expected"),
    [
        (
            "half_plus_two:classify",
            '{"signature_name": "classify_x_to_y", "examples": [{"x": [2.0]}]}',
            '{\n    "results": [[["", 3.0]]\n    ]\n}',
        ),
        (
            "half_plus_two:regress",
            '{"signature_name": "regress_x_to_y", "examples": [{"x": [80.0]}, {"x": 2.0}]}',
            '{\n    "results": [42.0, 3.0]\n}',
        ),
        (
            "half_plus_two/versions/1:regress",
            '{"signature_name": "regress_x_to_y", "context": {"x": 80.0}, "examples": [{}, {"x": 2.0}]}',
            '{\n    "results": [42.0, 3.0]\n}',
        ),
        (
            "half_plus_two/labels/stable:regress",
            '{"signature_name": "regress_x_to_y2", "examples": [{"x": 2.0}]}',
            '{\n    "results": [4.0]\n}',
        ),
        (
            "examples:classify",
            '{"signature_name": "classify", "examples": [{"x": 0.5}, {"x": 2.0}]}',
            '{\n    "results": [[["car", 0.5], ["bus", 0.0]], [["car", 2.0], ["bus", 0.0]]\n    ]\n}',
        ),
        (
            "examples:classify",
            '{"signature_name": "classes", "examples": [{"x": 0.5}]}',
            '{\n    "results": [[["car", 0.0], ["bus", 0.0]]\n    ]\n}',
        ),
    ],
    ids=["classify", "regress", "context", "label", "labels and scores", "labels"],
)
def test_the_answer_is_tf_servings(address: str, target: str, text: str, expected: str) -> None:
    assert post(address, target, text) == (200, expected)


@pytest.mark.parametrize(
    ("target", "text", "expected"),
    [
        ("m", "", (400, "JSON Parse error: The document is empty")),
        ("m", "{}", (400, "JSON Value: {} When method is classify, key 'examples' is expected and was not found")),
        ("m", '{"examples": [1]}', (400, "Example must be JSON object but got JSON Number")),
        ("m", '{"examples": [{}]}', (404, "Servable not found for request: Latest(m)")),
        ("examples/versions/7", '{"examples": [{}]}', (404, "Servable not found for request: Specific(examples, 7)")),
        ("examples/labels/beta", '{"examples": [{}]}', (400, "Unrecognized servable version label: beta")),
        ("examples", '{"examples": [{}]}', (400, "No signature was found with the name: serving_default")),
        ("examples", body("no", 1.0), (400, "No signature was found with the name: no")),
        ("examples", body("two_inputs", 1.0), (400, "Expected one input Tensor.")),
        ("counter", '{"signature_name": "get_counter", "examples": [{}]}', (400, "Expected one input Tensor.")),
    ],
)
def test_body_model_and_signature_are_checked_in_this_order(
    address: str, target: str, text: str, expected: tuple[int, str]
) -> None:
    for method in ("classify", "regress"):
        assert error(address, f"{target}:{method}", text) == expected


def test_what_comes_out_of_the_graph_is_checked(address: str) -> None:
    text = "Expected scores Tensor of DT_FLOAT. Got: DT_DOUBLE"
    assert error(address, "examples:classify", body("scores_double", 1.0)) == (400, text)
    text = "Input batch size did not match output batch size: 2 vs. 1"
    assert error(address, "examples:regress", body("one", 1.0, 2.0)) == (400, text)


def test_an_integer_does_not_do_for_a_float(address: str) -> None:
    status, text = error(address, "half_plus_two:regress", body("regress_x_to_y", 2))
    assert status == 400
    assert "Data types don't match. Data type: int64 but expected type: float\n" in text


def test_a_request_without_the_json_of_predict_is_not_for_classify(address: str) -> None:
    status, text = error(address, "half_plus_two:classify", '{"instances": [1.0]}')
    assert status == 400
    assert text.endswith("When method is classify, key 'examples' is expected and was not found")


def test_a_long_run_is_cut_and_method_names_are_checked(zoo: Path) -> None:
    with serve(zoo / "examples", rest_api_timeout_seconds=0.2, enable_signature_method_name_check=True) as server:
        assert post(server.rest_address, "examples:regress", body("slow", 60.0))[0] == 504
        text = (
            "Expected classification signature method_name to be tensorflow/serving/classify."
            " Was: tensorflow/serving/predict"
        )
        assert error(server.rest_address, "examples:classify", body("tf2_classify", 1.0)) == (400, text)
