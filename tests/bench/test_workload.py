"""Which workload a plan means: MNIST's digits, or example values; and what all workloads can."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from bench.workload_calls import made, num_right, verdict, verdicts
from tfsctl.bench import BenchPlan
from tfsctl.bench.workload import InputsPlan, workload_for
from tfsctl.bench.workload.prepared import PreparedWorkload
from tfsctl.bench.workload.request_inputs import ListedInputs
from tfsctl.client import Client
from tfsctl.errors import InternalError, InvalidArgumentError, NotFoundError, TfsctlError
from tfsctl.mnist import load_test
from tfsctl.model_spec import ModelSpec


def expected_digits(count: int) -> list[int]:
    """What the zoo's untrained model takes the first digits for."""
    weights = np.cos(np.outer(np.arange(784), np.arange(1, 11)))
    return [int(digit) for digit in np.argmax(load_test(max_digits=count).images @ weights, axis=1)]


def test_mnist_is_sent_the_test_digits_in_the_order_of_the_file(client: Client) -> None:
    workload = made(client, "mnist", num_tests=20)
    images = load_test(max_digits=20).images
    spec = ModelSpec("mnist", signature_name="predict_images")
    assert workload.spec == spec
    assert [workload.request(n) for n in range(20)] == [
        client.encode_predict(spec, {"images": images[n : n + 1]}) for n in range(20)
    ]


def test_answers_to_digits_are_judged_by_their_labels(client: Client) -> None:
    found = verdicts(client, made(client, "mnist", num_tests=50))
    labels = load_test(max_digits=50).labels.tolist()
    assert [(v.expected, v.predicted) for v in found] == list(zip(labels, expected_digits(50), strict=True))
    assert [v.is_right for v in found] == [v.expected == v.predicted for v in found]


def test_after_the_last_digit_comes_the_first_again(client: Client) -> None:
    workload = made(client, "mnist", num_tests=5)
    assert workload.num_requests == 5
    assert (workload.request(7), workload.picture(7)) == (workload.request(2), workload.picture(2))
    assert verdict(client, workload, 7) == verdict(client, workload, 2)


def test_a_duration_takes_all_digits(client: Client) -> None:
    workload = workload_for(BenchPlan(duration_seconds=1.0), client)
    assert (workload.num_requests, workload.description) == (10_000, "10,000 MNIST test digits")
    assert workload.class_names == tuple("0123456789")
    assert workload.request(10_000) == workload.request(0) != workload.request(9_999)


def test_digits_in_batches_are_judged_row_by_row(client: Client) -> None:
    workload = made(client, "mnist", num_tests=3, batch_size=8)
    labels, expected = load_test(max_digits=24).labels.tolist(), expected_digits(24)
    found = verdict(client, workload, 1)
    assert found.classes == tuple(zip(labels[8:16], expected[8:16], strict=True))
    assert found.is_right == (labels[8:16] == expected[8:16])
    assert (found.expected, found.predicted) in found.classes


def test_a_digit_is_a_picture(client: Client) -> None:
    picture = made(client, "mnist", num_tests=3).picture(1)
    assert picture is not None
    assert (picture.width, picture.height) == (28, 28)
    levels = np.rint(load_test(max_digits=3).images[1] * 255).astype(np.uint8)
    assert picture.pixels == levels.tobytes()


@pytest.mark.parametrize("signature_name", ["", "serving_default"])
def test_another_model_is_sent_example_values_and_nobody_knows_what_is_right(
    client: Client, signature_name: str
) -> None:
    workload = made(client, "half_plus_two", signature_name=signature_name)
    assert (workload.num_requests, workload.checks_answers, workload.class_names) == (1, False, ())
    assert workload.description == "example values for the signature"
    assert num_right(client, workload) == 1
    assert workload.picture(0) is None


def test_mnist_that_takes_no_digits_is_refused_with_a_hint(client: Client) -> None:
    with pytest.raises(NotFoundError):
        made(client, "resnet")
    with pytest.raises(InvalidArgumentError, match="not found in signature def") as caught:
        made(client, "mnist", signature_name="serving_default")
    assert caught.value.hint == "mnist has the signatures predict_images."


def test_requests_beyond_the_memory_that_is_given_them_are_encoded_when_they_are_sent(client: Client) -> None:
    codec = client.predict_codec("half_plus_two")
    inputs = ListedInputs([{"x": [float(n)] * 100} for n in range(50)])
    small, large = (PreparedWorkload(codec, inputs, description="", max_encoded_bytes=n) for n in (2000, 1 << 20))
    assert [small.request(n) for n in range(50)] == [large.request(n) for n in range(50)]
    assert len(pickle.dumps(small)) < len(pickle.dumps(large))


def test_a_reply_that_is_none_is_an_error_that_counts_as_a_failed_call(client: Client) -> None:
    workload = made(client, "mnist", num_tests=1)
    with pytest.raises(TfsctlError):
        workload.judge(0, b"\xff\xff no reply")


def test_an_answer_to_other_rows_cannot_be_judged(client: Client) -> None:
    one, four = (made(client, "mnist", num_tests=1, batch_size=size) for size in (1, 4))
    connection = client.connection(one.spec)
    reply = connection.send(one.request(0), timeout_seconds=20.0)
    connection.close()
    with pytest.raises(InternalError, match="rows of input"):
        four.judge(0, reply)


def test_the_output_of_digits_may_be_named_and_has_to_be_there(client: Client) -> None:
    assert made(client, "mnist", num_tests=1, output="scores").checks_answers
    with pytest.raises(InvalidArgumentError, match='no output "classes"'):
        made(client, "mnist", num_tests=1, output="classes")


def test_a_plan_has_no_inputs_of_its_own_unless_told() -> None:
    assert BenchPlan().inputs == InputsPlan()
