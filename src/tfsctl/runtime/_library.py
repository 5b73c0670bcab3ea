"""TensorFlow's C API: the library in TensorFlow's wheel, opened by cffi in ABI mode, without importing TensorFlow."""

from __future__ import annotations

import importlib.machinery
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cffi

from tfsctl.errors import InternalError, UnimplementedError
from tfsctl.tensorflow_log import loading_quietly, set_log_level

# Linux, macOS. Windows' wheel exports no C API.
_NAMES = (
    ("libtensorflow_framework.so.2", "libtensorflow_cc.so.2"),
    ("libtensorflow_framework.2.dylib", "libtensorflow_cc.2.dylib"),
)

_DECLARATIONS = """
void* dlopen(const char*, int);
char* dlerror(void);
void* aligned_alloc(size_t, size_t);
void free(void*);
void* memcpy(void*, const void*, size_t);

typedef struct TF_Status TF_Status;
typedef struct TF_Graph TF_Graph;
typedef struct TF_Session TF_Session;
typedef struct TF_SessionOptions TF_SessionOptions;
typedef struct TF_Operation TF_Operation;
typedef struct TF_Tensor TF_Tensor;
typedef struct TF_TString { uint64_t words[3]; } TF_TString;
typedef struct TF_Buffer { const void* data; size_t length; void (*deallocator)(void*, size_t); } TF_Buffer;
typedef struct TF_Output { TF_Operation* oper; int index; } TF_Output;

TF_Buffer* TF_NewBuffer(void);
void TF_DeleteBuffer(TF_Buffer*);
TF_Status* TF_NewStatus(void);
void TF_DeleteStatus(TF_Status*);
int TF_GetCode(const TF_Status*);
const char* TF_Message(const TF_Status*);

TF_Tensor* TF_NewTensor(int, const int64_t*, int, void*, size_t, void (*)(void*, size_t, void*), void*);
TF_Tensor* TF_AllocateTensor(int, const int64_t*, int, size_t);
TF_Tensor* TF_TensorMaybeMove(TF_Tensor*);
void TF_DeleteTensor(TF_Tensor*);
void* TF_TensorData(const TF_Tensor*);
size_t TF_TensorByteSize(const TF_Tensor*);
int TF_NumDims(const TF_Tensor*);
int64_t TF_Dim(const TF_Tensor*, int);
size_t TF_TensorDefaultAlignment(void);

void TF_StringInit(TF_TString*);
void TF_StringCopy(TF_TString*, const char*, size_t);
void TF_StringDealloc(TF_TString*);
const char* TF_StringGetDataPointer(const TF_TString*);
size_t TF_StringGetSize(const TF_TString*);

TF_Graph* TF_NewGraph(void);
void TF_DeleteGraph(TF_Graph*);
TF_Operation* TF_GraphOperationByName(TF_Graph*, const char*);
void TF_GraphGetOpDef(TF_Graph*, const char*, TF_Buffer*, TF_Status*);
TF_Buffer* TF_GetRegisteredKernelsForOp(const char*, TF_Status*);
int TF_OperationNumOutputs(TF_Operation*);
int TF_OperationOutputType(TF_Output);

TF_SessionOptions* TF_NewSessionOptions(void);
void TF_DeleteSessionOptions(TF_SessionOptions*);
void TF_SetConfig(TF_SessionOptions*, const void*, size_t, TF_Status*);
TF_Session* TF_LoadSessionFromSavedModel(const TF_SessionOptions*, const TF_Buffer*, const char*, const char* const*,
                                         int, TF_Graph*, TF_Buffer*, TF_Status*);
void TF_ExtendSession(TF_Session*, TF_Status*);
void TF_SessionRun(TF_Session*, const TF_Buffer*, const TF_Output*, TF_Tensor* const*, int, const TF_Output*,
                   TF_Tensor**, int, const TF_Operation* const*, int, TF_Buffer*, TF_Status*);
void TF_CloseSession(TF_Session*, TF_Status*);
void TF_DeleteSession(TF_Session*, TF_Status*);
"""


@dataclass(frozen=True, slots=True)
class Library:
    """The opened library. Every call of a function lets other Python threads run.

    Attributes:
        ffi: The C types.
        lib: TensorFlow's functions.
        system: The functions of the system.
    """

    ffi: cffi.FFI
    lib: Any
    system: Any


_lock = threading.Lock()
_opened: list[Library] = []


def find_library() -> tuple[Path, Path] | None:
    """Where TensorFlow's two libraries lie, the framework first; None if this platform's wheel has none."""
    package = _package()
    for names in _NAMES:
        framework, api = (package / name for name in names) if package is not None else (Path(), Path())
        if framework.is_file() and api.is_file():
            return framework, api
    return None


def open_library() -> Library:
    """Open TensorFlow's libraries; the first call takes a part of a second, in which other threads run.

    Raises:
        UnimplementedError: there are none here.
        InternalError: the system refuses to load them.
    """
    with _lock:
        if not _opened:
            paths = find_library()
            if paths is None:
                raise UnimplementedError(
                    "TensorFlow's C API is not available here: its libraries were not found.",
                    hint="Use the other runtime: --runtime python.",
                )
            _opened.append(_open(*paths))
        return _opened[0]


def text_of(ffi: cffi.FFI, chars: Any) -> str:
    """A C string as text."""
    string = ffi.string(chars)
    return string.decode(errors="replace") if isinstance(string, bytes) else string


def _package() -> Path | None:
    """TensorFlow's directory, found without a look at `sys.modules`: a stand-in may be there (tfsctl.protos)."""
    spec = importlib.machinery.PathFinder.find_spec("tensorflow")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def _open(framework: Path, api: Path) -> Library:
    ffi = cffi.FFI()
    ffi.cdef(_DECLARATIONS)
    system: Any = ffi.dlopen(None)
    with loading_quietly():
        _dlopen(ffi, system, framework)
    set_log_level(framework)
    _dlopen(ffi, system, api)
    return Library(ffi=ffi, lib=ffi.dlopen(str(api), _flags()), system=system)


def _flags() -> int:
    """How to open a library.

    Lazy binding saves a third of the time. RTLD_GLOBAL would break libraries loaded later: TensorFlow's symbols would
    take the place of theirs. And the libraries must never be unloaded: the process would crash in their destructors.
    """
    return os.RTLD_LAZY | os.RTLD_LOCAL | os.RTLD_NODELETE


def _dlopen(ffi: cffi.FFI, system: Any, path: Path) -> None:
    """Open a library for good. `ffi.dlopen` would keep all other threads waiting; a call of the system's does not."""
    if not system.dlopen(os.fsencode(path), _flags()):
        raise InternalError(f"Cannot load TensorFlow's library: {text_of(ffi, system.dlerror())}")
