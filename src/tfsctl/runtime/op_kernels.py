"""On which kinds of devices TensorFlow's library can run which operations."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tfsctl.protos import stand_in_for_tensorflow

if TYPE_CHECKING:
    from tfsctl.runtime._library import Library

# TensorFlow's Python brings code for these when somebody imports it; a server has none, this process or another.
_PYTHON_ONLY = frozenset({"EagerPyFunc", "PyFunc", "PyFuncStateless"})


def find_devices(ops: Iterable[str]) -> dict[str, frozenset[str] | None]:
    """For each operation the types of devices that have code for it (`CPU`, `GPU`, `DEFAULT`); None: it is unknown.

    An operation may be known and have no devices at all. The first call in a process opens TensorFlow's library.

    Raises:
        UnimplementedError: there is no library here.
        InternalError: the system refuses to load it.
    """
    from tfsctl.runtime._library import open_library
    from tfsctl.runtime._op_definitions import OpDefinitions

    library = open_library()
    definitions = OpDefinitions(library)
    kernel_list = _kernel_list_class()
    return {op: _devices(library, kernel_list, op) if definitions.find(op) is not None else None for op in ops}


def _kernel_list_class() -> Any:
    with stand_in_for_tensorflow():
        return import_module("tensorflow.core.framework.kernel_def_pb2").KernelList


def _devices(library: Library, kernel_list: Any, op: str) -> frozenset[str]:
    if op in _PYTHON_ONLY:
        return frozenset()
    lib = library.lib
    status = lib.TF_NewStatus()
    buffer = lib.TF_GetRegisteredKernelsForOp(op.encode(), status)
    try:
        if lib.TF_GetCode(status) or not buffer:
            return frozenset()
        kernels = kernel_list.FromString(library.ffi.buffer(buffer.data, buffer.length)[:]).kernel
        return frozenset(str(kernel.device_type) for kernel in kernels)
    finally:
        if buffer:
            lib.TF_DeleteBuffer(buffer)
        lib.TF_DeleteStatus(status)
