"""The setting `grpc_channel_arguments` (tensorflow-serving.md §2.3)."""

from __future__ import annotations

import re

from tfsctl.errors import UsageError

_INT = re.compile(r"\s*[+-]?\d+\s*", re.ASCII)
_MAX_INT32 = 2**31 - 1


def parse_channel_arguments(text: str) -> dict[str, int | str]:
    """`name=value,name=value` as gRPC takes it: what fits an int of 32 bits is one, anything else is text.

    The last of several values for a name counts. Raises UsageError for an item without `=`.
    """
    arguments: dict[str, int | str] = {}
    for item in filter(None, text.split(",")):
        name, equals, value = item.partition("=")
        if not (equals and name.strip()):
            raise UsageError(
                f"grpc_channel_arguments: {item!r} is not of the form name=value.",
                hint="Write name=value,name=value, such as grpc.max_concurrent_streams=100.",
            )
        arguments[name.strip()] = _value(value)
    return arguments


def _value(text: str) -> int | str:
    if _INT.fullmatch(text) and -_MAX_INT32 - 1 <= int(text) <= _MAX_INT32:
        return int(text)
    return text
