"""The tf.Examples of a request, on their way into the graph, which parses them (tensorflow-serving.md §6.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfsctl.errors import InvalidArgumentError


def read_examples(message: Any) -> list[bytes]:
    """The examples of an Input message, each serialized; none if it has none.

    A context goes in front of each example: protobuf merges the two, and of a feature that both have the example's
    counts.
    """
    kind = message.WhichOneof("kind")
    if kind is None:
        return []
    given = getattr(message, kind)
    context = given.context.SerializeToString() if kind == "example_list_with_context" else b""
    return [context + example.SerializeToString() for example in given.examples]


def example_tensor(examples: Sequence[bytes]) -> np.ndarray[Any, Any]:
    """The vector of strings that is fed; raises InvalidArgumentError if there are no examples."""
    if not examples:
        raise InvalidArgumentError("Input is empty.")
    return np.array(examples, dtype=object)
