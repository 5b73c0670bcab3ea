"""TensorFlow sessions: opened from a SavedModel, freed with their last user, all before the interpreter ends."""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tfsctl.data_type import DataType
from tfsctl.runtime._library import Library
from tfsctl.runtime._run_arguments import unknown_tensor_error
from tfsctl.runtime._session_config import config_proto
from tfsctl.runtime._status import checked_status
from tfsctl.runtime.model import SessionOptions

# How long the interpreter's end waits for runs in other threads, after they were told to stop.
_EXIT_SECONDS = 2.0

# The types of references to variables are those of their values, numbered from here (types.proto).
_FIRST_REFERENCE_TYPE = 100


class Session:
    """A loaded graph with its variables and tables.

    Whoever runs it holds a reference meanwhile; it is freed when the last one goes. So closing a model means to forget
    its session, and needs neither lock nor counter.
    """

    __slots__ = ("__weakref__", "_library", "graph", "pointer")

    def __init__(self, library: Library, pointer: Any, graph: Any) -> None:
        self._library = library
        self.pointer = pointer
        self.graph = graph
        weakref.finalize(self, _delete, library, pointer, graph).atexit = False

    def find(self, tensor_name: str) -> tuple[Any, int, DataType]:
        """The operation, the number of its output, and the type of the tensor called `tensor_name` (`x:0`).

        Raises InvalidArgumentError, as a run in TensorFlow does, if the graph has no such tensor.
        """
        lib = self._library.lib
        name, _, number = tensor_name.partition(":")
        operation = lib.TF_GraphOperationByName(self.graph, name.encode())
        index = int(number) if number.isdecimal() else 0
        if not operation or index >= lib.TF_OperationNumOutputs(operation):
            raise unknown_tensor_error(tensor_name)
        data_type = lib.TF_OperationOutputType({"oper": operation, "index": index})
        return operation, index, DataType.of(data_type % _FIRST_REFERENCE_TYPE)

    def cancel(self) -> None:
        """Tell all runs in progress to stop, and refuse new ones."""
        with checked_status(self._library) as status:
            self._library.lib.TF_CloseSession(self.pointer, status)


def open_session(library: Library, path: Path, tags: Sequence[str], options: SessionOptions) -> Session:
    """Load the SavedModel at `path`, restore its variables and run its init operation; raises what TensorFlow says."""
    ffi, lib = library.ffi, library.lib
    config = config_proto(options)
    texts = [ffi.new("char[]", tag.encode()) for tag in tags]
    graph, session_options = lib.TF_NewGraph(), lib.TF_NewSessionOptions()
    pointer = ffi.NULL
    try:
        with checked_status(library) as status:
            lib.TF_SetConfig(session_options, config, len(config), status)
        with checked_status(library) as status:
            pointer = lib.TF_LoadSessionFromSavedModel(
                session_options, ffi.NULL, os.fsencode(path), texts, len(texts), graph, ffi.NULL, status
            )
        with checked_status(library) as status:
            # Nothing is added to the graph from here on: runs need not look for it.
            lib.TF_ExtendSession(pointer, status)
    except BaseException:
        _delete(library, pointer, graph)
        raise
    finally:
        lib.TF_DeleteSessionOptions(session_options)
    return Session(library, pointer, graph)


def close_all_before_exit(sessions: list[Session]) -> None:
    """Stop and free `sessions`, and empty the list; waits a moment for runs in other threads to let go of theirs."""
    running = []
    while sessions:
        session = sessions.pop()
        session.cancel()
        running.append(weakref.ref(session))
        del session
    end = time.monotonic() + _EXIT_SECONDS
    while any(reference() is not None for reference in running) and time.monotonic() < end:
        time.sleep(0.001)


def _delete(library: Library, pointer: Any, graph: Any) -> None:
    lib = library.lib
    if pointer:
        status = lib.TF_NewStatus()
        lib.TF_DeleteSession(pointer, status)
        lib.TF_DeleteStatus(status)
    lib.TF_DeleteGraph(graph)
