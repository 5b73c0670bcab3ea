"""From what stands on the command line after the model's name to the body of a predict request.

The body is that of TensorFlow Serving's REST API (tensorflow-serving.md §1.6). JSON goes into it as it was written, so
that numbers keep their digits.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfsctl.errors import NotFoundError, UsageError
from tfsctl.signature import PREDICT_METHOD_NAME

if TYPE_CHECKING:
    import numpy as np

    from tfsctl.client import Client
    from tfsctl.model_spec import ModelSpec
    from tfsctl.signature import Signature

_PAIR = re.compile(r"([A-Za-z_][\w./:-]*?)(:?=)(.*)", re.DOTALL)
ARRAY_FILE_SUFFIXES = {".npy", ".npz", ".csv", ".txt", ".png", ".jpg", ".jpeg"}
_BODY_KEYS = {"instances", "inputs"}
_FORMS = (
    "INPUT is JSON such as '[1.0, 2.0]', @FILE (.json .npy .npz .csv .txt .png .jpg), - for standard input,"
    " NAME=VALUE, or NAME:=JSON."
)


def looks_like_input(text: str) -> bool:
    """Whether the first argument is an input already, the model's name having been left out."""
    return text == "-" or text[:1] in {"[", "{", "@", '"'} or _PAIR.fullmatch(text) is not None


def is_pair(text: str) -> bool:
    """Whether it is a NAME=VALUE, which is only a part of a request."""
    return _PAIR.fullmatch(text) is not None


def split_pair(text: str) -> tuple[str, str, str] | None:
    """The name, the sign (`=` or `:=`) and the value of a NAME=VALUE; None if it is something else."""
    pair = _PAIR.fullmatch(text)
    return None if pair is None else (pair[1], pair[2], pair[3])


def names_file(text: str) -> bool:
    """Whether an input is `@FILE` or `NAME=@FILE` of a kind that becomes arrays; JSON files do not."""
    pair = split_pair(text)
    value = pair[2] if pair is not None else text
    return value.startswith("@") and Path(value).suffix.lower() in ARRAY_FILE_SUFFIXES


def read_body(inputs: Sequence[str], *, columnar: bool) -> bytes:
    """The body for what was given; UsageError for what is none of the forms.

    One JSON list is the `instances`, with `columnar` the `inputs`; an object that has either key is the whole body; any
    other value is one instance. Several files are the instances of each, one after the other. `NAME=VALUE` gives whole
    tensors by name, always in columnar format; `NAME:=VALUE` insists on JSON.
    """
    if len(inputs) == 1 and _PAIR.fullmatch(inputs[0]) is None:
        what = inputs[0][1:] if inputs[0].startswith("@") else "INPUT"
        return _whole_body(read_input(inputs[0]), what, columnar=columnar)
    if len(inputs) > 1 and not columnar and all(text.startswith("@") for text in inputs):
        return _joined_body(inputs)
    return b'{"inputs": {' + b", ".join(_member(text) for text in inputs) + b"}}"


def choose_example(client: Client, spec: ModelSpec) -> tuple[ModelSpec, bytes]:
    """A request made from a signature of the model: what is sent where no input is given.

    Where the default signature wants tf.Examples, whose features nobody can guess, one that takes tensors is chosen, if
    the model has any and `spec` does not say otherwise.
    """
    from tfsctl.client.example_inputs import example_body

    signatures = client.metadata(spec).signatures
    name = spec.resolved_signature_name
    if not spec.signature_name and not _takes_tensors(signatures.get(name)):
        name = next((other for other in sorted(signatures) if _takes_tensors(signatures[other])), name)
    if name not in signatures:
        raise NotFoundError(f"{spec} has no signature '{name}'.", hint=f"It has: {', '.join(sorted(signatures))}.")
    return replace(spec, signature_name=name), example_body(signatures[name])


def _takes_tensors(signature: Signature | None) -> bool:
    return signature is not None and signature.method_name == PREDICT_METHOD_NAME


def _whole_body(text: bytes, what: str, *, columnar: bool) -> bytes:
    value = parse_json(text, what, forms=_FORMS)
    if isinstance(value, dict) and value.keys() & _BODY_KEYS:
        return text
    if columnar:
        return b'{"inputs": ' + text + b"}"
    return b'{"instances": ' + (text if isinstance(value, list) else b"[" + text + b"]") + b"}"


def _joined_body(files: Sequence[str]) -> bytes:
    rows: list[Any] = []
    for text in files:
        value = parse_json(read_input(text), text[1:], forms=_FORMS)
        if isinstance(value, dict) and "inputs" in value:
            raise UsageError(f"{text[1:]} has whole tensors: such a file goes alone.", hint=_FORMS)
        if isinstance(value, dict) and "instances" in value:
            value = value["instances"]
        rows += value if isinstance(value, list) else [value]
    return json.dumps({"instances": rows}).encode()


def _member(text: str) -> bytes:
    """`"name": value` of one NAME=VALUE; a value that is not JSON is a string."""
    pair = _PAIR.fullmatch(text)
    if pair is None:
        raise UsageError(f"'{text}' has no name, and it is not the only input.", hint=_FORMS)
    name, sign, value = pair.groups()
    if value.startswith("@") or value == "-":
        encoded = read_input(value)
        parse_json(encoded, value, forms=_FORMS)
    elif sign == ":=":
        encoded = value.encode(errors="surrogateescape")
        parse_json(encoded, name, forms="NAME:=VALUE is JSON; NAME=VALUE may be text.")
    else:
        encoded = value.encode() if is_json(value) else json.dumps(value).encode()
    return json.dumps(name).encode() + b": " + encoded


def read_input(text: str) -> bytes:
    """The JSON text that one input means: itself, that of a file, or standard input."""
    if text == "-":
        return sys.stdin.buffer.read().strip()
    if text.startswith("@"):
        return _read_file(Path(text[1:]))
    return text.encode(errors="surrogateescape").strip()


def read_bytes(path: Path) -> bytes:
    """The content of a file that the command line names; UsageError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}.", hint=_FORMS) from error


def _read_file(path: Path) -> bytes:
    content = read_bytes(path)
    if path.suffix not in {".npy", ".npz"}:
        return content.strip()
    return json.dumps(_read_arrays(path)).encode()


def _read_arrays(path: Path) -> Any:
    """The array of a .npy file as lists; by name, those of a .npz file."""
    from tfsctl.client.array_files import read_arrays

    found = read_arrays(path)
    try:
        if isinstance(found, dict):
            return {"inputs": {name: _lists(array) for name, array in found.items()}}
        return _lists(found)
    except ValueError as error:
        raise UsageError(f"{path} is not a NumPy file that can be sent: {error}.") from error


def _lists(array: np.ndarray) -> Any:
    """Nested lists of what JSON can carry; byte strings in TensorFlow Serving's base64 form."""
    if array.dtype.kind == "S":
        flat = [{"b64": base64.b64encode(item).decode()} for item in array.ravel().tolist()]
        return _reshaped(flat, array.shape)
    if array.dtype.kind not in "biufU":
        raise ValueError(f"arrays of {array.dtype} cannot be sent as JSON")
    return array.tolist()


def _reshaped(flat: list[Any], shape: tuple[int, ...]) -> Any:
    if not shape:
        return flat[0]
    step = len(flat) // shape[0] if shape[0] else 0
    return [_reshaped(flat[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])]


def parse_json(text: bytes, what: str, *, forms: str | None) -> Any:
    """The value of a JSON text; UsageError, with the forms that are taken as the hint, if it is none."""
    if not text.strip():
        raise UsageError(f"{what} is empty.", hint=forms)
    try:
        return json.loads(text)
    except ValueError as error:
        raise UsageError(f"{what} is not JSON: {error}.", hint=forms) from error


def is_json(text: str) -> bool:
    """Whether it is a JSON text."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
