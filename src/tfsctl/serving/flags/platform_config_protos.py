"""The messages of a platform config file that no Python package has, or has in another pool.

Such files are text, and only the names of fields matter in text; the numbers are TF Serving's as far as they are known.
A file may name any field below; those that this server does not know what to do with are read and left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.any_pb2 import DESCRIPTOR as _ANY
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.wrappers_pb2 import DESCRIPTOR as _WRAPPERS

from tfsctl.protos import ConfigProto
from tfsctl.serving.config_protos import BatchingParametersProto

_PACKAGE = "tensorflow.serving"
_BOOL = FieldDescriptorProto.TYPE_BOOL
_STRING = FieldDescriptorProto.TYPE_STRING
_INT32 = FieldDescriptorProto.TYPE_INT32
_UINT64 = FieldDescriptorProto.TYPE_UINT64
_OPTIONAL, _REPEATED = FieldDescriptorProto.LABEL_OPTIONAL, FieldDescriptorProto.LABEL_REPEATED
_INT32_VALUE = "google.protobuf.Int32Value"

# Message -> field -> number, and type or name of a message.
_MESSAGES: Mapping[str, Mapping[str, tuple[int, int | str]]] = {
    "PlatformConfig": {"source_adapter_config": (1, "google.protobuf.Any")},
    "ModelWarmupOptions": {"num_request_iterations": (1, _INT32_VALUE), "num_model_warmup_threads": (2, _INT32_VALUE)},
    "SessionBundleConfig": {
        "session_target": (1, _STRING),
        "session_config": (2, ConfigProto.DESCRIPTOR.full_name),
        "batching_parameters": (3, BatchingParametersProto.DESCRIPTOR.full_name),
        "session_run_load_threadpool_index": (4, _INT32_VALUE),
        "experimental_transient_ram_bytes_during_load": (5, _UINT64),
        "saved_model_tags": (6, _STRING),
        "enable_model_warmup": (779, _BOOL),
        "model_warmup_options": (780, "tensorflow.serving.ModelWarmupOptions"),
        "enable_session_metadata": (781, _BOOL),
        "remove_unused_fields_from_bundle_metagraph": (782, _BOOL),
        "prefer_tflite_model": (783, _BOOL),
        "num_tflite_interpreters_per_pool": (784, _INT32),
        "num_tflite_pools": (785, _INT32),
        "resource_estimation_uses_validation_result": (786, _BOOL),
        "wrap_session_with_no_threading_params": (787, _BOOL),
        "enable_per_model_batching_params": (788, _BOOL),
    },
    "SavedModelBundleSourceAdapterConfig": {"legacy_config": (1000, "tensorflow.serving.SessionBundleConfig")},
}
_LISTS = {"saved_model_tags"}


def _file() -> FileDescriptorProto:
    dependencies = [_ANY, _WRAPPERS, ConfigProto.DESCRIPTOR.file, BatchingParametersProto.DESCRIPTOR.file]
    file = FileDescriptorProto(
        name="tfsctl/serving/platform_config.proto",
        package=_PACKAGE,
        syntax="proto3",
        dependency=[dependency.name for dependency in dependencies],
    )
    for message_name, fields in _MESSAGES.items():
        message = file.message_type.add(name=message_name)
        for name, (number, kind) in fields.items():
            _add_field(message, name, number, kind)
    _add_map(file.message_type.add(name="PlatformConfigMap"))
    return file


def _add_field(message: Any, name: str, number: int, kind: int | str) -> Any:
    field = message.field.add(name=name, number=number, label=_REPEATED if name in _LISTS else _OPTIONAL)
    if isinstance(kind, str):
        field.type = FieldDescriptorProto.TYPE_MESSAGE
        field.type_name = f".{kind}"
    else:
        field.type = kind
    return field


def _add_map(message: Any) -> None:
    """`map<string, PlatformConfig> platform_configs = 1`, as protobuf spells it out."""
    entry = message.nested_type.add(name="PlatformConfigsEntry")
    entry.options.map_entry = True
    _add_field(entry, "key", 1, _STRING)
    _add_field(entry, "value", 2, f"{_PACKAGE}.PlatformConfig")
    field = _add_field(message, "platform_configs", 1, f"{_PACKAGE}.PlatformConfigMap.PlatformConfigsEntry")
    field.label = _REPEATED


def _add_with_dependencies(pool: DescriptorPool, file: Any, added: set[str]) -> None:
    """Copy a file of descriptors, and what it needs, into `pool`."""
    if file.name in added:
        return
    added.add(file.name)
    for dependency in file.dependencies:
        _add_with_dependencies(pool, dependency, added)
    pool.AddSerializedFile(file.serialized_pb)


def _new_pool() -> DescriptorPool:
    """A pool of its own: another library in the process may bring the same messages along."""
    pool = DescriptorPool()
    added: set[str] = set()
    for file in (_ANY, _WRAPPERS, ConfigProto.DESCRIPTOR.file, BatchingParametersProto.DESCRIPTOR.file):
        _add_with_dependencies(pool, file, added)
    pool.AddSerializedFile(_file().SerializeToString())
    return pool


# Text holds messages of any type by their names: whoever reads it has to say where those are to be found.
PLATFORM_CONFIG_POOL = _new_pool()


def _message_class(name: str) -> Any:
    return GetMessageClass(PLATFORM_CONFIG_POOL.FindMessageTypeByName(f"{_PACKAGE}.{name}"))


PlatformConfigMapProto = _message_class("PlatformConfigMap")
SavedModelBundleSourceAdapterConfigProto = _message_class("SavedModelBundleSourceAdapterConfig")
