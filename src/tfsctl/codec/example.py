"""REST classify and regress: JSON examples to serialized tf.Example, results to answers (§1.6, §1.10, §6.1, §6.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tfsctl.codec import base64_text
from tfsctl.codec.json_dump import dump
from tfsctl.codec.json_layout import Layout, array_text
from tfsctl.codec.json_tensor import parse_object, read_signature_name
from tfsctl.codec.json_text import quote
from tfsctl.codec.json_value import JsonObject, JsonValue, base64_of, type_name
from tfsctl.codec.varint import field, varint
from tfsctl.errors import InvalidArgumentError

_MAX_INT64 = 2**63 - 1
_UINT64_MASK = 2**64 - 1
_KINDS: dict[type, str] = {bytes: "bytes", float: "float", int: "int64", bool: "int64"}


@dataclass(frozen=True, slots=True)
class ExamplesBody:
    """A classify or regress request: the name of its signature, "" if it has none, and serialized tf.Examples.

    A context is in front of each example, so that a feature that both have is the example's.
    """

    signature_name: str
    examples: tuple[bytes, ...]


def parse_examples_body(body: bytes) -> ExamplesBody:
    """Parse a classify or regress request. Raises InvalidArgumentError with TF Serving's text (§1.5, §6.2)."""
    document = parse_object(body)
    signature_name = read_signature_name(document)
    context = document.find(b"context")
    prefix = b"" if context is None else _example(context[1])
    examples = document.find(b"examples")
    if examples is None:
        raise _body_error(document, "When method is classify, key 'examples' is expected and was not found")
    items = examples[1]
    if not isinstance(items, list):
        raise _body_error(document, "Expecting 'examples' value to be an list/array")
    if not items:
        raise _body_error(document, "'examples' value is an empty array")
    return ExamplesBody(signature_name, tuple([prefix + _example(item) for item in items]))


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


def _body_error(document: JsonObject, text: str) -> InvalidArgumentError:
    return InvalidArgumentError(f"JSON Value: {dump(document)} {text}")


def _example(value: JsonValue) -> bytes:
    """A serialized tf.Example."""
    if not isinstance(value, JsonObject):
        raise InvalidArgumentError(f"Example must be JSON object but got JSON {type_name(value)}")
    # TF Serving takes keys as C strings; of two with the same name the last one counts.
    features = {}
    for key, content in value.members:
        name = key.split(b"\0", 1)[0]
        features[name] = _feature(name, content if isinstance(content, list) else [content])
    entries = [field(1, field(1, name) + field(2, feature)) for name, feature in features.items()]
    return field(1, b"".join(entries))


def _feature(name: bytes, elements: Sequence[JsonValue]) -> bytes:
    """A serialized tensorflow.Feature; one without elements is of no kind."""
    if set(map(type, elements)) == {float}:
        return _float_feature(elements)
    text = name.decode("utf-8", "surrogateescape")
    feature_kind = None
    values = []
    for element in elements:
        kind = _kind(element, text)
        if feature_kind not in {None, kind}:
            raise InvalidArgumentError(f"Unexpected element type in feature: {text} expecting type: {feature_kind}")
        feature_kind = kind
        if kind != "float":  # A mixed list that begins with one ends in an error.
            values.append(_encoded(element, text))
    if feature_kind is None:
        return b""
    # bytes_list is field 1, int64_list field 3; a list of integers is packed.
    return field(1, b"".join(values)) if feature_kind == "bytes" else field(3, field(1, b"".join(values)))


def _float_feature(elements: Sequence[JsonValue]) -> bytes:
    with np.errstate(over="ignore"):
        values = np.array(elements, dtype=np.float64).astype("<f4")
    return field(2, field(1, values.tobytes()))


def _kind(element: JsonValue, name: str) -> str:
    if base64_of(element) is not None:
        return "bytes"
    kind = _KINDS.get(type(element))
    if kind is None:
        raise InvalidArgumentError(f"Feature: {name} has element with unexpected JSON type: {type_name(element)}")
    return kind


def _encoded(element: JsonValue, name: str) -> bytes:
    """An integer or string, as it stands in the list of its kind."""
    if isinstance(element, int):
        if element > _MAX_INT64:
            raise InvalidArgumentError(f"Feature: {name} has uint64_t element. Only int64_t is supported.")
        return varint(element & _UINT64_MASK)
    text = base64_of(element)
    data = element if text is None else base64_text.decode(text)
    if not isinstance(data, bytes):
        raise InvalidArgumentError("Unable to base64 decode")
    return field(1, data)
