"""JSON that orjson has parsed to tf.Example, or `NotPlainError` where the exact path has to decide.

It must never understand a body in another way than the exact path does; it may give up on any body.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

from tfsctl.codec import base64_text
from tfsctl.codec.json_fast import FastBody, NotPlainError
from tfsctl.codec.varint import field, varint

_MAX_INT64 = 2**63 - 1
_UINT64_MASK = 2**64 - 1
# What comes before the four bytes of a float, in the value of a map entry: a Feature with a float_list of one.
_ONE_FLOAT_START = field(2, field(2, field(1, bytes(4))))[:-4]
_FLOATS = frozenset({float})
_INTEGERS = frozenset({int, bool})
_STRINGS = frozenset({str, dict})


def decode_body(body: bytes) -> tuple[str, tuple[bytes, ...]]:
    """The name of the signature, and the serialized examples, each behind the context."""
    document = FastBody(body).document
    name = document.get("signature_name", "")
    items = document.get("examples")
    if type(name) is not str or type(items) is not list or not items:
        raise NotPlainError
    key_fields: dict[str, bytes] = {}  # Examples have the same keys, as a rule.
    prefix = _example(document["context"], key_fields) if "context" in document else b""
    return name, tuple([prefix + _example(item, key_fields) for item in items])


def _example(value: Any, key_fields: dict[str, bytes]) -> bytes:
    if type(value) is not dict:
        raise NotPlainError
    entries = []
    for key, content in value.items():
        key_field = key_fields.get(key) or _add_key(key, key_fields)
        if type(content) is float:  # The most frequent kind, in short.
            entries.append(field(1, key_field + _ONE_FLOAT_START + _floats((content,))))
        else:
            feature = _feature(content if type(content) is list else (content,))
            entries.append(field(1, key_field + field(2, feature)))
    return field(1, b"".join(entries))


def _add_key(key: str, key_fields: dict[str, bytes]) -> bytes:
    if "\0" in key:
        raise NotPlainError  # The name ends there, and may be that of another feature.
    return key_fields.setdefault(key, field(1, key.encode()))


def _feature(elements: Sequence[Any]) -> bytes:
    """A serialized tensorflow.Feature: bytes_list is its field 1, float_list 2, int64_list 3."""
    kinds = set(map(type, elements))
    if not kinds:
        return b""
    if kinds <= _FLOATS:
        return field(2, field(1, _floats(elements)))
    if kinds <= _INTEGERS:
        if max(elements) > _MAX_INT64:
            raise NotPlainError
        return field(3, field(1, b"".join([varint(element & _UINT64_MASK) for element in elements])))
    if kinds <= _STRINGS:
        return field(1, b"".join([field(1, _string(element)) for element in elements]))
    raise NotPlainError


def _floats(elements: Sequence[float]) -> bytes:
    try:
        return struct.pack(f"<{len(elements)}f", *elements)
    except OverflowError:  # Beyond float32: infinity to TF Serving.
        raise NotPlainError from None


def _string(value: Any) -> bytes:
    if type(value) is str:
        return value.encode()
    text = value.get("b64")
    if len(value) != 1 or type(text) is not str:
        raise NotPlainError
    data = base64_text.decode(text.encode())
    if data is None:
        raise NotPlainError
    return data
