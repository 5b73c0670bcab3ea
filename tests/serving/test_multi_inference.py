"""MultiInference over a real gRPC connection: answers, one run, and every refusal of tensorflow-serving.md §6.4."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from serving.example_calls import (
    ExampleCalls,
    classes_of,
    classify_task,
    example,
    examples_spec,
    given,
    regress_task,
    values_of,
)
from serving.grpc_calls import GrpcCalls, connected, model_spec, refusal
from serving.model_directory import serve
from tfsctl.signature import PREDICT_METHOD_NAME

TWO = given(example(x=2.0), example(x=80.0))


def half(signature: str, version: int | None = None, label: str | None = None) -> Any:
    return model_spec("half_plus_two", version, label, signature)


@pytest.fixture(scope="module")
def send(calls: GrpcCalls) -> ExampleCalls:
    return ExampleCalls(calls)


def test_results_come_in_the_order_of_the_tasks(send: ExampleCalls) -> None:
    tasks = [
        regress_task(half("regress_x_to_y2")),
        classify_task(half("classify_x_to_y")),
        regress_task(half("regress_x_to_y")),
    ]
    first, second, third = send.multi_inference(tasks, TWO).results
    assert values_of(first.regression_result) == [4.0, 43.0]
    assert classes_of(second.classification_result) == [[("", 3.0)], [("", 42.0)]]
    assert values_of(third.regression_result) == [3.0, 42.0]


def test_each_result_tells_its_own_signature_and_the_version_used(send: ExampleCalls) -> None:
    tasks = [regress_task(half("regress_x_to_y", label="stable")), classify_task(half("classify_x_to_y"))]
    specs = [result.model_spec for result in send.multi_inference(tasks, TWO).results]
    assert [(spec.name, spec.version.value, spec.signature_name) for spec in specs] == [
        ("half_plus_two", 1, "regress_x_to_y"),
        ("half_plus_two", 1, "classify_x_to_y"),
    ]
    assert {spec.WhichOneof("version_choice") for spec in specs} == {"version"}


def test_all_tasks_run_at_once(send: ExampleCalls) -> None:
    """The model counts its runs."""
    tasks = [regress_task(examples_spec(name)) for name in ("run_number", "same_run_number")]
    answers = [send.multi_inference(tasks, given(example(x=1.0))).results for _ in range(2)]
    numbers = [[values_of(result.regression_result)[0] for result in results] for results in answers]
    assert numbers == [[numbers[0][0]] * 2, [numbers[0][0] + 1] * 2]


def test_one_task_is_enough(send: ExampleCalls) -> None:
    (result,) = send.multi_inference([classify_task(examples_spec("classify"))], TWO).results
    assert classes_of(result.classification_result)[1] == [("car", 80.0), ("bus", 0.0)]


def test_a_signature_may_be_used_for_the_other_method(send: ExampleCalls) -> None:
    tasks = [classify_task(examples_spec("tf2_classify")), regress_task(examples_spec("regress_column"))]
    first, second = send.multi_inference(tasks, TWO).results
    assert classes_of(first.classification_result)[0] == [("", 2.0), ("", 0.0)]
    assert values_of(second.regression_result) == [4.0, 160.0]


def test_an_example_wins_over_its_context(send: ExampleCalls) -> None:
    message = given(example(), example(x=2.0), context=example(x=80.0))
    (result,) = send.multi_inference([regress_task(half("regress_x_to_y"))], message).results
    assert values_of(result.regression_result) == [42.0, 3.0]


def test_version_and_label_of_later_tasks_are_ignored(send: ExampleCalls) -> None:
    tasks = [
        regress_task(half("regress_x_to_y", 1)),
        regress_task(half("regress_x_to_y2", 7)),
        classify_task(half("classify_x_to_y", label="beta")),
    ]
    results = send.multi_inference(tasks, TWO).results
    assert [result.model_spec.version.value for result in results] == [1, 1, 1]


@pytest.mark.parametrize(
    ("tasks", "code", "text"),
    [
        ([], "INVALID_ARGUMENT", "ModelSpec has no name specified."),
        ([regress_task(None)], "INVALID_ARGUMENT", "ModelSpec has no name specified."),
        ([regress_task(model_spec("m"))], "NOT_FOUND", "Servable not found for request: Latest(m)"),
        (
            [regress_task(half("regress_x_to_y", 7))],
            "NOT_FOUND",
            "Servable not found for request: Specific(half_plus_two, 7)",
        ),
        (
            [regress_task(half("regress_x_to_y")), regress_task(model_spec(""))],
            "INVALID_ARGUMENT",
            "Found ModelSpec with an empty model name.",
        ),
        (
            [regress_task(half("regress_x_to_y")), regress_task(model_spec("m"))],
            "INVALID_ARGUMENT",
            "All ModelSpecs in a MultiInferenceRequest must access the same model name.",
        ),
        (
            [regress_task(half("regress_x_to_y")), classify_task(half("regress_x_to_y"))],
            "INVALID_ARGUMENT",
            "Duplicate evaluation of signature: regress_x_to_y",
        ),
        (
            [(half("nope"), "nonsense")],
            "INVALID_ARGUMENT",
            "Requested signature not found in model graph: nope",
        ),
        (
            [(half(""), PREDICT_METHOD_NAME)],
            "UNIMPLEMENTED",
            "Unsupported signature method_name: tensorflow/serving/predict",
        ),
        ([(half(""), "")], "UNIMPLEMENTED", "Unsupported signature method_name: "),
        (
            [regress_task(examples_spec("regress")), regress_task(examples_spec("three"))],
            "INVALID_ARGUMENT",
            "Expected one output Tensor.",
        ),
        (
            [classify_task(examples_spec("three"))],
            "INVALID_ARGUMENT",
            "Expected one or two output Tensors, found 3",
        ),
        (
            [regress_task(examples_spec("regress")), classify_task(examples_spec("scores_of_one"))],
            "INVALID_ARGUMENT",
            "Expected scores output batch size of 2. Got: 1",
        ),
        (
            [regress_task(examples_spec("double"))],
            "INVALID_ARGUMENT",
            "Expected output Tensor of DT_FLOAT.  Got: DT_DOUBLE",
        ),
    ],
)
def test_tasks_that_do_not_fit_are_refused(
    send: ExampleCalls, tasks: list[tuple[Any, str]], code: str, text: str
) -> None:
    assert refusal(lambda: send.multi_inference(tasks, TWO)) == (code, text)


def test_every_input_tensor_is_fed_the_examples(send: ExampleCalls) -> None:
    """One of the signatures takes floats, and TensorFlow says so."""
    tasks = [regress_task(half("regress_x_to_y")), regress_task(half("regress_x2_to_y3"))]
    code, text = refusal(lambda: send.multi_inference(tasks, TWO))
    assert code == "INVALID_ARGUMENT"
    assert text.endswith("to be float but string is provided")


@pytest.mark.parametrize("message", [None, given(), given(context=example(x=1.0))])
def test_no_examples_are_refused_after_the_tasks_were_checked(send: ExampleCalls, message: Any) -> None:
    good = [regress_task(half("regress_x_to_y"))]
    assert refusal(lambda: send.multi_inference(good, message)) == ("INVALID_ARGUMENT", "Input is empty.")
    assert refusal(lambda: send.multi_inference([*good, *good], message))[1].startswith("Duplicate evaluation")


def test_deadline_and_method_name_check_hold_here_too(zoo: Path) -> None:
    with (
        serve(zoo / "examples", enable_signature_method_name_check=True) as server,
        connected(server.grpc_address) as calls,
    ):
        send = ExampleCalls(calls)
        slow = [regress_task(examples_spec("slow"))]
        late = refusal(lambda: send.multi_inference(slow, given(example(x=60.0)), timeout=0.2))
        assert late[0] == "DEADLINE_EXCEEDED"
        tasks = [regress_task(examples_spec("regress")), classify_task(examples_spec("tf2_classify"))]
        assert refusal(lambda: send.multi_inference(tasks, TWO))[1].startswith("Expected classification signature")
