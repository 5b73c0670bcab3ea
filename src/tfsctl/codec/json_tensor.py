"""The server's side of REST prediction: request bodies to tensors, tensors and errors to answers.

tensorflow-serving.md §1.4-1.10 and §14 are the specification. See the package's docstring for the two paths.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from tfsctl.codec.json_dump import dump
from tfsctl.codec.json_encode import encode_columns, encode_error, encode_rows
from tfsctl.codec.json_exact import decode_columns, decode_rows
from tfsctl.codec.json_fast import FastBody, NotPlainError
from tfsctl.codec.json_parse import parse_json
from tfsctl.codec.json_value import JsonObject
from tfsctl.errors import InvalidArgumentError
from tfsctl.signature import TensorSpec

__all__ = ["Format", "PredictBody", "encode_error", "encode_predictions", "parse_predict_body"]

try:
    from tfsctl.codec.json_bulk import BulkBody
except ImportError:  # simdjson is not on this platform: large bodies are slower then, not different.
    BulkBody = None  # type: ignore[assignment,misc]  # Stands for "not there".

Tensors = dict[str, np.ndarray]
_MIN_BULK_SIZE = 2048  # Bytes. Below this orjson and numpy are as fast.


class Format(enum.Enum):
    """How a request lists its tensors; the answer mirrors it."""

    ROW = "instances"
    COLUMNAR = "inputs"


class _Quick(Protocol):
    """What the fast paths have in common."""

    document: dict[str, Any]

    def rows(self, instances: Any, specs: Mapping[str, TensorSpec]) -> Tensors: ...
    def columns(self, inputs: Any, specs: Mapping[str, TensorSpec]) -> Tensors: ...


class PredictBody:
    """A parsed predict request whose tensors are not decoded yet: that needs the signature. For use by one thread.

    `signature_name` is "" where the request names none.
    """

    def __init__(self, body: bytes) -> None:
        """Parse; see `parse_predict_body` for what is raised."""
        self._body = body
        self._quick = _quick_parse(body)
        self._exact: JsonObject | None = None
        self.signature_name = self._read_signature_name()

    def inputs(self, specs: Mapping[str, TensorSpec], *, signature_label: str | None = None) -> tuple[Tensors, Format]:
        """The tensors by alias, typed by `specs`; their shapes are not compared with those of the signature.

        `signature_label` stands for the signature in the error of one without inputs; left out it is the requested
        name, or DEFAULT.

        Raises:
            InvalidArgumentError: with TF Serving's text (tensorflow-serving.md §1.5).
            UnimplementedError: an input of a type that JSON cannot express, in columnar format.
        """
        if not specs:
            label = signature_label or self.signature_name or "DEFAULT"
            raise InvalidArgumentError(f"Failed to get input map for signature: {label}")
        if self._quick is not None:
            try:
                return _quick_inputs(self._quick, specs)
            except NotPlainError:
                pass
        return _exact_inputs(self._exact_document(), specs)

    def _read_signature_name(self) -> str:
        if self._quick is not None:
            name = self._quick.document.get("signature_name", "")
            if isinstance(name, str):
                return name
        return read_signature_name(self._exact_document())

    def _exact_document(self) -> JsonObject:
        if self._exact is None:
            self._exact = parse_object(self._body)
        return self._exact


def parse_predict_body(body: bytes) -> PredictBody:
    """Parse a request body and read the name of its signature.

    Raises InvalidArgumentError with TF Serving's text: not JSON, the root is no object, `signature_name` is no string.
    """
    return PredictBody(body)


def encode_predictions(outputs: Mapping[str, np.ndarray], fmt: Format) -> bytes:
    """The answer to a predict request, in the format of that request.

    Arrays of `object` hold `bytes`. Numbers read back to the same value of their type; a small answer is laid out as TF
    Serving does it (tensorflow-serving.md §1.10), a large one is compact.

    Raises InvalidArgumentError: no outputs, a type that JSON cannot express, or outputs that are no rows.
    """
    return encode_rows(outputs) if fmt is Format.ROW else encode_columns(outputs)


def parse_object(body: bytes) -> JsonObject:
    """The root of `body`, which has to be an object; InvalidArgumentError with TF Serving's text otherwise."""
    root = parse_json(body)
    if not isinstance(root, JsonObject):
        raise InvalidArgumentError(f"JSON Value: {dump(root)} Is not object")
    return root


def read_signature_name(document: JsonObject) -> str:
    """The name that a request gives to its signature, "" if none; InvalidArgumentError if that is no string."""
    member = document.find(b"signature_name")
    if member is None:
        return ""
    if not isinstance(member[1], bytes):
        raise InvalidArgumentError(
            f"JSON Value: {dump(document)} not formatted correctly. 'signature_name' key must be a string value."
        )
    return member[1].decode("utf-8", "surrogateescape")


def _quick_parse(body: bytes) -> _Quick | None:
    if len(body) >= _MIN_BULK_SIZE and BulkBody is not None:
        try:
            return BulkBody(body)
        except NotPlainError:
            pass
    try:
        return FastBody(body)
    except NotPlainError:
        return None


def _quick_inputs(quick: _Quick, specs: Mapping[str, TensorSpec]) -> tuple[Tensors, Format]:
    document = quick.document
    if ("instances" in document) == ("inputs" in document):
        raise NotPlainError
    if "inputs" in document:
        return quick.columns(document["inputs"], specs), Format.COLUMNAR
    return quick.rows(document["instances"], specs), Format.ROW


def _exact_inputs(document: JsonObject, specs: Mapping[str, TensorSpec]) -> tuple[Tensors, Format]:
    instances = document.find(b"instances")
    inputs = document.find(b"inputs")
    if instances is not None and inputs is not None:
        raise _body_error(
            document, "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist "
        )
    if inputs is not None:
        return decode_columns(inputs[1], specs), Format.COLUMNAR
    if instances is None:
        raise InvalidArgumentError("Missing 'inputs' or 'instances' key")
    items = instances[1]
    if not isinstance(items, list):
        raise _body_error(document, "Expecting 'instances' to be an list/array")
    if not items:
        raise _body_error(document, "No values in 'instances' array")
    return decode_rows(items, specs), Format.ROW


def _body_error(document: JsonObject, text: str) -> InvalidArgumentError:
    return InvalidArgumentError(f"JSON Value: {dump(document)} {text}")
