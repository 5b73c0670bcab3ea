"""Arrays as TensorFlow's tensors, and back.

Small arrays are copied both ways: that costs less than keeping track of who owns what. Of the large ones

* an input goes without a copy where its memory starts at a multiple of 64 bytes, which TensorFlow's kernels want. The
  array is kept alive until TensorFlow lets go of it.
* an output goes without a copy where nobody else holds its memory. TensorFlow does hand out memory that it goes on
  using: of constants, of variables (which a later run may change in place), of slices of both, of inputs. It says so
  (`TF_TensorMaybeMove`), and such an output is copied.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tfsctl.codec.dtypes import from_numpy, to_numpy
from tfsctl.data_type import DataType
from tfsctl.errors import ResourceExhaustedError
from tfsctl.runtime._library import Library
from tfsctl.runtime._run_arguments import is_stored_type
from tfsctl.runtime._string_tensor import StringTensors

# From here on a copy costs more than the way around it.
_LARGE_INPUT = 128 * 1024
_LARGE_OUTPUT = 64 * 1024
_ALIGNMENT = 64


class Tensors:
    """Makes tensors of arrays and arrays of tensors. Safe in any thread; one for the whole process."""

    def __init__(self, library: Library) -> None:
        self._ffi, self._lib, self._system = library.ffi, library.lib, library.system
        self._strings = StringTensors(library)
        self._lent: dict[int, np.ndarray[Any, Any]] = {}
        self._next_loan = itertools.count(1)
        # Must live as long as any tensor: `self` is never let go.
        self._give_back = self._ffi.callback("void(void*, size_t, void*)", self._on_released)

    def to_tensor(
        self, array: np.ndarray[Any, Any], expected: DataType, numpy_type: np.dtype[Any], *, lend: bool
    ) -> Any:
        """A new tensor with the values of `array`.

        Args:
            array: In any memory layout and byte order.
            expected: The type that the model wants, and `numpy_type`, its arrays' type. An array of another type
                becomes a tensor of that other type, which TensorFlow then refuses in its own words.
            numpy_type: See above.
            lend: Whether the tensor may use the array's own memory; only if no operation keeps its inputs.

        Raises:
            InvalidArgumentError: TensorFlow has no such type.
            ResourceExhaustedError: no memory.
        """
        if array.dtype is not numpy_type:
            array, expected = _in_tensorflows_type(array, expected, numpy_type)
        if expected == DataType.STRING:
            return self._strings.to_tensor(array)
        size = array.nbytes
        if size >= _LARGE_INPUT:
            return self._large_tensor(array, expected, lend=lend)
        tensor = self._lib.TF_AllocateTensor(expected, array.shape, array.ndim, size)
        if size:
            self._ffi.memmove(self._lib.TF_TensorData(tensor), array.tobytes(), size)
        return tensor

    def to_array(self, tensor: Any, data_type: DataType, numpy_type: np.dtype[Any]) -> np.ndarray[Any, Any]:
        """A read-only array with the values of `tensor`, which belongs to the array from now on, or is deleted."""
        lib = self._lib
        taken = False
        try:
            shape = tuple([lib.TF_Dim(tensor, axis) for axis in range(lib.TF_NumDims(tensor))])
            if data_type == DataType.STRING:
                return self._strings.to_array(tensor, shape)
            size = lib.TF_TensorByteSize(tensor)
            if size >= _LARGE_OUTPUT:
                taken = bool(lib.TF_TensorMaybeMove(tensor))
                return (self._owning_array if taken else self._large_copy)(tensor, size, shape, numpy_type)
            return np.ndarray(shape, numpy_type, self._ffi.buffer(lib.TF_TensorData(tensor), size)[:] if size else b"")
        finally:
            if not taken:
                lib.TF_DeleteTensor(tensor)

    def _large_tensor(self, array: np.ndarray[Any, Any], data_type: DataType, *, lend: bool) -> Any:
        array = np.ascontiguousarray(array)
        source = self._ffi.cast("void*", array.__array_interface__["data"][0])
        if lend and array.__array_interface__["data"][0] % _ALIGNMENT == 0:
            loan = next(self._next_loan)
            self._lent[loan] = array
            return self._lib.TF_NewTensor(
                data_type, array.shape, array.ndim, source, array.nbytes, self._give_back, self._ffi.cast("void*", loan)
            )
        tensor = self._lib.TF_AllocateTensor(data_type, array.shape, array.ndim, array.nbytes)
        target = self._lib.TF_TensorData(tensor)
        if not target:
            self._lib.TF_DeleteTensor(tensor)
            raise ResourceExhaustedError(f"No memory for an input of {array.nbytes} bytes.")
        self._system.memcpy(target, source, array.nbytes)  # Other threads run meanwhile.
        return tensor

    def _owning_array(
        self, tensor: Any, size: int, shape: tuple[int, ...], numpy_type: np.dtype[Any]
    ) -> np.ndarray[Any, Any]:
        delete = self._lib.TF_DeleteTensor
        data = self._ffi.gc(self._lib.TF_TensorData(tensor), lambda _: delete(tensor))
        memory: Any = self._ffi.buffer(data, size)
        array: np.ndarray[Any, Any] = np.ndarray(shape, numpy_type, memory)
        array.flags.writeable = False
        return array

    def _large_copy(
        self, tensor: Any, size: int, shape: tuple[int, ...], numpy_type: np.dtype[Any]
    ) -> np.ndarray[Any, Any]:
        array = np.empty(shape, numpy_type)
        target = self._ffi.cast("void*", array.__array_interface__["data"][0])
        self._system.memcpy(target, self._lib.TF_TensorData(tensor), size)  # Other threads run meanwhile.
        array.flags.writeable = False
        return array

    def _on_released(self, _data: Any, _size: int, loan: Any) -> None:
        """TensorFlow needs a lent array no more. May come in any of its threads."""
        self._lent.pop(int(self._ffi.cast("uintptr_t", loan)), None)


def _in_tensorflows_type(
    array: np.ndarray[Any, Any], expected: DataType, numpy_type: np.dtype[Any]
) -> tuple[np.ndarray[Any, Any], DataType]:
    """`array` in native byte order, and the type of tensor that it makes."""
    array = np.asarray(array)
    if is_stored_type(array.dtype, numpy_type):
        return array, expected
    data_type = from_numpy(array.dtype)
    return (array if data_type == DataType.STRING else array.astype(to_numpy(data_type), copy=False)), data_type
