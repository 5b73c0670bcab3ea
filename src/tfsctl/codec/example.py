"""REST classify and regress: JSON examples to serialized tf.Example, results to answers (§1.6, §1.10, §6.1, §6.2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tfsctl.codec import example_exact, example_fast
from tfsctl.codec.json_fast import NotPlainError
from tfsctl.codec.json_layout import Layout, array_text
from tfsctl.codec.json_text import quote
from tfsctl.errors import InvalidArgumentError


@dataclass(frozen=True, slots=True)
class ExamplesBody:
    """A classify or regress request: the name of its signature, "" if it has none, and serialized tf.Examples.

    A context is in front of each example, so that a feature that both have is the example's.
    """

    signature_name: str
    examples: tuple[bytes, ...]


def parse_examples_body(body: bytes) -> ExamplesBody:
    """Parse a classify or regress request. Raises InvalidArgumentError with TF Serving's text (§1.5, §6.2)."""
    try:
        return ExamplesBody(*example_fast.decode_body(body))
    except NotPlainError:
        return ExamplesBody(*example_exact.decode_body(body))


def encode_classifications(classes: np.ndarray | None, scores: np.ndarray | None) -> bytes:
    """The answer to classify: for each example a list of [label, score].

    Both arrays have the shape [examples, classes]; without `classes` the labels are empty, without `scores` all are 0.
    Raises InvalidArgumentError if there are no examples.
    """
    given = classes if classes is not None else scores
    if given is None or not len(given):
        raise InvalidArgumentError("Cannot convert empty ClassificationResults to JSON")
    labels = np.full(given.shape, b"", dtype=object) if classes is None else classes
    values = np.zeros(given.shape, dtype=np.float32) if scores is None else scores
    rows = [_classification(*pair) for pair in zip(labels, values, strict=True)]
    return b'{\n    "results": [' + b", ".join(rows) + b"\n    ]\n}"


def encode_regressions(values: np.ndarray) -> bytes:
    """The answer to regress: one number for each example, from an array of the shape [examples] or [examples, 1].

    Raises InvalidArgumentError if there are no examples.
    """
    if not values.size:
        raise InvalidArgumentError("Cannot convert empty RegressionResults to JSON")
    return b'{\n    "results": ' + _numbers(values.ravel()) + b"\n}"


def _classification(labels: np.ndarray, scores: np.ndarray) -> bytes:
    texts = _numbers(scores)[1:-1].split(b", ") if len(scores) else []
    classes = [b"[" + quote(label) + b", " + text + b"]" for label, text in zip(labels, texts, strict=True)]
    return b"[" + b", ".join(classes) + b"]"


def _numbers(values: np.ndarray) -> bytes:
    return array_text(np.ascontiguousarray(values), Layout.ONE_LINE, as_base64=False, depth=0)
