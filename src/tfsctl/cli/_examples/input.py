"""From what stands on the command line after the model's name to the body of a classify or regress request.

The body is that of TensorFlow Serving's REST API (tensorflow-serving.md §1.6, §6.2). JSON goes into it as it was
written: `2` and `2.0` are features of different kinds.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tfsctl.cli._predict.input import is_json, parse_json, read_bytes, read_input
from tfsctl.errors import UsageError

_PAIR = re.compile(r"([^\s=:{}\[\]\"@-][^=:{}\[\]\"]*)(:?=)(.*)", re.DOTALL)
_FORMS = (
    "EXAMPLE is JSON such as '{\"x\": 2.0}' or a list of such, @FILE.json, - for standard input,"
    " or NAME=VALUE for each feature of one example."
)
_NOTHING = "No EXAMPLE given, and the features that a model wants do not show in its signature."


def looks_like_example(text: str) -> bool:
    """Whether the first argument is an example already, the model's name having been left out."""
    return text == "-" or text[:1] in {"[", "{", "@"} or _PAIR.fullmatch(text) is not None


def read_examples_body(examples: Sequence[str], *, context: str | None, command: str) -> bytes:
    """The body for what was given; UsageError for what is none of the forms, and for nothing.

    A JSON list is the `examples`; an object that has this key is the whole body; any other object is one example, as
    are all NAME=VALUE together.
    """
    if not examples:
        raise UsageError(_NOTHING, hint=f'Such as: tfsctl {command} MODEL x=2.0, or \'[{{"x": 2.0}}, {{"x": 3.0}}]\'.')
    shared = b"" if context is None else b'"context": ' + _object(context, "--context") + b", "
    if len(examples) == 1 and _PAIR.fullmatch(examples[0]) is None:
        return _body(read_input(examples[0]), shared)
    members = b", ".join(_member(text) for text in examples)
    return b"{" + shared + b'"examples": [{' + members + b"}]}"


def _body(text: bytes, shared: bytes) -> bytes:
    value = parse_json(text, "EXAMPLE", forms=_FORMS)
    if isinstance(value, dict) and "examples" in value:
        if shared:
            raise UsageError("EXAMPLE is a whole request: write the context into it.", hint='As "context": {…}.')
        return text
    if isinstance(value, dict):
        text = b"[" + text + b"]"
    elif not isinstance(value, list):
        raise UsageError("An example is a JSON object of features.", hint=_FORMS)
    return b"{" + shared + b'"examples": ' + text + b"}"


def _object(text: str, what: str) -> bytes:
    content = read_input(text)
    if not isinstance(parse_json(content, what, forms=None), dict):
        raise UsageError(f"{what} is no JSON object.", hint='Such as: --context \'{"country": "NL"}\'.')
    return content


def _member(text: str) -> bytes:
    """`"name": value` of one NAME=VALUE or NAME:=JSON."""
    pair = _PAIR.fullmatch(text)
    if pair is None:
        raise UsageError(f"'{text}' has no name, and it is not the only EXAMPLE.", hint=_FORMS)
    name, sign, value = pair.groups()
    return json.dumps(name).encode() + b": " + _value(value, must_be_json=sign == ":=", name=name)


def _value(text: str, *, must_be_json: bool, name: str) -> bytes:
    if text.startswith("@") and Path(text).suffix not in {".json", ".npy"}:
        return json.dumps(_base64(read_bytes(Path(text[1:])))).encode()
    if text.startswith("@") or text == "-":
        encoded = read_input(text)
        parse_json(encoded, text, forms=_FORMS)
        return encoded
    if must_be_json:
        parse_json(_bytes(text), name, forms="NAME:=VALUE is JSON; NAME=VALUE may be text.")
        return _bytes(text)
    return _bytes(text if is_json(text) else json.dumps(text, ensure_ascii=False))


def _bytes(text: str) -> bytes:
    """An argument as it was given: bytes that are not UTF-8 go on as they are."""
    return text.encode(errors="surrogateescape")


def _base64(content: bytes) -> dict[str, Any]:
    return {"b64": base64.b64encode(content).decode("ascii")}
