"""What the exact JSON parser returns: Python's own types, but strings as bytes and objects with all their members."""

from __future__ import annotations

from typing import Union


class JsonSyntaxError(Exception):
    """A text is no JSON, at `offset` bytes from its start. Never leaves this package."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class JsonObject:
    """A JSON object: its members in the order they stand, repeated keys included."""

    __slots__ = ("members",)

    def __init__(self, members: list[tuple[bytes, JsonValue]]) -> None:
        self.members = members

    def find(self, key: bytes) -> tuple[bytes, JsonValue] | None:
        """The first member with this key, if there is one; later ones with the same key do not count."""
        for member in self.members:
            if member[0] == key:
                return member
        return None


# Integers and floating-point literals stay apart (`1` is int, `1.0` float); integers beyond 64 bit are floats.
JsonValue = Union[None, bool, int, float, bytes, "list[JsonValue]", JsonObject]

_TYPE_NAMES: dict[type, str] = {
    type(None): "Null",
    JsonObject: "Object",
    list: "Array",
    bytes: "String",
    int: "Number",
    float: "Number",
}


def type_name(value: JsonValue) -> str:
    """The name that error texts give to the type: Null False True Object Array String Number."""
    if isinstance(value, bool):
        return "True" if value else "False"
    return _TYPE_NAMES[type(value)]


def base64_of(value: JsonValue) -> bytes | None:
    """The text inside a `{"b64": "…"}` object, which has exactly that one member; None for everything else."""
    if not isinstance(value, JsonObject) or len(value.members) != 1:
        return None
    key, text = value.members[0]
    return text if key == b"b64" and isinstance(text, bytes) else None
