"""The messages of `tensorflow.ProfilerService`, which no Python package has, and those of a trace.

Built by hand, in a pool of their own, with the fields that matter here; others are skipped when a message is read. What
only passes through is `bytes`: a message looks the same on the wire. So do names in traces, which may be any bytes.
"""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

PROFILER_SERVICE = "tensorflow.ProfilerService"

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
    "XEvent": ((1, "metadata_id", _INT64), (3, "duration_ps", _INT64)),
    "XLine": ((4, "events", "XEvent"),),
    "XEventMetadata": ((1, "id", _INT64), (2, "name", _BYTES)),
    # An entry of a map is a message with a key and a value.
    "XEventMetadataEntry": ((1, "key", _INT64), (2, "value", "XEventMetadata")),
    "XPlane": ((2, "name", _BYTES), (3, "lines", "XLine"), (4, "event_metadata", "XEventMetadataEntry")),
    "XSpace": ((1, "planes", "XPlane"),),
}
_REPEATED = frozenset({"events", "lines", "event_metadata", "planes"})


def _file() -> FileDescriptorProto:
    file = FileDescriptorProto(name="tfsctl/serving/profiler.proto", package=_PACKAGE, syntax="proto3")
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
