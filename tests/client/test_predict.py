"""Predictions over both protocols against the real server."""

from __future__ import annotations

import json
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from tfsctl.client import Client, Prediction
from tfsctl.errors import (
    DeadlineExceededError,
    InvalidArgumentError,
    NotFoundError,
    TfsctlError,
    UnimplementedError,
)
from tfsctl.model_spec import ModelSpec

ARRAYS: dict[str, np.ndarray] = {
    "float32": np.array([[0.1, -0.0], [np.inf, 1e-40]], np.float32),
    "float64": np.array([[1 / 3, 5e-324], [-np.inf, 1e308]]),
    "float16": np.array([0.5, 65504.0, -0.0], np.float16),
    "bfloat16": np.array([0.5, 1.0, -2.0], ml_dtypes.bfloat16),
    "int8": np.array([-128, 127], np.int8),
    "int16": np.array([-32768, 32767], np.int16),
    "int32": np.array([-(2**31), 2**31 - 1], np.int32),
    "int64": np.array([-(2**63), 2**63 - 1], np.int64),
    "uint8": np.array([0, 255], np.uint8),
    "uint16": np.array([0, 65535], np.uint16),
    "uint32": np.array([0, 2**32 - 1], np.uint32),
    "uint64": np.array([0, 2**64 - 1], np.uint64),
    "bool": np.array([True, False]),
    "string": np.array([b"\xff\x00", b"", "ü".encode()], object),
    "complex64": np.array([1 + 2j, -0.5j], np.complex64),
    "complex128": np.array([1 + 2j, 1e300j]),
}
NOT_IN_JSON = {"complex64", "complex128", "uint16"}


@pytest.mark.parametrize("name", ARRAYS)
def test_every_type_comes_back_over_grpc(grpc: Client, name: str) -> None:
    assert_identical(grpc.predict(f"identity_{name}", {"x": ARRAYS[name]}).outputs["y"], ARRAYS[name])


@pytest.mark.parametrize("name", sorted(ARRAYS.keys() - NOT_IN_JSON - {"string"}))
def test_every_type_that_json_has_comes_back_over_rest(rest: Client, name: str) -> None:
    assert_identical(rest.predict(f"identity_{name}", {"x": ARRAYS[name]}).outputs["y"], ARRAYS[name])


@pytest.mark.parametrize("name", sorted(NOT_IN_JSON))
def test_a_type_that_json_does_not_have_is_refused_over_rest(rest: Client, name: str) -> None:
    with pytest.raises((UnimplementedError, InvalidArgumentError)):
        rest.predict(f"identity_{name}", {"x": ARRAYS[name]})


def assert_identical(found: np.ndarray, expected: np.ndarray) -> None:
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    np.testing.assert_array_equal(found, expected)
    if expected.dtype.kind == "f":
        np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))


@pytest.mark.parametrize("shape", [(), (0,), (2, 0), (1, 1, 1, 1)])
def test_every_shape_comes_back(client: Client, shape: tuple[int, ...]) -> None:
    x = np.zeros(shape, np.float32)
    assert client.predict("identity_float32", x).outputs["y"].shape == shape


def test_bytes_come_back_as_they_are_where_the_output_is_base64(client: Client) -> None:
    outputs = client.predict("strings", ["text", b"\xff\x00", b""]).outputs
    assert outputs["y_bytes"].tolist() == [b"text", b"\xff\x00", b""]


def test_the_tutorials_question_gets_its_answer(client: Client) -> None:
    prediction = client.predict("half_plus_two", [1.0, 2.0, 5.0])
    np.testing.assert_array_equal(prediction.outputs["y"], np.array([2.5, 3.0, 4.5], np.float32))


def test_several_inputs_and_outputs_go_by_name(client: Client) -> None:
    outputs = client.predict("sum_difference", {"a": [1.5, 2.0], "b": [1, 2]}).outputs
    assert {alias: array.tolist() for alias, array in outputs.items()} == {"sum": [2.5, 4.0], "difference": [0.5, 0.0]}
    assert {alias: str(array.dtype) for alias, array in outputs.items()} == {"sum": "float32", "difference": "float64"}


def test_output_filter_leaves_the_other_outputs_out(client: Client) -> None:
    outputs = client.predict("sum_difference", {"a": [1.0], "b": [1]}, output_filter=["sum"]).outputs
    assert list(outputs) == ["sum"]


def test_an_unknown_output_in_the_filter_is_refused_in_tf_servings_words(client: Client) -> None:
    expected = r"output tensor alias not found in signature: z Outputs expected to be in the set \{difference,sum\}\."
    with pytest.raises(InvalidArgumentError, match=expected):
        client.predict("sum_difference", {"a": [1.0], "b": [1]}, output_filter=["z"])


@pytest.mark.parametrize(
    "spec", [ModelSpec("half_plus_two", version=1), ModelSpec("half_plus_two", version_label="stable")]
)
def test_a_version_can_be_named_by_number_and_by_label(client: Client, spec: ModelSpec) -> None:
    assert client.predict(spec, [2.0]).outputs["y"].tolist() == [3.0]


def test_a_signature_can_be_named(client: Client) -> None:
    spec = ModelSpec("half_plus_two", signature_name="regress_x2_to_y3")
    assert client.predict(spec, [2.0]).outputs["outputs"].tolist() == [4.0]


def test_grpc_tells_which_version_answered(grpc: Client) -> None:
    assert grpc.predict("half_plus_two", [2.0]).spec == ModelSpec("half_plus_two", 1, None, "serving_default")


def test_a_signature_without_inputs_runs_over_grpc(grpc: Client) -> None:
    assert grpc.predict(ModelSpec("counter", signature_name="get_counter"), {}).outputs["output"].shape == ()


def test_default_inputs_may_be_left_out_over_grpc(grpc: Client) -> None:
    assert grpc.predict("half_plus_two_tf2", {}).outputs["y"].tolist() == [2.0]


def test_messages_beyond_four_mebibytes_pass(client: Client) -> None:
    x = np.arange(1_500_000, dtype=np.float32)
    np.testing.assert_array_equal(client.predict("identity_float32", x).outputs["y"], x)


def test_a_failure_inside_the_model_keeps_tensorflows_words(client: Client) -> None:
    with pytest.raises(InvalidArgumentError, match="x must be positive"):
        client.predict("failing", [-1.0])


def test_a_slow_model_is_a_deadline_exceeded(client: Client) -> None:
    with pytest.raises(DeadlineExceededError):
        client.predict("slow", 2.0, timeout_seconds=0.2)


@pytest.mark.parametrize(
    ("spec", "inputs", "expected"),
    [
        ("resnet", [1.0], (NotFoundError, r"Servable not found for request: Latest\(resnet\)")),
        (ModelSpec("half_plus_two", version=7), [1.0], (NotFoundError, r"Specific\(half_plus_two, 7\)")),
        (ModelSpec("half_plus_two", version_label="new"), [1.0], (InvalidArgumentError, "version label: new")),
        (ModelSpec("half_plus_two", signature_name="s"), [1.0], (InvalidArgumentError, '"s" not found in signature')),
        ("half_plus_two", ["text"], (InvalidArgumentError, 'Input "x" takes float')),
        ("half_plus_two", {"z": [1.0]}, (InvalidArgumentError, "z|x")),
        ("", [1.0], (InvalidArgumentError, "no name")),
        (ModelSpec("m", 1, "stable"), [1.0], (InvalidArgumentError, "exclude each other")),
    ],
)
def test_a_wrong_request_is_refused(
    client: Client, spec: ModelSpec | str, inputs: Any, expected: tuple[type[TfsctlError], str]
) -> None:
    error, message = expected
    with pytest.raises(error, match=message):
        client.predict(spec, inputs)


@pytest.mark.parametrize(
    ("model", "body"),
    [
        ("half_plus_two", b'{"instances": [1.0, 2.0, 5.0]}'),
        ("half_plus_two", b'{"signature_name": "regress_x2_to_y3", "inputs": [[1.0]]}'),
        ("sum_difference", b'{"instances": [{"a": 1.5, "b": 1}, {"a": 2.0, "b": 2}]}'),
        ("sum_difference", b'{"inputs": {"a": [1.5], "b": [1]}}'),
        ("strings", b'{"instances": ["a", {"b64": "/w=="}]}'),
        ("scalar", b'{"inputs": 1.5}'),
    ],
)
def test_predict_json_answers_the_same_over_both_protocols(rest: Client, grpc: Client, model: str, body: bytes) -> None:
    assert lenient(rest.predict_json(model, body)) == lenient(grpc.predict_json(model, body))


def lenient(reply: bytes) -> Any:
    """A reply's values; TF Serving writes strings that are not UTF-8 as they are."""
    return json.loads(reply.decode(errors="replace"))


def test_predict_json_takes_the_signature_of_the_spec_first(client: Client) -> None:
    spec = ModelSpec("half_plus_two", signature_name="regress_x2_to_y3")
    reply = client.predict_json(spec, {"signature_name": "serving_default", "instances": [2.0]})
    assert json.loads(reply) == {"predictions": [4.0]}


@pytest.mark.parametrize("body", [b"{", b"{}", b'{"instances": []}', b'{"instances": ["a"]}', b"[1]"])
def test_predict_json_refuses_a_wrong_body_with_the_same_words(rest: Client, grpc: Client, body: bytes) -> None:
    with pytest.raises(InvalidArgumentError) as over_rest:
        rest.predict_json("half_plus_two", body)
    with pytest.raises(InvalidArgumentError) as over_grpc:
        grpc.predict_json("half_plus_two", body)
    assert over_rest.value.message == over_grpc.value.message


def test_a_prepared_request_is_answered_as_predict_answers(client: Client) -> None:
    request = client.encode_predict("half_plus_two", [1.0, 2.0])
    connection = client.connection("half_plus_two")
    connection.open()
    prediction = client.decode_predict("half_plus_two", connection.send(request, timeout_seconds=20))
    connection.close()
    assert prediction.outputs["y"].tolist() == [2.5, 3.0]


def test_many_threads_share_a_client(client: Client) -> None:
    def ask(number: int) -> Prediction:
        return client.predict("half_plus_two", [float(number)])

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(100)))
    assert [answer.outputs["y"].tolist() for answer in answers] == [[0.5 * number + 2] for number in range(100)]


def test_the_curl_line_sends_the_request(rest: Client) -> None:
    line = rest.request_line(ModelSpec("half_plus_two", 1, None, "serving_default"), b'{"instances": [1.0]}')
    assert line.startswith("curl -d ")
    done = subprocess.run([*shlex.split(line), "-s"], capture_output=True, timeout=30, check=True)
    assert json.loads(done.stdout) == {"predictions": [2.5]}


def test_the_grpcurl_line_holds_the_request_as_json(grpc: Client) -> None:
    words = shlex.split(grpc.request_line("half_plus_two", {"instances": [1.0]}))
    assert words[:3] == ["grpcurl", "-plaintext", "-d"]
    assert words[4:] == [grpc.address.target, "tensorflow.serving.PredictionService/Predict"]
    message = json.loads(words[3])
    assert message["model_spec"]["name"] == "half_plus_two"
    assert message["inputs"]["x"]["dtype"] == "DT_FLOAT"
