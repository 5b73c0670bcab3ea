"""Classify and Regress over a real gRPC connection: answers, and every refusal of tensorflow-serving.md §6.3."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from serving.example_calls import ExampleCalls, classes_of, example, examples_spec, given, values_of
from serving.grpc_calls import GrpcCalls, connected, model_spec, refusal
from serving.model_directory import serve
from tfsctl.protos import PREDICTION_SERVICE, Example

TWO = given(example(x=2.0), example(x=0.0))


@pytest.fixture(scope="module")
def send(calls: GrpcCalls) -> ExampleCalls:
    return ExampleCalls(calls)


def both(send: ExampleCalls) -> list[Callable[..., Any]]:
    return [send.classify, send.regress]


def test_half_plus_two_regresses(send: ExampleCalls) -> None:
    response = send.regress(
        model_spec("half_plus_two", signature="regress_x_to_y"), given(example(x=80.0), example(x=2.0))
    )
    assert values_of(response.result) == [42.0, 3.0]


def test_half_plus_two_classifies_with_scores_alone(send: ExampleCalls) -> None:
    response = send.classify(model_spec("half_plus_two", signature="classify_x_to_y"), given(example(x=2.0)))
    assert classes_of(response.result) == [[("", 3.0)]]


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ("classify", [[("car", 2.0), ("bus", 0.0)], [("car", 0.0), ("bus", 0.0)]]),
        ("classes", [[("car", 0.0), ("bus", 0.0)]] * 2),
        ("scores", [[("", 2.0), ("", 0.0)], [("", 0.0), ("", 0.0)]]),
        ("classes_and_other", [[("car", 0.0), ("bus", 0.0)]] * 2),
        ("classes_twice", [[("car", 0.0), ("bus", 0.0)]] * 2),
        ("tf2_classify", [[("", 2.0), ("", 0.0)], [("", 0.0), ("", 0.0)]]),
    ],
)
def test_classifications_have_labels_and_scores_where_the_model_gives_them(
    send: ExampleCalls, signature: str, expected: list[Any]
) -> None:
    assert classes_of(send.classify(examples_spec(signature), TWO).result) == expected


@pytest.mark.parametrize("signature", ["regress", "regress_column"])
def test_regressions_may_come_in_a_column(send: ExampleCalls, signature: str) -> None:
    assert values_of(send.regress(examples_spec(signature), TWO).result) == [4.0, 0.0]


@pytest.mark.parametrize("label", [None, "stable"])
def test_the_response_tells_name_version_and_signature_but_never_the_label(
    send: ExampleCalls, label: str | None
) -> None:
    spec = model_spec("half_plus_two", label=label, signature="classify_x_to_y")
    answer = send.classify(spec, given(example(x=2.0))).model_spec
    assert (answer.name, answer.version.value, answer.signature_name) == ("half_plus_two", 1, "classify_x_to_y")
    assert answer.WhichOneof("version_choice") == "version"


def test_an_example_wins_over_its_context(send: ExampleCalls) -> None:
    message = given(example(), example(x=2.0), context=example(x=80.0))
    assert values_of(send.regress(model_spec("half_plus_two", signature="regress_x_to_y"), message).result) == [
        42.0,
        3.0,
    ]


@pytest.mark.parametrize(
    "message", [None, given(), given(context=example(x=1.0))], ids=["no input", "no examples", "context only"]
)
def test_no_examples_are_refused(send: ExampleCalls, message: Any) -> None:
    assert refusal(lambda: send.classify(examples_spec("classify"), message)) == (
        "INVALID_ARGUMENT",
        "Input is empty.",
    )
    assert refusal(lambda: send.regress(examples_spec("regress"), message))[1] == "Input is empty."


def test_the_signature_is_checked_before_the_input(send: ExampleCalls) -> None:
    assert refusal(lambda: send.classify(examples_spec("no"), None))[1] == "No signature was found with the name: no"
    assert refusal(lambda: send.regress(examples_spec("classify"), None))[1] == "Expected one output Tensor."


@pytest.mark.parametrize(
    ("spec", "code", "text"),
    [
        (None, "INVALID_ARGUMENT", "Missing ModelSpec"),
        (model_spec(""), "INVALID_ARGUMENT", "ModelSpec has no name specified."),
        (model_spec("m"), "NOT_FOUND", "Servable not found for request: Latest(m)"),
        (model_spec("examples", 7), "NOT_FOUND", "Servable not found for request: Specific(examples, 7)"),
        (model_spec("examples", label="beta"), "INVALID_ARGUMENT", "Unrecognized servable version label: beta"),
        (model_spec("examples"), "INVALID_ARGUMENT", "No signature was found with the name: serving_default"),
    ],
    ids=["absent", "unnamed", "unknown", "version", "label", "default signature"],
)
def test_a_model_spec_that_means_nothing_is_refused(send: ExampleCalls, spec: Any, code: str, text: str) -> None:
    for method in both(send):
        assert refusal(lambda method=method: method(spec, TWO)) == (code, text)  # type: ignore[misc] # No type in it.


@pytest.mark.parametrize(
    ("signature", "text"),
    [
        ("two_inputs", "Expected one input Tensor."),
        ("three", "Expected one or two output Tensors, found 3"),
        ("other_input", 'No classification inputs found in SignatureDef: inputs {\n  key: "x"\n'),
        (
            "no_known_output",
            (
                'Expected classification signature outputs to contain at least one of "classes" or "scores".'
                ' Signature was: inputs {\n  key: "inputs"\n'
            ),
        ),
        ("scores_of_rank_1", "Expected Tensor shape: [batch_size num_classes] but got [2]"),
        ("scores_of_rank_3", "Expected Tensor shape: [batch_size num_classes] but got [2,2,1]"),
        ("scores_double", "Expected scores Tensor of DT_FLOAT. Got: DT_DOUBLE"),
        ("scores_of_one", "Expected scores output batch size of 2. Got: 1"),
        ("classes_of_rank_1", "Expected Tensor shape: [batch_size num_classes] but got [2]"),
        ("classes_float", "Expected classes Tensor of DT_STRING. Got: DT_FLOAT"),
        ("classes_of_one", "Expected classes output batch size of 2. Got: 1"),
        ("unequal", "Tensors class and score should match in dim_size(1). Got 2 vs. 1"),
    ],
)
def test_what_is_no_classification_is_refused(send: ExampleCalls, signature: str, text: str) -> None:
    code, message = refusal(lambda: send.classify(examples_spec(signature), TWO))
    assert code == "INVALID_ARGUMENT"
    assert message.startswith(text) if text.endswith("\n") else message == text


@pytest.mark.parametrize(
    ("signature", "text"),
    [
        ("two_inputs", "Expected one input Tensor."),
        ("three", "Expected one output Tensor."),
        ("other_input_regress", 'No regression inputs found in SignatureDef: inputs {\n  key: "x"\n'),
        ("no_known_output", 'No regression outputs found in SignatureDef: inputs {\n  key: "inputs"\n'),
        ("wide", "Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got [2,2]"),
        ("scalar", "Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got []"),
        ("one", "Input batch size did not match output batch size: 2 vs. 1"),
        ("double", "Expected output Tensor of DT_FLOAT.  Got: DT_DOUBLE"),
        ("float_input", "Expects arg[0] to be float but string is provided"),
    ],
)
def test_what_is_no_regression_is_refused(send: ExampleCalls, signature: str, text: str) -> None:
    code, message = refusal(lambda: send.regress(examples_spec(signature), TWO))
    assert code == "INVALID_ARGUMENT"
    assert message.startswith(text) if text.endswith("\n") else message == text


def test_the_initialisation_of_a_tf2_model_is_a_signature_without_inputs(send: ExampleCalls) -> None:
    spec = model_spec("half_plus_two_tf2", signature="__saved_model_init_op")
    for method in both(send):
        assert refusal(lambda method=method: method(spec, TWO))[1] == "Expected one input Tensor."  # type: ignore[misc]


def test_a_missing_feature_is_the_graphs_error(send: ExampleCalls) -> None:
    code, text = refusal(lambda: send.regress(examples_spec("regress"), given(example(y=1.0))))
    assert code == "INVALID_ARGUMENT"
    assert text.startswith(
        "Name: <unknown>, Feature: x (data type: float) is required but could not be found.\n\t [[{{node "
    )


def test_a_feature_of_another_kind_is_the_graphs_error(send: ExampleCalls) -> None:
    integer = Example()
    integer.features.feature["x"].int64_list.value.append(1)
    _, text = refusal(lambda: send.regress(examples_spec("regress"), given(integer)))
    assert text.startswith(
        "Name: <unknown>, Key: x, Index: 0.  Data types don't match. Data type: int64 but expected type: float\n"
    )


def test_a_call_past_its_deadline_frees_its_thread(zoo: Path) -> None:
    with serve(zoo / "examples", grpc_max_threads=1) as server, connected(server.grpc_address) as calls:
        send = ExampleCalls(calls)
        minute, moment = given(example(x=60.0)), given(example(x=0.0))
        assert refusal(lambda: send.regress(examples_spec("slow"), minute, timeout=0.2))[0] == "DEADLINE_EXCEEDED"
        assert values_of(send.regress(examples_spec("slow"), moment).result)


def test_method_names_are_checked_where_that_is_asked_for(zoo: Path) -> None:
    with (
        serve(zoo / "examples", enable_signature_method_name_check=True) as server,
        connected(server.grpc_address) as calls,
    ):
        send = ExampleCalls(calls)
        assert classes_of(send.classify(examples_spec("scores"), TWO).result)
        assert values_of(send.regress(examples_spec("regress"), TWO).result) == [4.0, 0.0]
        expected = "Expected {} signature method_name to be tensorflow/serving/{}. Was: tensorflow/serving/{}"
        assert refusal(lambda: send.classify(examples_spec("tf2_classify"), TWO)) == (
            "INVALID_ARGUMENT",
            expected.format("classification", "classify", "predict"),
        )
        # Before the shape of the signature.
        assert refusal(lambda: send.regress(examples_spec("three"), TWO)) == (
            "INVALID_ARGUMENT",
            expected.format("regression", "regress", "classify"),
        )


@pytest.mark.parametrize("method", ["Classify", "Regress", "MultiInference"])
def test_bytes_that_are_no_request_are_an_internal_error(calls: GrpcCalls, method: str) -> None:
    code, text = refusal(lambda: calls.raw(PREDICTION_SERVICE, method, b"\xff\xff\xff"))
    assert code == "INTERNAL"
    assert text.startswith("Exception deserializing request!")
