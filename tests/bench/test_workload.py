"""Which inputs a plan sends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pytest

from tfsctl.bench import BenchPlan
from tfsctl.bench.workload import DigitsWorkload, ExampleWorkload, workload_for
from tfsctl.client import Client, ModelMetadata, Prediction
from tfsctl.data_type import DataType
from tfsctl.errors import InvalidArgumentError
from tfsctl.mnist import load_test
from tfsctl.model_spec import ModelSpec
from tfsctl.signature import Signature, TensorSpec

IMAGES = TensorSpec("images:0", DataType.FLOAT, (-1, 784))
SCORES = TensorSpec("scores:0", DataType.FLOAT, (-1, 10))
DIGITS = Signature("predict_images", {"images": IMAGES}, {"scores": SCORES})
DEFAULT = Signature("serving_default", {"a": TensorSpec("a:0", DataType.INT32, (-1, 2))}, {"b": SCORES})


class FakeClient:
    """Knows the signatures of one model; a request is its inputs, a reply the scores, as bytes."""

    def __init__(self, *signatures: Signature) -> None:
        self._signatures = {signature.name: signature for signature in signatures}

    def metadata(self, spec: ModelSpec) -> ModelMetadata:
        return ModelMetadata(spec.name, 1, self._signatures)

    def encode_predict(self, spec: ModelSpec, inputs: dict[str, Any], *, output_filter: Sequence[str] = ()) -> bytes:
        return b"".join(np.asarray(value, np.float32).tobytes() for value in inputs.values())

    def decode_predict(self, spec: ModelSpec, reply: bytes) -> Prediction:
        return Prediction({"scores": np.frombuffer(reply, np.float32).reshape(1, 10)}, spec)


def client(*signatures: Signature) -> Client:
    return cast("Client", FakeClient(*signatures))


def scores_for(digit: int) -> bytes:
    scores = np.zeros(10, np.float32)
    scores[digit] = 1.0
    return scores.tobytes()


def test_mnist_is_sent_the_test_digits_in_the_order_of_the_file() -> None:
    workload = workload_for(BenchPlan(num_tests=20), client(DIGITS, DEFAULT))
    digits = load_test(max_digits=20)
    assert workload.spec == ModelSpec("mnist", signature_name="predict_images")
    assert [workload.request(number) for number in range(20)] == [image.tobytes() for image in digits.images]


def test_an_answer_is_right_if_the_labels_score_is_the_highest() -> None:
    workload = workload_for(BenchPlan(num_tests=3), client(DIGITS))
    labels = load_test(max_digits=3).labels.tolist()
    assert [workload.is_right(number, scores_for(label)) for number, label in enumerate(labels)] == [True] * 3
    assert not workload.is_right(0, scores_for((labels[0] + 1) % 10))


def test_after_the_last_digit_comes_the_first_again() -> None:
    workload = DigitsWorkload(client(DIGITS), ModelSpec("mnist"), num_digits=5)
    assert workload.request(7) == workload.request(2)
    assert workload.is_right(7, scores_for(int(load_test(max_digits=3).labels[2])))


def test_more_tests_than_digits_take_all_digits() -> None:
    workload = DigitsWorkload(client(DIGITS), ModelSpec("mnist"), num_digits=10_500)
    assert workload.request(10_000) == workload.request(0) != workload.request(9_999)


def test_a_model_of_another_name_with_the_signature_is_sent_digits() -> None:
    workload = workload_for(BenchPlan(model="my_digits", num_tests=1), client(DIGITS))
    assert (workload.checks_answers, workload.spec.signature_name) == (True, "predict_images")


def test_mnist_that_takes_no_digits_is_refused_with_a_hint() -> None:
    with pytest.raises(InvalidArgumentError, match="does not take digits") as caught:
        workload_for(BenchPlan(), client(DEFAULT))
    assert "--signature-name" in (caught.value.hint or "")


@pytest.mark.parametrize("plan", [BenchPlan(model="other"), BenchPlan(model="mnist", signature_name="serving_default")])
def test_other_models_and_signatures_are_sent_what_the_signature_takes(plan: BenchPlan) -> None:
    workload = workload_for(plan, client(DEFAULT))
    assert isinstance(workload, ExampleWorkload)
    assert len(workload.request(0)) == 2 * 4
    assert workload.request(0) == workload.request(99)
    assert workload.is_right(0, b"anything")


def test_an_unknown_signature_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidArgumentError, match="not found") as caught:
        workload_for(BenchPlan(model="other", signature_name="s"), client(DEFAULT, DIGITS))
    assert caught.value.hint == "other has the signatures predict_images, serving_default."
