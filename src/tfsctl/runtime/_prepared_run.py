"""One signature with one choice of outputs, looked up in the graph and ready to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tfsctl.codec.dtypes import to_numpy
from tfsctl.data_type import DataType
from tfsctl.errors import ResourceExhaustedError
from tfsctl.runtime._library import Library
from tfsctl.runtime._run_arguments import check_aliases
from tfsctl.runtime._session import Session
from tfsctl.runtime._status import raise_if_failed
from tfsctl.runtime._tensor import Tensors
from tfsctl.signature import Signature

Arrays = Mapping[str, "np.ndarray[Any, Any]"]
# Alias or tensor name, its type, and the type of its arrays.
_Typed = tuple[str, DataType, "np.dtype[Any]"]


class PreparedRun:
    """Everything about a run that does not change from one to the next. Safe in any thread.

    Holds no reference to the session, so that a closed model's can be freed.
    """

    def __init__(
        self,
        library: Library,
        tensors: Tensors,
        session: Session,
        *,
        signature: Signature,
        output_names: Sequence[str] = (),
        lend_inputs: bool = False,
    ) -> None:
        """Look the tensors up.

        Args:
            library: The C API.
            tensors: Makes the tensors.
            session: Where the signature's graph is loaded.
            signature: What to run.
            output_names: The outputs wanted; none means all.
            lend_inputs: Whether the operations let go of their inputs when the run ends.

        Raises:
            InvalidArgumentError: the signature has no such output, it names a tensor that the graph has not, or one
                without plain values.
        """
        self._library, self._tensors, self._lend_inputs = library, tensors, lend_inputs
        self._signature = signature
        check_aliases(signature, signature.inputs, output_names)
        # TensorFlow keeps an executor for every list of fetches that it sees: their order should not make more of them.
        fetched = [alias for alias in signature.outputs if not output_names or alias in output_names]
        names = list(dict.fromkeys(signature.outputs[alias].tensor_name for alias in fetched))
        feeds = {alias: spec.tensor_name for alias, spec in signature.inputs.items()}
        self._inputs, self._feeds = self._look_up(session, feeds)
        self._fetched, self._fetches = self._look_up(session, dict(zip(names, names, strict=True)))
        self._outputs = [
            (alias, names.index(signature.outputs[alias].tensor_name)) for alias in (output_names or fetched)
        ]
        self._idle: list[tuple[Any, Any, Any]] = []

    def run(self, session: Session, inputs: Arrays, run_options: Any) -> dict[str, np.ndarray[Any, Any]]:
        """Run it with `inputs` under `run_options`, a TF_Buffer or NULL; raises as `Model.run`."""
        lib, null = self._library.lib, self._library.ffi.NULL
        if inputs.keys() != self._signature.inputs.keys():
            check_aliases(self._signature, inputs, ())
        try:
            buffers = self._idle.pop()
        except IndexError:
            buffers = self._new_buffers()
        status, fed, fetched = buffers
        num_fed, num_fetched = 0, len(self._fetched)
        try:
            for alias, data_type, numpy_type in self._inputs:
                fed[num_fed] = self._tensors.to_tensor(inputs[alias], data_type, numpy_type, lend=self._lend_inputs)
                num_fed += 1
            lib.TF_SessionRun(
                *(session.pointer, run_options, self._feeds, fed, num_fed, self._fetches, fetched, num_fetched),
                *(null, 0, null, status),
            )
        finally:
            for position in range(num_fed):
                lib.TF_DeleteTensor(fed[position])
        raise_if_failed(self._library, status)
        arrays = self._to_arrays(fetched)
        self._idle.append(buffers)
        return {alias: arrays[position] for alias, position in self._outputs}

    def _to_arrays(self, fetched: Any) -> list[np.ndarray[Any, Any]]:
        """The arrays of all fetched tensors, which are used up."""
        arrays: list[np.ndarray[Any, Any]] = []
        num_taken = 0
        try:
            for _, data_type, numpy_type in self._fetched:
                tensor = fetched[num_taken]
                num_taken += 1
                arrays.append(self._tensors.to_array(tensor, data_type, numpy_type))
        except MemoryError as error:
            raise ResourceExhaustedError("No memory for the outputs.") from error
        finally:
            for position in range(num_taken, len(self._fetched)):
                self._library.lib.TF_DeleteTensor(fetched[position])
        return arrays

    def _new_buffers(self) -> tuple[Any, Any, Any]:
        """A status, and room for the tensors that go in and come out; for one run at a time."""
        ffi, lib = self._library.ffi, self._library.lib
        status = ffi.gc(lib.TF_NewStatus(), lib.TF_DeleteStatus)
        return status, ffi.new("TF_Tensor*[]", len(self._inputs)), ffi.new("TF_Tensor*[]", len(self._fetched))

    def _look_up(self, session: Session, tensor_names: Mapping[str, str]) -> tuple[list[_Typed], Any]:
        """The types of tensors, and their handles as TensorFlow wants them."""
        typed: list[_Typed] = []
        handles = self._library.ffi.new("TF_Output[]", len(tensor_names))
        for position, (label, tensor_name) in enumerate(tensor_names.items()):
            operation, index, data_type = session.find(tensor_name)
            handles[position] = {"oper": operation, "index": index}
            typed.append((label, data_type, to_numpy(data_type)))
        return typed, handles
