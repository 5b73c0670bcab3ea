"""When a starting server has waited enough for its models: a decision over what is known of each (§3.4)."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tfsctl.core import ManagerState, ServableState
from tfsctl.errors import ServerStartError, TfsctlError


class Progress(enum.Enum):
    """How far a configured model is, while the server starts."""

    PENDING = "pending"  # Not looked for yet, or a version is on its way.
    AVAILABLE = "available"  # A version answers.
    FAILED = "failed"  # Every version ended in an error.
    MISSING = "missing"  # There is no version on disk; one may appear.


@dataclass(frozen=True, slots=True)
class InitialModel:
    """What is known of one model: its versions' states, and what the file system says against it."""

    name: str
    states: Sequence[ServableState]
    problem: TfsctlError | None = None

    @property
    def progress(self) -> Progress:
        """An available version decides; a failed one only where no other may still come."""
        reached = {state.state for state in self.states}
        if ManagerState.AVAILABLE in reached:
            return Progress.AVAILABLE
        if reached - {ManagerState.END}:
            return Progress.PENDING
        if self.failure is not None:
            return Progress.FAILED
        return Progress.PENDING if self.problem is None else Progress.MISSING

    @property
    def failure(self) -> ServableState | None:
        """The newest version that ended in an error."""
        ended = (state for state in self.states if state.state is ManagerState.END and state.error is not None)
        return max(ended, key=lambda state: state.id.version, default=None)


def are_settled(models: Iterable[InitialModel], *, require_models: bool) -> bool:
    """Whether to wait no longer: every model is decided, and not all there is to do is to wait for files."""
    progress = {model.progress for model in models}
    if Progress.PENDING in progress:
        return False
    return require_models or progress != {Progress.MISSING}


def check_any_available(models: Sequence[InitialModel]) -> None:
    """Raise a ServerStartError where no model has an available version, unless no model is configured."""
    if not models or any(model.progress is Progress.AVAILABLE for model in models):
        return
    failures = [model.failure for model in models if model.failure is not None]
    if not failures:
        problems = [model.problem for model in models if model.problem is not None]
        raise ServerStartError("\n".join(problem.message for problem in problems), hint=hints(problems))
    hint = hints(state.error for state in failures if state.error is not None)
    raise ServerStartError(did_not_become_available(failures, "servable(s)"), hint=hint)


def hints(errors: Iterable[TfsctlError]) -> str | None:
    """The hints of `errors`, each once, on lines of their own."""
    return "\n".join(dict.fromkeys(error.hint for error in errors if error.hint)) or None


def did_not_become_available(failures: Sequence[ServableState], what: str) -> str:
    """TF Serving's text for so many of `what` (tensorflow-serving.md §3.4, §3.6)."""
    entries = (
        f"{{{{name: {state.id.name} version: {state.id.version}}} due to error:"
        f" {state.error.code.name}: {state.error.message}}}, "
        for state in failures
        if state.error is not None
    )
    return f"{len(failures)} {what} did not become available: {{{''.join(entries)}}}"
