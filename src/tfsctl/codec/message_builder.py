"""Protobuf messages that are written down here, where no Python package has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto

STRING = FieldDescriptorProto.TYPE_STRING
BYTES = FieldDescriptorProto.TYPE_BYTES
INT64 = FieldDescriptorProto.TYPE_INT64
FLOAT = FieldDescriptorProto.TYPE_FLOAT


class Repeated(NamedTuple):
    """Several of a scalar type, or of a message by its full name."""

    kind: int | str


class StringMap(NamedTuple):
    """A map from strings to a scalar type."""

    kind: int


Kind = int | str | Repeated | StringMap
# Messages by name; their fields by number, from 1. A message is a field's type by its full name.
Messages = Mapping[str, Sequence[tuple[str, Kind]]]


def file_descriptor(name: str, package: str, messages: Messages, *, imports: Sequence[str] = ()) -> FileDescriptorProto:
    """The descriptor of a .proto file with these messages."""
    file = FileDescriptorProto(name=name, package=package, syntax="proto3", dependency=imports)
    for message_name, fields in messages.items():
        message = file.message_type.add(name=message_name)
        for number, (field_name, kind) in enumerate(fields, start=1):
            if isinstance(kind, StringMap):
                _add_map_entry(message, field_name, kind.kind)
                entries = f"{package}.{message_name}.{message.nested_type[-1].name}"
                _add_field(message, field_name, number, Repeated(entries))
            else:
                _add_field(message, field_name, number, kind)
    return file


def _add_field(message: DescriptorProto, name: str, number: int, kind: int | str | Repeated) -> None:
    field: Any = message.field.add(name=name, number=number, label=FieldDescriptorProto.LABEL_OPTIONAL)
    if isinstance(kind, Repeated):
        field.label = FieldDescriptorProto.LABEL_REPEATED
        kind = kind.kind
    if isinstance(kind, str):
        field.type = FieldDescriptorProto.TYPE_MESSAGE
        field.type_name = f".{kind}"
    else:
        field.type = kind


def _add_map_entry(message: DescriptorProto, map_name: str, kind: int) -> None:
    """A map is a list of entries, which are messages of their own, inside the one that has the map."""
    entry = message.nested_type.add(name="".join(word.title() for word in map_name.split("_")) + "Entry")
    entry.options.map_entry = True
    _add_field(entry, "key", 1, STRING)
    _add_field(entry, "value", 2, kind)
