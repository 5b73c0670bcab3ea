"""The runtime that calls TensorFlow's C API: a SavedModel is run without importing TensorFlow."""

from __future__ import annotations

import atexit
import functools
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tfsctl.errors import UnavailableError
from tfsctl.runtime._calling_thread import CallingThread, measure, num_elements
from tfsctl.runtime._graph_effects import GraphEffects, find_graph_effects
from tfsctl.runtime._input_check import InputCheck, find_input_checks
from tfsctl.runtime._library import Library, open_library
from tfsctl.runtime._op_definitions import OpDefinitions
from tfsctl.runtime._prepared_run import PreparedRun
from tfsctl.runtime._run_options import RunOptions
from tfsctl.runtime._session import Session, close_all_before_exit, open_session
from tfsctl.runtime._tensor import Tensors
from tfsctl.runtime.model import SessionOptions
from tfsctl.saved_model import SavedModelInfo, describe_meta_graph, find_meta_graph, read_saved_model_proto
from tfsctl.signature import Signature

# Clients choose the outputs, and could choose every combination of them.
_MAX_PREPARED = 256
# For all signatures of a model together. No single run may take longer either.
_MEASURING_SECONDS = 0.5

_open_models: weakref.WeakSet[CApiModel] = weakref.WeakSet()


class CApiModel:
    """A `Model` whose session lives in TensorFlow's C library."""

    def __init__(
        self,
        library: Library,
        session: Session,
        info: SavedModelInfo,
        effects: Mapping[str, GraphEffects],
        *,
        input_checks: Mapping[str, InputCheck],
    ) -> None:
        self._info = info
        self._input_checks = input_checks
        self._library = library
        self._session: Session | None = session
        self._effects = effects
        self._tensors, self._run_options = _shared(library)
        self._prepared: dict[tuple[str, tuple[str, ...]], PreparedRun] = {}
        self._lock = threading.Lock()
        self._calling_thread: dict[str, CallingThread] = self._measure_all()
        _open_models.add(self)

    @property
    def info(self) -> SavedModelInfo:
        """What the SavedModel says of itself."""
        return self._info

    def run(
        self,
        signature: Signature,
        inputs: Mapping[str, np.ndarray[Any, Any]],
        *,
        output_names: Sequence[str] = (),
        timeout_seconds: float | None = None,
    ) -> dict[str, np.ndarray[Any, Any]]:
        """See `Model.run`."""
        session = self._session
        if session is None:
            raise UnavailableError(f"The model at {self._info.path} has been unloaded.")
        if self._input_checks:
            self.check_inputs(signature, inputs, output_names)
        key = (signature.name, tuple(output_names))
        prepared = self._prepared.get(key) or self._prepare(session, signature, key[1])
        calling_thread = self._calling_thread.get(signature.name)
        if calling_thread is None or not calling_thread.suits(num_elements(inputs), timeout_seconds):
            return prepared.run(session, inputs, self._run_options.on_pool(timeout_seconds))
        start = time.perf_counter()
        outputs = prepared.run(session, inputs, self._run_options.in_calling_thread)
        calling_thread.learn(time.perf_counter() - start)
        return outputs

    def check_inputs(
        self, signature: Signature, inputs: Mapping[str, np.ndarray[Any, Any]], output_names: Sequence[str] = ()
    ) -> None:
        """See `InputChecker.check_inputs`."""
        check = self._input_checks.get(signature.name)
        if check is not None:
            check(inputs, output_names)

    def has_steady_cost(self, signature_name: str) -> bool:
        """See `Model.has_steady_cost`."""
        effects = self._effects.get(signature_name)
        return effects is not None and not effects.has_control_flow and not effects.may_change_state

    def learn_cost(self, signature: Signature, inputs: Mapping[str, np.ndarray[Any, Any]]) -> None:
        """See `CostLearner.learn_cost`. What is known already stays."""
        if signature.name in self._calling_thread or not self.has_steady_cost(signature.name):
            return
        measured = measure(signature, functools.partial(self._probe, signature), dict(inputs))
        if measured is not None:
            self._calling_thread[signature.name] = measured

    def close(self) -> None:
        """See `Model.close`."""
        self.detach()

    def detach(self) -> Session | None:
        """Close the model and return its session, which runs in progress may still use."""
        with self._lock:
            session, self._session = self._session, None
        _open_models.discard(self)
        return session

    def _prepare(self, session: Session, signature: Signature, output_names: tuple[str, ...]) -> PreparedRun:
        effects = self._effects.get(signature.name)
        prepared = PreparedRun(
            self._library,
            self._tensors,
            session,
            signature=signature,
            output_names=output_names,
            lend_inputs=effects is not None and not effects.may_change_state,
        )
        with self._lock:
            if len(self._prepared) >= _MAX_PREPARED:
                del self._prepared[next(iter(self._prepared))]
            self._prepared[signature.name, output_names] = prepared
        return prepared

    def _measure_all(self) -> dict[str, CallingThread]:
        """Find the signatures that should run in the calling thread, as far as the time suffices."""
        found: dict[str, CallingThread] = {}
        end = time.perf_counter() + _MEASURING_SECONDS
        for name, signature in self._info.signatures.items():
            if self.has_steady_cost(name) and time.perf_counter() < end:
                measured = measure(signature, functools.partial(self._probe, signature))
                if measured is not None:
                    found[name] = measured
        return found

    def _probe(self, signature: Signature, inputs: Mapping[str, np.ndarray[Any, Any]], in_calling_thread: bool) -> None:
        session = self._session
        assert session is not None
        self.check_inputs(signature, inputs)
        prepared = self._prepared.get((signature.name, ())) or self._prepare(session, signature, ())
        options = self._run_options
        prepared.run(
            session, inputs, options.in_calling_thread if in_calling_thread else options.on_pool(_MEASURING_SECONDS)
        )


def load_c_api_model(path: Path, tags: Sequence[str], options: SessionOptions) -> CApiModel:
    """Load the SavedModel at `path`; see `tfsctl.runtime.load_model`."""
    library = open_library()
    info, effects, input_checks = _read(library, path, tags)
    return CApiModel(library, open_session(library, path, info.tags, options), info, effects, input_checks=input_checks)


def _read(
    library: Library, path: Path, tags: Sequence[str]
) -> tuple[SavedModelInfo, dict[str, GraphEffects], dict[str, InputCheck]]:
    """Plain values only: the graph itself, which may be large, is let go before TensorFlow reads it again."""
    meta_graph = find_meta_graph(path, read_saved_model_proto(path), tags)
    info = describe_meta_graph(path, meta_graph)
    effects = find_graph_effects(meta_graph, info.signatures, OpDefinitions(library).find)
    return info, effects, find_input_checks(meta_graph, info.signatures, info.ops)


@functools.cache
def _shared(library: Library) -> tuple[Tensors, RunOptions]:
    """What all models share; never let go, since tensors may refer to it."""
    return Tensors(library), RunOptions(library)


@atexit.register
def _close_all() -> None:
    """Free all sessions while Python still runs, whatever other threads are doing."""
    close_all_before_exit(_detach_all())


def _detach_all() -> list[Session]:
    """A function of its own, so that none of its variables keeps a session alive."""
    sessions = [model.detach() for model in list(_open_models)]
    return [session for session in sessions if session is not None]
