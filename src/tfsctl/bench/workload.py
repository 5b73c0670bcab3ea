"""What to send and how to judge the answers: digits for MNIST, made-up inputs for any other model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from tfsctl.client.example_inputs import example_inputs
from tfsctl.data_type import DataType
from tfsctl.errors import InvalidArgumentError

if TYPE_CHECKING:
    import numpy as np

    from tfsctl.bench.plan import BenchPlan
    from tfsctl.client import Client, ModelMetadata
    from tfsctl.model_spec import ModelSpec
    from tfsctl.signature import Signature

MNIST = "mnist"
PREDICT_IMAGES = "predict_images"
_IMAGES, _SCORES = "images", "scores"
_PIXELS = 784


class Workload(Protocol):
    """A stream of requests by number, made before the measurement. Thread-safe."""

    @property
    def spec(self) -> ModelSpec:
        """The model and signature that all requests are for."""

    @property
    def checks_answers(self) -> bool:
        """Whether `is_right` can tell."""

    def request(self, number: int) -> bytes:
        """The request to send as the `number`-th, from 0."""

    def is_right(self, number: int, reply: bytes) -> bool:
        """Whether the reply to the `number`-th request is the right answer; True where nobody knows."""


def workload_for(plan: BenchPlan, client: Client) -> Workload:
    """The workload of a plan, encoded for the client's protocol.

    A model called `mnist`, or with MNIST's signature `predict_images`, is sent the test digits, unless the plan names
    another signature. Any other is sent inputs made from its signature.

    Raises:
        InvalidArgumentError: the model has no such signature, or is called mnist and takes no digits.
        TfsctlError: the model cannot be looked up.
    """
    if plan.signature_name in {"", PREDICT_IMAGES}:
        metadata = client.metadata(plan.spec())
        signature = metadata.signatures.get(PREDICT_IMAGES)
        if signature is not None and _takes_digits(signature):
            return DigitsWorkload(client, plan.spec(PREDICT_IMAGES), num_digits=plan.limit)
        if plan.model == MNIST:
            raise _no_digits(metadata)
    return ExampleWorkload(client, plan.spec(), seed=plan.seed)


class DigitsWorkload:
    """The MNIST test digits one by one in the order of the file, as TF Serving's mnist_client sends them (§10.2).

    After the last comes the first again. mnist_client refuses more tests than there are digits.
    """

    checks_answers = True

    def __init__(self, client: Client, spec: ModelSpec, *, num_digits: int | None) -> None:
        from tfsctl.mnist import load_test

        digits = load_test()
        count = len(digits.labels) if num_digits is None else min(num_digits, len(digits.labels))
        self.spec = spec
        self._client = client
        self._labels: list[int] = digits.labels[:count].tolist()
        self._requests = [
            client.encode_predict(spec, {_IMAGES: digits.images[number : number + 1]}, output_filter=())
            for number in range(count)
        ]

    def request(self, number: int) -> bytes:
        """See `Workload.request`."""
        return self._requests[number % len(self._requests)]

    def is_right(self, number: int, reply: bytes) -> bool:
        """Whether the highest score belongs to the digit's label."""
        scores: np.ndarray = self._client.decode_predict(self.spec, reply).outputs[_SCORES]
        return int(scores.argmax()) == self._labels[number % len(self._labels)]


class ExampleWorkload:
    """The same made-up request again and again."""

    checks_answers = False

    def __init__(self, client: Client, spec: ModelSpec, *, seed: int) -> None:
        signatures = client.metadata(spec).signatures
        signature = signatures.get(spec.resolved_signature_name)
        if signature is None:
            raise _no_signature(spec, sorted(signatures))
        self.spec = spec
        self._request = client.encode_predict(spec, example_inputs(signature, seed=seed))

    def request(self, number: int) -> bytes:
        """See `Workload.request`."""
        del number  # All are alike.
        return self._request

    def is_right(self, number: int, reply: bytes) -> bool:
        """See `Workload.is_right`: nobody knows."""
        del number, reply
        return True


def _takes_digits(signature: Signature) -> bool:
    images = signature.inputs.get(_IMAGES)
    return (
        len(signature.inputs) == 1
        and images is not None
        and images.dtype is DataType.FLOAT
        and images.shape in {None, (-1, _PIXELS), (1, _PIXELS)}
        and _SCORES in signature.outputs
    )


def _no_digits(metadata: ModelMetadata) -> InvalidArgumentError:
    return InvalidArgumentError(
        f'Model "{metadata.name}" does not take digits: it has no signature "{PREDICT_IMAGES}" with an input'
        f' "{_IMAGES}" of {_PIXELS} floats and an output "{_SCORES}".',
        hint="Export one with `tfsctl export mnist`, or name a signature with --signature-name to send made-up inputs.",
    )


def _no_signature(spec: ModelSpec, names: Sequence[str]) -> InvalidArgumentError:
    return InvalidArgumentError(
        f'Serving signature name: "{spec.resolved_signature_name}" not found in signature def',
        hint=f"{spec.name} has the signatures {', '.join(names)}.",
    )
