"""Classify and regress: what goes in and out, alike over both protocols."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from stub_servers import Reply, grpc_stub, http_stub
from tfsctl.client import Client, connect
from tfsctl.codec.varint import field
from tfsctl.errors import InternalError, InvalidArgumentError, NotFoundError, UnavailableError
from tfsctl.model_spec import ModelSpec

CLASSIFY = ModelSpec("examples", signature_name="classify")
REGRESS = ModelSpec("examples", signature_name="regress")


def test_classify_gives_labels_and_scores_for_each_example(client: Client) -> None:
    answer = client.classify(CLASSIFY, [{"x": 1.5}, {"x": [-2.0]}])
    assert [result.labels for result in answer.results] == [("car", "bus")] * 2
    assert [result.scores.tolist() for result in answer.results] == [[1.5, 0.0], [-2.0, 0.0]]
    assert [result.best for result in answer.results] == ["car", "bus"]
    assert answer.results[0].scores.dtype == np.float32


def test_regress_gives_a_number_for_each_example(client: Client) -> None:
    values = client.regress(REGRESS, [{"x": 1.5}, {"x": np.float32(2)}, {"x": np.array([0.25])}]).values
    assert values.dtype == np.float32
    assert values.tolist() == [3.0, 4.0, 0.5]


def test_one_example_need_not_stand_in_a_list(client: Client) -> None:
    assert client.regress(REGRESS, {"x": 1.5}).values.tolist() == [3.0]
    assert client.regress(REGRESS, iter([{"x": 1.5}])).values.tolist() == [3.0]


def test_a_context_is_for_all_examples_and_an_examples_own_feature_counts(client: Client) -> None:
    assert client.regress(REGRESS, [{}, {"x": 2.0}], context={"x": 7.0}).values.tolist() == [14.0, 4.0]


def test_grpc_tells_which_version_has_answered(grpc: Client) -> None:
    assert grpc.regress(REGRESS, {"x": 1.0}).spec == ModelSpec("examples", version=1, signature_name="regress")
    assert grpc.classify(CLASSIFY, {"x": 1.0}).spec == ModelSpec("examples", version=1, signature_name="classify")


@pytest.mark.parametrize("signature", ["classes", "scores"])
def test_what_a_model_does_not_give_is_empty_or_zero(client: Client, signature: str) -> None:
    answer = client.classify(ModelSpec("examples", signature_name=signature), {"x": 1.5}).results[0]
    assert answer.labels == (("car", "bus") if signature == "classes" else ("", ""))
    assert answer.scores.tolist() == ([0.0, 0.0] if signature == "classes" else [1.5, 0.0])


@pytest.mark.parametrize("body", [{"examples": [{"x": 1.5}, {"x": -0.1}]}, b'{"examples": [{"x": 1e-3}]}'])
@pytest.mark.parametrize("api", ["classify", "regress"])
def test_the_json_answer_is_the_same_over_both_protocols(rest: Client, grpc: Client, api: Any, body: Any) -> None:
    spec = ModelSpec("examples", signature_name=api)
    assert grpc.examples_json(api, spec, body) == rest.examples_json(api, spec, body)


@pytest.mark.parametrize("number", [2, True, np.int64(2)])
def test_a_whole_number_is_an_int64_and_the_hint_says_how_to_write_a_float(client: Client, number: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="Data type: int64 but expected type: float") as caught:
        client.regress(REGRESS, {"x": number})
    assert (caught.value.hint or "").startswith("Write floats with a point, as 2.0")


@pytest.mark.parametrize(("api", "names"), [("classify", "classes, "), ("regress", "double, ")])
def test_a_signature_of_another_kind_gets_those_that_suit(client: Client, api: Any, names: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        client.examples_json(api, ModelSpec("half_plus_two_tf2"), {"examples": [{"x": 1.0}]})
    assert "No signature of half_plus_two_tf2" in (caught.value.hint or "")
    with pytest.raises(InvalidArgumentError) as caught:
        client.examples_json(api, ModelSpec("examples", signature_name="float_input"), {"examples": []})
    assert "an empty array" in caught.value.message
    with pytest.raises(InvalidArgumentError) as caught:
        client.examples_json(api, ModelSpec("examples", signature_name="other_input"), {"examples": [{"x": 1.0}]})
    assert names in (caught.value.hint or "")


def test_an_unknown_model_and_signature_are_told(client: Client) -> None:
    with pytest.raises(NotFoundError) as caught:
        client.classify("exampels", {"x": 1.0})
    assert (caught.value.hint or "").startswith("Did you mean examples?")
    with pytest.raises(InvalidArgumentError, match="No signature was found with the name: clasify") as refused:
        client.classify(ModelSpec("examples", signature_name="clasify"), {"x": 1.0})
    assert (refused.value.hint or "").startswith("Did you mean classify?")


VALUES = {
    "int": 3,
    "bool": [True, False],
    "float": [1.5, float("nan"), float("-inf")],
    "text": "Grüße",
    "bytes": [b"\xff\x00", {"b64": "AQI="}],
    "array": np.array([[1, 2]], dtype=np.int32)[0],
    "texts": np.array(["a", "bc"]),
    "empty": [],
}


def test_every_kind_of_value_is_the_same_example_over_both_protocols(client: Client) -> None:
    """What arrives is asked of a stub that speaks the client's protocol."""
    from tfsctl.client.grpc_examples import examples_request
    from tfsctl.codec.example import parse_examples_body
    from tfsctl.protos import ClassificationRequest, Example

    body = client_body(VALUES)
    message = ClassificationRequest.FromString(
        examples_request("classify", ModelSpec("m"), body).SerializeToString()
    ).input.example_list.examples[0]
    assert message == Example.FromString(parse_examples_body(body).examples[0])
    features = message.features.feature
    assert list(features["int"].int64_list.value) == [3]
    assert list(features["bool"].int64_list.value) == [1, 0]
    assert np.array_equal(features["float"].float_list.value, [1.5, np.nan, -np.inf], equal_nan=True)
    assert list(features["text"].bytes_list.value) == ["Grüße".encode()]
    assert list(features["bytes"].bytes_list.value) == [b"\xff\x00", b"\x01\x02"]
    assert list(features["array"].int64_list.value) == [1, 2]
    assert list(features["texts"].bytes_list.value) == [b"a", b"bc"]
    assert features["empty"].WhichOneof("kind") is None


def client_body(example: Any) -> bytes:
    """What the REST client sends."""
    with http_stub(lambda *_: Reply(body=b'{"results": [1.0]}')) as stub, connect(f"http://{stub.address}") as client:
        client.regress("m", example)
    return stub.requests[0][2]


@pytest.mark.parametrize("value", [None, {"b65": "x"}, {"b64": 3}, [[1.0]], [1.0, None], np.zeros((2, 2)), 1j])
def test_what_is_no_feature_is_refused_before_it_is_sent(value: Any) -> None:
    with connect("http://127.0.0.1:1") as client, pytest.raises(InvalidArgumentError, match='Feature "x" cannot be'):
        client.classify("m", {"x": value})


@pytest.mark.parametrize("examples", [3, "x", b"x", [3], [[{"x": 1.0}]]])
def test_what_is_no_example_is_refused_before_it_is_sent(examples: Any) -> None:
    with connect("http://127.0.0.1:1") as client, pytest.raises(InvalidArgumentError, match="An example is a mapping"):
        client.classify("m", examples)


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"results": 3}', b'{"results": [["a", 1.0]]}', b"nonsense"])
def test_an_answer_that_is_none_is_not_tensorflow_serving(body: bytes) -> None:
    with (
        http_stub(lambda *_: Reply(body=body)) as stub,
        connect(f"http://{stub.address}") as client,
        pytest.raises(UnavailableError, match="not TensorFlow Serving's REST API"),
    ):
        client.classify("m", {"x": 1.0})


def test_a_message_that_is_none_is_internal() -> None:
    with (
        grpc_stub(lambda *_: b"\xff\xff") as port,
        connect(f"grpc://127.0.0.1:{port}") as client,
        pytest.raises(InternalError),
    ):
        client.classify("m", {"x": 1.0})


def test_labels_need_not_be_utf8_over_either_protocol() -> None:
    found = field(1, b"caf\xe9") + b"\x15\x00\x00\x80\x3f"
    reply = field(1, field(1, field(1, found))) + field(2, field(1, b"m"))
    with grpc_stub(lambda *_: reply) as port, connect(f"grpc://127.0.0.1:{port}") as client:
        answer = client.classify("m", {"x": 1.0})
        text = client.examples_json("classify", "m", {"examples": [{"x": 1.0}]})
    assert (answer.results[0].labels, answer.results[0].scores.tolist()) == (("caf\udce9",), [1.0])
    assert b'["caf\xe9", 1.0]' in text
    with http_stub(lambda *_: Reply(body=text)) as stub, connect(f"http://{stub.address}") as client:
        assert client.classify("m", {"x": 1.0}).results[0].labels == ("caf\udce9",)


def test_a_request_line_has_the_method_and_the_body(rest: Client, grpc: Client) -> None:
    body = {"context": {"y": "a"}, "examples": [{"x": 1.5}]}
    line = rest.request_line(CLASSIFY, body, api="classify")
    assert line.startswith("curl -d '{")
    assert line.endswith(":classify")
    message = grpc.request_line(CLASSIFY, body, api="classify")
    assert message.endswith("tensorflow.serving.PredictionService/Classify")
    example = json.loads(message.split("'")[1])["input"]["example_list"]["examples"][0]
    assert example["features"]["feature"].keys() == {"x", "y"}
