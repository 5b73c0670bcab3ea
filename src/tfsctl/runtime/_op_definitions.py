"""What TensorFlow's library knows of its operations."""

from __future__ import annotations

from typing import Any

from tfsctl.protos import OpDef
from tfsctl.runtime._library import Library


class OpDefinitions:
    """The definitions of operations, looked up one by one and kept. For one thread."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._graph = library.ffi.gc(library.lib.TF_NewGraph(), library.lib.TF_DeleteGraph)
        self._found: dict[str, Any] = {}

    def find(self, op: str) -> Any:
        """The OpDef of the operation called `op`; None if TensorFlow has no such operation."""
        if op not in self._found:
            self._found[op] = self._look_up(op)
        return self._found[op]

    def _look_up(self, op: str) -> Any:
        lib = self._library.lib
        buffer, status = lib.TF_NewBuffer(), lib.TF_NewStatus()
        try:
            lib.TF_GraphGetOpDef(self._graph, op.encode(), buffer, status)
            if lib.TF_GetCode(status):
                return None
            return OpDef.FromString(self._library.ffi.buffer(buffer.data, buffer.length)[:])
        finally:
            lib.TF_DeleteStatus(status)
            lib.TF_DeleteBuffer(buffer)
