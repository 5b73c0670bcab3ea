"""The messages of `tensorflow.ProfilerService`, which no Python package has, and those of a trace.

Built by hand, in a pool of their own, with the fields that matter here; others are skipped when a message is read. What
only passes through is `bytes`: a message looks the same on the wire. So do names in traces, which may be any bytes.
Entries of maps are plain messages here, and the members of a `oneof` plain fields: on the wire they are the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

PROFILER_SERVICE = "tensorflow.ProfilerService"
# The planes of a trace by what is in them: TensorFlow's operations, when it was made, and the requests (ours).
CPU_PLANE = b"/host:CPU"
TASK_PLANE = b"Task Environment"
REQUEST_PLANE = b"/device:CUSTOM:tfsctl"
SESSION_RUN = "SessionRun"  # TensorFlow's event for one run of a model.
PICOSECONDS_PER_MILLISECOND = 1e9

_PACKAGE = "tensorflow"
_BOOL = FieldDescriptorProto.TYPE_BOOL
_BYTES = FieldDescriptorProto.TYPE_BYTES
_INT32 = FieldDescriptorProto.TYPE_INT32
_INT64 = FieldDescriptorProto.TYPE_INT64
_STRING = FieldDescriptorProto.TYPE_STRING
_UINT32 = FieldDescriptorProto.TYPE_UINT32
_UINT64 = FieldDescriptorProto.TYPE_UINT64

# Field number, name, and a scalar type or the name of a message above.
_MESSAGES: dict[str, tuple[tuple[int, str, int | str], ...]] = {
    # tsl/profiler/protobuf/profiler_options.proto
    "ProfileOptions": (
        (2, "host_tracer_level", _UINT32),
        (3, "device_tracer_level", _UINT32),
        (5, "version", _UINT32),
        (8, "start_timestamp_ns", _UINT64),
        (9, "duration_ms", _UINT64),
        (15, "override_hostname", _STRING),
    ),
    # tsl/profiler/protobuf/profiler_service.proto
    "ProfileRequest": (
        (1, "duration_ms", _UINT64),
        (4, "opts", "ProfileOptions"),
        (5, "repository_root", _STRING),
        (6, "session_id", _STRING),
        (7, "host_name", _STRING),
        (9, "emit_xspace", _BOOL),
    ),
    "ProfileResponse": ((7, "empty_trace", _BOOL), (8, "xspace", _BYTES)),
    "TerminateRequest": ((1, "session_id", _STRING),),
    "TerminateResponse": (),
    "MonitorRequest": ((1, "duration_ms", _UINT64), (2, "monitoring_level", _INT32), (3, "timestamp", _BOOL)),
    "MonitorResponse": ((1, "data", _STRING),),
    # tsl/profiler/protobuf/xplane.proto
    "XStat": (
        (1, "metadata_id", _INT64),
        (3, "uint64_value", _UINT64),
        (4, "int64_value", _INT64),
        (5, "str_value", _BYTES),
        (7, "ref_value", _UINT64),
    ),
    # From the beginning of the line in picoseconds.
    "XEvent": ((1, "metadata_id", _INT64), (2, "offset_ps", _INT64), (3, "duration_ps", _INT64), (4, "stats", "XStat")),
    "XLine": ((1, "id", _INT64), (2, "name", _BYTES), (3, "timestamp_ns", _INT64), (4, "events", "XEvent")),
    "XEventMetadata": ((1, "id", _INT64), (2, "name", _BYTES)),
    "XEventMetadataEntry": ((1, "key", _INT64), (2, "value", "XEventMetadata")),
    "XStatMetadata": ((1, "id", _INT64), (2, "name", _BYTES)),
    "XStatMetadataEntry": ((1, "key", _INT64), (2, "value", "XStatMetadata")),
    "XPlane": (
        (1, "id", _INT64),
        (2, "name", _BYTES),
        (3, "lines", "XLine"),
        (4, "event_metadata", "XEventMetadataEntry"),
        (5, "stat_metadata", "XStatMetadataEntry"),
        (6, "stats", "XStat"),
    ),
    "XSpace": ((1, "planes", "XPlane"), (4, "hostnames", _BYTES)),
}
_REPEATED = frozenset({"events", "lines", "event_metadata", "planes", "stat_metadata", "stats", "hostnames"})


def _file() -> FileDescriptorProto:
    file = FileDescriptorProto(name="tfsctl/profiler.proto", package=_PACKAGE, syntax="proto3")
    for message_name, fields in _MESSAGES.items():
        message = file.message_type.add(name=message_name)
        for number, name, kind in fields:
            field = message.field.add(name=name, number=number, label=FieldDescriptorProto.LABEL_OPTIONAL)
            if name in _REPEATED:
                field.label = FieldDescriptorProto.LABEL_REPEATED
            if isinstance(kind, str):
                field.type = FieldDescriptorProto.TYPE_MESSAGE
                field.type_name = f".{_PACKAGE}.{kind}"
            else:
                field.type = FieldDescriptorProto.Type.ValueType(kind)
    return file


_POOL = DescriptorPool()
_POOL.AddSerializedFile(_file().SerializeToString())


def _message_class(name: str) -> Any:
    return GetMessageClass(_POOL.FindMessageTypeByName(f"{_PACKAGE}.{name}"))


ProfileRequest = _message_class("ProfileRequest")
ProfileResponse = _message_class("ProfileResponse")
TerminateRequest = _message_class("TerminateRequest")
TerminateResponse = _message_class("TerminateResponse")
MonitorRequest = _message_class("MonitorRequest")
MonitorResponse = _message_class("MonitorResponse")
XSpace = _message_class("XSpace")
XPlane = _message_class("XPlane")


def is_operation(event_name: str) -> bool:
    """Operations are called NAME:TYPE; the rest is TensorFlow's own housekeeping."""
    return ":" in event_name and "::" not in event_name


def messages(data: memoryview, number: int) -> Iterator[memoryview]:
    """The fields of a message that have this number and a length."""
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        kind = tag & 7
        if kind == 0:
            _, position = _varint(data, position)
        elif kind == 2:
            size, position = _varint(data, position)
            if tag >> 3 == number:
                yield data[position : position + size]
            position += size
        else:
            position += 8 if kind == 1 else 4


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
