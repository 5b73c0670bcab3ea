"""JSON to tf.Example as TF Serving does it, to the error text (tensorflow-serving.md §6.2): the path that decides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tfsctl.codec import base64_text
from tfsctl.codec.json_dump import dump
from tfsctl.codec.json_tensor import parse_object, read_signature_name
from tfsctl.codec.json_value import JsonObject, JsonValue, base64_of, type_name
from tfsctl.codec.varint import field, varint
from tfsctl.errors import InvalidArgumentError

_MAX_INT64 = 2**63 - 1
_UINT64_MASK = 2**64 - 1
_KINDS: dict[type, str] = {bytes: "bytes", float: "float", int: "int64", bool: "int64"}


def decode_body(body: bytes) -> tuple[str, tuple[bytes, ...]]:
    """The name of the signature, and the serialized examples, each behind the context.

    Raises InvalidArgumentError with TF Serving's text.
    """
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
    return signature_name, tuple([prefix + _example(item) for item in items])


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
