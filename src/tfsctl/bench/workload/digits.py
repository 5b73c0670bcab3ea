"""MNIST's test digits, which come with the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfsctl.data_type import DataType
from tfsctl.errors import InvalidArgumentError, UsageError

if TYPE_CHECKING:
    from tfsctl.bench.workload.inputs_plan import InputsPlan
    from tfsctl.bench.workload.prepared import PreparedWorkload
    from tfsctl.client import ModelMetadata
    from tfsctl.client.predict_codec import PredictCodec
    from tfsctl.signature import Signature

MNIST = "mnist"
PREDICT_IMAGES = "predict_images"
_IMAGES, _SCORES = "images", "scores"
_PIXELS = 784
_CLASS_NAMES = tuple("0123456789")


def digits_workload(codec: PredictCodec, plan: InputsPlan, *, limit: int | None) -> PreparedWorkload:
    """The test digits in the order of the file, as TF Serving's mnist_client sends them (tensorflow-serving.md §10.2).

    After the last comes the first again. mnist_client refuses more tests than there are digits. Raises UsageError for
    an output that is not there, and for more rows in a request than there are digits.
    """
    import numpy as np

    from tfsctl.bench.workload.judge_choice import choose_output
    from tfsctl.bench.workload.judging import ClassJudge
    from tfsctl.bench.workload.levels import Levels
    from tfsctl.bench.workload.prepared import PreparedWorkload
    from tfsctl.bench.workload.request_inputs import RowInputs
    from tfsctl.mnist import load_test

    batch_size = plan.batch_size or 1
    max_requests = plan.max_requests(limit)
    digits = load_test(max_digits=None if max_requests is None else max_requests * batch_size)
    if batch_size > len(digits.labels):
        raise UsageError(
            f"There are {len(digits.labels):,} MNIST test digits, too few for requests of {batch_size:,}.",
            hint="Give a smaller --batch-size.",
        )
    # Back to the bytes of the file, a quarter of the size; as they are sent, they become the same floats again.
    levels = np.rint(digits.images * np.float32(255)).astype(np.uint8)
    inputs = RowInputs(
        columns={_IMAGES: levels},
        batch_size=batch_size,
        num_requests=-(-len(levels) // batch_size),
        levels=Levels(normalize=True),
    )
    labels, names = digits.labels.tolist(), plan.class_names or _CLASS_NAMES
    rows = f", {batch_size} in a request" if batch_size > 1 else ""
    return PreparedWorkload(
        codec,
        inputs,
        description=f"{len(levels):,} MNIST test digits{rows}",
        judge=ClassJudge(choose_output(codec.signature, plan.output or _SCORES, num_classes=10), labels, names),
    )


def takes_digits(signature: Signature | None) -> bool:
    """Whether it is MNIST's `predict_images`: an input of 784 floats, and scores."""
    images = signature.inputs.get(_IMAGES) if signature is not None else None
    return (
        signature is not None
        and len(signature.inputs) == 1
        and images is not None
        and images.dtype is DataType.FLOAT
        and images.shape in {None, (-1, _PIXELS), (1, _PIXELS)}
        and _SCORES in signature.outputs
    )


def no_digits(metadata: ModelMetadata) -> InvalidArgumentError:
    """The error for a model called mnist that takes no digits."""
    return InvalidArgumentError(
        f'Model "{metadata.name}" does not take digits: it has no signature "{PREDICT_IMAGES}" with an input'
        f' "{_IMAGES}" of {_PIXELS} floats and an output "{_SCORES}".',
        hint="Export one with `tfsctl export mnist`, or name a signature with --signature-name to send made-up inputs.",
    )
