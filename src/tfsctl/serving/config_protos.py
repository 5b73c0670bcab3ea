"""Messages of TF Serving's configuration files that no Python package has.

The descriptors are built here by hand, in a pool of their own: another library in the process may bring the same
messages along. To add one, write its fields down in `_MESSAGES`; one that stands above may be a field's type.
"""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

_PACKAGE = "tensorflow.serving"
_BOOL = FieldDescriptorProto.TYPE_BOOL
_STRING = FieldDescriptorProto.TYPE_STRING

# Fields by number, from 1: the name, then a scalar type or the name of a message.
_MESSAGES: dict[str, tuple[tuple[str, int | str], ...]] = {
    # tensorflow-serving.md §7
    "PrometheusConfig": (("enable", _BOOL), ("path", _STRING)),
    "MonitoringConfig": (("prometheus_config", "PrometheusConfig"),),
}


def _file() -> FileDescriptorProto:
    file = FileDescriptorProto(name="tfsctl/serving/config.proto", package=_PACKAGE, syntax="proto3")
    for message_name, fields in _MESSAGES.items():
        message = file.message_type.add(name=message_name)
        for number, (name, kind) in enumerate(fields, start=1):
            field = message.field.add(name=name, number=number, label=FieldDescriptorProto.LABEL_OPTIONAL)
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


MonitoringConfigProto = _message_class("MonitoringConfig")
