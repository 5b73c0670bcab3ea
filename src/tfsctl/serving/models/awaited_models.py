"""Waiting for the models that a new configuration adds (tensorflow-serving.md §3.6)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from tfsctl.core import ManagerState, ServableStateMonitor
from tfsctl.errors import AbortedError, DeadlineExceededError, TfsctlError, UnavailableError, UnknownError
from tfsctl.serving.models.initial_models import InitialModel, Progress, did_not_become_available, hints

# What the file system says, and the end of the server, come without an event: look again this often.
_CHECK_SECONDS = 0.05
_DECIDED = {Progress.AVAILABLE, Progress.FAILED}


class AwaitedModels:
    """Models `names`, from the moment before they are added until it is known what became of them.

    What had ended by then was an earlier life of the same name and counts for nothing. `problem` tells what the file
    system says against a model; `is_current` turns false when a later configuration takes it out again or replaces it.
    """

    def __init__(
        self,
        names: Sequence[str],
        monitor: ServableStateMonitor,
        *,
        problem: Callable[[str], TfsctlError | None],
        is_current: Callable[[str], bool],
    ) -> None:
        self._names = tuple(names)
        self._monitor = monitor
        self._problem = problem
        self._is_current = is_current
        states = (state for name in self._names for state in monitor.states(name))
        self._ended_before = {id(state): state for state in states if state.state is ManagerState.END}

    def wait(self, *, is_stopping: Callable[[], bool], timeout_seconds: float | None = None) -> None:
        """Return when each has an available version.

        Raises:
            UnknownError: all versions of a model failed.
            AbortedError: a later configuration took a model out again.
            DeadlineExceededError: that took longer than `timeout_seconds` (None: no limit, as in TF Serving).
            UnavailableError: the server is being stopped.
        """
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        while not self._monitor.wait_for(
            lambda _: is_stopping() or self._are_decided(), timeout_seconds=_until(deadline)
        ):
            if deadline is not None and time.monotonic() >= deadline:
                self._raise_too_late()
        if is_stopping():
            raise UnavailableError("The server is shutting down.")
        self._check()

    def _models(self) -> list[InitialModel]:
        return [
            InitialModel(
                name,
                [state for state in self._monitor.states(name) if id(state) not in self._ended_before],
                self._problem(name),
            )
            for name in self._names
            if self._is_current(name)
        ]

    def _are_decided(self) -> bool:
        return all(model.progress in _DECIDED for model in self._models())

    def _check(self) -> None:
        models = self._models()
        failures = [model.failure for model in models if model.progress is Progress.FAILED and model.failure]
        if failures:
            hint = hints(state.error for state in failures if state.error is not None)
            raise UnknownError(did_not_become_available(failures, "model(s)"), hint=hint)
        gone = [name for name in self._names if not self._is_current(name)]
        if gone:
            raise AbortedError(f"A later configuration took out or replaced what was awaited: {', '.join(gone)}")

    def _raise_too_late(self) -> None:
        waiting = [model for model in self._models() if model.progress not in _DECIDED]
        raise DeadlineExceededError(
            f"Still waiting for: {', '.join(model.name for model in waiting)}. The configuration is in force.",
            hint="\n".join(model.problem.message for model in waiting if model.problem is not None) or None,
        )


def _until(deadline: float | None) -> float:
    return _CHECK_SECONDS if deadline is None else max(0.0, min(_CHECK_SECONDS, deadline - time.monotonic()))
