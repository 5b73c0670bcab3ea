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

_PAIR = re.compile(r"([A-Za-z_][\w./:-]*)=(.*)", re.DOTALL)
_BODY_KEYS = {"instances", "inputs"}
_FORMS = "INPUT is JSON such as '[1.0, 2.0]', @FILE (.json, .npy, .npz), - for standard input, or NAME=VALUE."


def looks_like_input(text: str) -> bool:
    """Whether the first argument is an input already, the model's name having been left out."""
    return text == "-" or text[:1] in {"[", "{", "@", '"'} or _PAIR.fullmatch(text) is not None


def read_body(inputs: Sequence[str], *, columnar: bool) -> bytes:
    """The body for what was given; UsageError for what is none of the forms.

    One JSON list is the `instances`, with `columnar` the `inputs`; an object that has either key is the whole body; any
    other value is one instance. `NAME=VALUE` gives whole tensors by name, always in columnar format.
    """
    if len(inputs) == 1 and _PAIR.fullmatch(inputs[0]) is None:
        return _whole_body(_read(inputs[0]), columnar=columnar)
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


def _whole_body(text: bytes, *, columnar: bool) -> bytes:
    value = _parse(text, "INPUT")
    if isinstance(value, dict) and value.keys() & _BODY_KEYS:
        return text
    if columnar:
        return b'{"inputs": ' + text + b"}"
    return b'{"instances": ' + (text if isinstance(value, list) else b"[" + text + b"]") + b"}"


def _member(text: str) -> bytes:
    """`"name": value` of one NAME=VALUE; a value that is not JSON is a string."""
    pair = _PAIR.fullmatch(text)
    if pair is None:
        raise UsageError(f"'{text}' has no name, and it is not the only input.", hint=_FORMS)
    name, value = pair.groups()
    if value.startswith("@") or value == "-":
        encoded = _read(value)
        _parse(encoded, value)
    else:
        encoded = value.encode() if _is_json(value) else json.dumps(value).encode()
    return json.dumps(name).encode() + b": " + encoded


def _read(text: str) -> bytes:
    """The JSON text that one input means."""
    if text == "-":
        return sys.stdin.buffer.read().strip()
    if text.startswith("@"):
        return _read_file(Path(text[1:]))
    return text.encode(errors="surrogateescape").strip()


def _read_file(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}.", hint=_FORMS) from error
    if path.suffix not in {".npy", ".npz"}:
        return content.strip()
    return json.dumps(_read_arrays(path)).encode()


def _read_arrays(path: Path) -> Any:
    """The array of a .npy file as lists; by name, those of a .npz file. Pickled objects are never loaded."""
    import zipfile

    import numpy as np

    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return _lists(loaded)
        with loaded:
            return {"inputs": {name: _lists(loaded[name]) for name in loaded.files}}
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UsageError(f"{path} is not a NumPy file: {error}.") from error


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


def _parse(text: bytes, what: str) -> Any:
    if not text.strip():
        raise UsageError(f"{what} is empty.", hint=_FORMS)
    try:
        return json.loads(text)
    except ValueError as error:
        raise UsageError(f"{what} is not JSON: {error}.", hint=_FORMS) from error


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
