"""The least that running a SavedModel can cost: TensorFlow's C API through cffi, with nothing checked.

One float32 input, one float32 output, in the calling thread. A yardstick for ratios, not a runtime.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import cffi
import numpy as np

ffi: Any = cffi.FFI()
ffi.cdef(
    """
    typedef struct TF_Buffer { const void* data; size_t length; void (*deallocator)(void*, size_t); } TF_Buffer;
    typedef struct TF_Output { void* operation; int index; } TF_Output;
    void* TF_NewStatus(void); void TF_DeleteStatus(void*); int TF_GetCode(void*); const char* TF_Message(void*);
    void* TF_NewGraph(void); void* TF_NewSessionOptions(void);
    TF_Buffer* TF_NewBuffer(void); TF_Buffer* TF_NewBufferFromString(const void*, size_t);
    void* TF_LoadSessionFromSavedModel(
        void*, TF_Buffer*, const char*, const char* const*, int, void*, TF_Buffer*, void*);
    void* TF_GraphOperationByName(void*, const char*);
    void* TF_AllocateTensor(int, const int64_t*, int, size_t);
    void* TF_TensorData(void*); size_t TF_TensorByteSize(void*);
    void TF_DeleteTensor(void*); int TF_NumDims(void*); int64_t TF_Dim(void*, int);
    void TF_SessionRun(
        void*, TF_Buffer*, TF_Output*, void**, int, TF_Output*, void**, int, void*, int, TF_Buffer*, void*);
    """
)
FLOAT = 1
RUN_IN_CALLING_THREAD = bytes([0x18] + [0xFF] * 9 + [0x01])  # RunOptions.inter_op_thread_pool = -1


def _library() -> Any:
    spec = importlib.util.find_spec("tensorflow")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    name = "libtensorflow_cc.2.dylib" if sys.platform == "darwin" else "libtensorflow_cc.so.2"
    return ffi.dlopen(str(Path(next(iter(spec.submodule_search_locations))) / name))


tf = _library()


class BareModel:
    """A loaded SavedModel that is fed and fetched by operation names."""

    def __init__(self, path: str, feed: str, fetch: str) -> None:
        status, graph = tf.TF_NewStatus(), tf.TF_NewGraph()
        tag = ffi.new("char[]", b"serve")
        self._session = tf.TF_LoadSessionFromSavedModel(
            tf.TF_NewSessionOptions(),
            ffi.NULL,
            path.encode(),
            ffi.new("char*[]", [tag]),
            1,
            graph,
            tf.TF_NewBuffer(),
            status,
        )
        assert tf.TF_GetCode(status) == 0, ffi.string(tf.TF_Message(status))
        self._feed = ffi.new("TF_Output*", [tf.TF_GraphOperationByName(graph, feed.encode()), 0])
        self._fetch = ffi.new("TF_Output*", [tf.TF_GraphOperationByName(graph, fetch.encode()), 0])
        self._options = tf.TF_NewBufferFromString(RUN_IN_CALLING_THREAD, len(RUN_IN_CALLING_THREAD))

    def run(self, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The output for a float32 array of any shape."""
        status = tf.TF_NewStatus()
        tensor = tf.TF_AllocateTensor(FLOAT, x.shape, x.ndim, x.nbytes)
        ffi.memmove(tf.TF_TensorData(tensor), ffi.from_buffer(x), x.nbytes)
        out = ffi.new("void*[1]")
        tf.TF_SessionRun(
            self._session, self._options, self._feed, ffi.new("void*[1]", [tensor]), 1,
            self._fetch, out, 1, ffi.NULL, 0, ffi.NULL, status,
        )  # fmt: skip
        assert tf.TF_GetCode(status) == 0, ffi.string(tf.TF_Message(status))
        result = out[0]
        shape = [tf.TF_Dim(result, axis) for axis in range(tf.TF_NumDims(result))]
        buffer = ffi.buffer(tf.TF_TensorData(result), tf.TF_TensorByteSize(result))
        y: np.ndarray[Any, Any] = np.frombuffer(buffer, np.float32).reshape(shape).copy()
        for each in (tensor, result):
            tf.TF_DeleteTensor(each)
        tf.TF_DeleteStatus(status)
        return y
