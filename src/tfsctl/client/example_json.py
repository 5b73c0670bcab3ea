"""Examples as callers give them to JSON, and answers to classify and regress from it (tensorflow-serving.md §6.2).

Needs no numpy but for arrays.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tfsctl.errors import InvalidArgumentError

if TYPE_CHECKING:
    from tfsctl.client.values import ExampleClasses

# An answer to classify: for each example its labels with their scores; to regress: a number for each example.
ClassRows = list[list[tuple[str, float]]]
_SHOWN_CHARACTERS = 60


def examples_body(examples: Any, context: Mapping[str, Any] | None) -> dict[str, Any]:
    """The body of a classify or regress request for a list of examples, or for one.

    Raises InvalidArgumentError for what cannot be a feature's value.
    """
    given = [examples] if isinstance(examples, Mapping) else examples
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise InvalidArgumentError(
            f"An example is a mapping of features to values, not {type(given).__name__}.", hint="Such as {'x': 1.0}."
        )
    shared = {} if context is None else {"context": _example(context)}
    return {**shared, "examples": [_example(example) for example in given]}


def parse_class_rows(reply: bytes) -> ClassRows:
    """The answer to classify; raises ValueError, TypeError or KeyError if it is something else."""
    return [[(str(label), float(score)) for label, score in row] for row in _results(reply)]


def parse_values(reply: bytes) -> list[float]:
    """The answer to regress; raises as `parse_class_rows`."""
    return [float(value) for value in _results(reply)]


def to_example_classes(rows: ClassRows) -> tuple[ExampleClasses, ...]:
    """The rows with their scores as arrays."""
    import numpy as np

    from tfsctl.client.values import ExampleClasses

    return tuple(
        ExampleClasses(tuple(label for label, _ in row), np.array([score for _, score in row], dtype=np.float32))
        for row in rows
    )


def _results(reply: bytes) -> list[Any]:
    results = json.loads(reply.decode(errors="surrogateescape"))["results"]
    if not isinstance(results, list):
        raise TypeError("'results' is no list")
    return results


def _example(example: Any) -> dict[str, Any]:
    if not isinstance(example, Mapping):
        raise InvalidArgumentError(
            f"An example is a mapping of features to values, not {type(example).__name__}.", hint="Such as {'x': 1.0}."
        )
    return {str(name): _feature(str(name), value) for name, value in example.items()}


def _feature(name: str, value: Any) -> Any:
    """A value, or a list of them, as JSON has it. Arrays come apart; one with a single dimension at most."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_element(name, item) for item in value]
    return _element(name, value)


def _element(name: str, value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"b64": base64.b64encode(value).decode("ascii")}
    is_base64 = isinstance(value, Mapping) and list(value) == ["b64"] and isinstance(value["b64"], str)
    if is_base64 or isinstance(value, (bool, int, float, str)):
        return dict(value) if is_base64 else value
    shown = repr(value)
    shown = shown if len(shown) <= _SHOWN_CHARACTERS else f"{shown[: _SHOWN_CHARACTERS - 1]}…"
    raise InvalidArgumentError(
        f'Feature "{name}" cannot be {shown}.',
        hint="A feature is a number, text or bytes, or a flat list of one of these kinds.",
    )
