"""Messages of TF Serving's configuration files that no Python package has.

The descriptors are built here by hand, in a pool of their own: another library in the process may bring the same
messages along. To add one, write its fields down in `_MESSAGES`; one that stands above may be a field's type, and so
may the wrappers that come with protobuf, by their full names.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.wrappers_pb2 import DESCRIPTOR as _WRAPPERS

_PACKAGE = "tensorflow.serving"
_BOOL = FieldDescriptorProto.TYPE_BOOL
_INT64 = FieldDescriptorProto.TYPE_INT64
_STRING = FieldDescriptorProto.TYPE_STRING

_BOOL_VALUE = "google.protobuf.BoolValue"
_INT64_VALUE = "google.protobuf.Int64Value"
_STRING_VALUE = "google.protobuf.StringValue"


class _Repeated(NamedTuple):
    kind: int | str


# Fields by number, from 1: the name, then a scalar type or the name of a message, or several of one.
_MESSAGES: dict[str, tuple[tuple[str, int | str | _Repeated], ...]] = {
    # tensorflow-serving.md §7
    "PrometheusConfig": (("enable", _BOOL), ("path", _STRING)),
    "MonitoringConfig": (("prometheus_config", "PrometheusConfig"),),
    # tensorflow-serving.md §9
    "SSLConfig": (("server_key", _STRING), ("server_cert", _STRING), ("custom_ca", _STRING), ("client_verify", _BOOL)),
    # tensorflow-serving.md §4.1
    "BatchingParameters": (
        ("max_batch_size", _INT64_VALUE),
        ("batch_timeout_micros", _INT64_VALUE),
        ("max_enqueued_batches", _INT64_VALUE),
        ("num_batch_threads", _INT64_VALUE),
        ("thread_pool_name", _STRING_VALUE),
        ("allowed_batch_sizes", _Repeated(_INT64)),
        ("pad_variable_length_inputs", _BOOL),
        ("enable_large_batch_splitting", _BOOL_VALUE),
        ("max_execution_batch_size", _INT64_VALUE),
    ),
}


def _file() -> FileDescriptorProto:
    file = FileDescriptorProto(
        name="tfsctl/serving/config.proto", package=_PACKAGE, syntax="proto3", dependency=[_WRAPPERS.name]
    )
    for message_name, fields in _MESSAGES.items():
        message = file.message_type.add(name=message_name)
        for number, (name, kind) in enumerate(fields, start=1):
            field = message.field.add(name=name, number=number, label=FieldDescriptorProto.LABEL_OPTIONAL)
            if isinstance(kind, _Repeated):
                field.label = FieldDescriptorProto.LABEL_REPEATED
                kind = kind.kind  # noqa: PLW2901 (from here on it is a field like the others)
            if isinstance(kind, str):
                field.type = FieldDescriptorProto.TYPE_MESSAGE
                field.type_name = f".{kind}" if "." in kind else f".{_PACKAGE}.{kind}"
            else:
                field.type = FieldDescriptorProto.Type.ValueType(kind)
    return file


_POOL = DescriptorPool()
_POOL.AddSerializedFile(_WRAPPERS.serialized_pb)
_POOL.AddSerializedFile(_file().SerializeToString())


def _message_class(name: str) -> Any:
    return GetMessageClass(_POOL.FindMessageTypeByName(f"{_PACKAGE}.{name}"))


MonitoringConfigProto = _message_class("MonitoringConfig")
SSLConfigProto = _message_class("SSLConfig")
BatchingParametersProto = _message_class("BatchingParameters")
