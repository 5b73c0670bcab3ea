"""Answers of Classify, Regress and MultiInference over gRPC, as bytes (tensorflow-serving.md §2.2, §2.4).

Written without protobuf, which takes a Python object for each class of each example, and refuses labels that are not
UTF-8: TF Serving sends them as they are.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tfsctl.codec.inference_result import Classifications, Regressions
from tfsctl.codec.model_spec_wire import echo_bytes
from tfsctl.codec.varint import field
from tfsctl.model_spec import ModelSpec

_SCORE_TAG = b"\x15"  # Field 2 of Class, a float.
_VALUE_TAG = b"\x0d"  # Field 1 of Regression, a float.
# A message whose only field is a float, as field 1 of another: tag, length 5, the float's tag; then its four bytes.
_ONE_FLOAT = np.dtype([("head", "S3"), ("float", "<f4")])


def serialize_response(result: Classifications | Regressions, spec: ModelSpec) -> bytes:
    """A serialized ClassificationResponse or RegressionResponse, whose fields have the same numbers.

    `spec` is echoed, with the version that was used; a label never is.
    """
    return field(1, _result_bytes(result)) + field(2, echo_bytes(spec))


def serialize_multi_inference_response(results: Iterable[tuple[Classifications | Regressions, ModelSpec]]) -> bytes:
    """A serialized MultiInferenceResponse: the results of the tasks in their order, each with its spec echoed."""
    return b"".join([field(1, _inference_result(result, spec)) for result, spec in results])


def _inference_result(result: Classifications | Regressions, spec: ModelSpec) -> bytes:
    number = 2 if isinstance(result, Classifications) else 3
    return field(1, echo_bytes(spec)) + field(number, _result_bytes(result))


def _result_bytes(result: Classifications | Regressions) -> bytes:
    """A ClassificationResult or RegressionResult."""
    if isinstance(result, Regressions):
        return _float_messages(result.values, _VALUE_TAG)
    return b"".join([field(1, row) for row in _classification_rows(result)])


def _classification_rows(result: Classifications) -> list[bytes]:
    """For each example its Classifications message."""
    if result.classes is None:
        assert result.scores is not None  # One of the two is there.
        return [_float_messages(row, _SCORE_TAG) for row in result.scores]
    if result.scores is None:
        return [b"".join([field(1, _label(label)) for label in row]) for row in result.classes.tolist()]
    starts: dict[bytes, bytes] = {}  # The same labels come again and again.
    rows = zip(result.classes.tolist(), result.scores.astype("<f4"), strict=True)
    return [_labelled(labels, scores.tobytes(), starts) for labels, scores in rows]


def _labelled(labels: list[bytes], scores: bytes, starts: dict[bytes, bytes]) -> bytes:
    """Class messages, as field 1."""
    return b"".join(
        [
            (starts.get(label) or _add_start(label, starts)) + scores[4 * index : 4 * index + 4]
            for index, label in enumerate(labels)
        ]
    )


def _add_start(label: bytes, starts: dict[bytes, bytes]) -> bytes:
    """All of a Class, as field 1, that comes before the four bytes of its score."""
    return starts.setdefault(label, field(1, _label(label) + _SCORE_TAG + bytes(4))[:-4])


def _label(label: bytes) -> bytes:
    return field(1, label) if label else b""


def _float_messages(values: np.ndarray, tag: bytes) -> bytes:
    """Messages of one float each, as field 1."""
    messages = np.empty(values.shape, _ONE_FLOAT)
    messages["head"] = b"\x0a\x05" + tag
    messages["float"] = values
    return messages.tobytes()
