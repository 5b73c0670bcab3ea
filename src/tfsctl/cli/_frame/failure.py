"""How an exception ends a command: a message for people, a hint what to do, and an exit status."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any

import typer

from tfsctl.cli._frame.command import is_shared, section_of
from tfsctl.cli._frame.console import Console, OutputClosedError
from tfsctl.cli._frame.exit_status import ExitStatus, exit_status
from tfsctl.cli._frame.nearest_options import nearest_options
from tfsctl.cli._frame.usage_context import COMMAND_LINE_ERROR
from tfsctl.errors import Code, InternalError, InvalidArgumentError, TfsctlError, UnknownError, UsageError

DEBUG_VARIABLE = "TFSCTL_DEBUG"


@contextlib.contextmanager
def usage_errors() -> Iterator[None]:
    """Make an InvalidArgumentError of a library's settings object what it is here: a wrong command line."""
    try:
        yield
    except InvalidArgumentError as error:
        raise UsageError(error.message, hint=error.hint) from error


def report(error: BaseException, console: Console) -> int:
    """Tell why a command ended and return its exit status; SystemExit is raised again."""
    if isinstance(error, SystemExit):
        raise error
    if isinstance(error, OutputClosedError | BrokenPipeError):
        _discard_output()
        return ExitStatus.OK
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        console.say("\nInterrupted.")
        return ExitStatus.INTERRUPTED
    if os.environ.get(DEBUG_VARIABLE):
        import traceback

        traceback.print_exception(error)
    return _tell(_known(error), console)


def _known(error: BaseException) -> TfsctlError:
    """The error in our own terms."""
    if isinstance(error, TfsctlError):
        return error
    if isinstance(error, COMMAND_LINE_ERROR):
        return _usage_error(error)
    if isinstance(error, OSError) and error.strerror:
        return UnknownError(f"{error.strerror}: {error.filename}" if error.filename else error.strerror)
    hint = f"This is a bug in tfsctl, or something that it does not expect yet; {DEBUG_VARIABLE}=1 shows where."
    return InternalError(f"internal error: {type(error).__name__}: {error}", hint=hint)


def _usage_error(error: Any) -> UsageError:
    """Typer's complaint, with the nearest option, or the place of a bad value that is not on the command line."""
    message = error.message if hasattr(error, "option_name") else error.format_message()
    context = error.ctx
    nearest = nearest_options(error.option_name, context.command.params) if _is_unknown_option(error) else []
    if nearest:
        hint = f"Did you mean {' or '.join(nearest)}?"
    else:
        path = context.command_path if context is not None else "tfsctl"
        hint = _place(error) or f"{_choices(error)}`{path} --help` shows what it takes."
    return UsageError(message, hint=hint)


def _is_unknown_option(error: Any) -> bool:
    return hasattr(error, "possibilities") and error.ctx is not None


def _choices(error: Any) -> str:
    """The commands of a group that was given none."""
    names = getattr(error.ctx.command, "commands", None) if error.ctx is not None else None
    return f"Give one of {', '.join(names)}; " if names else ""


def _place(error: Any) -> str | None:
    """Where a bad value stands, if that is not the command line."""
    parameter, context = getattr(error, "param", None), error.ctx
    if parameter is None or context is None:
        return None
    source = context.get_parameter_source(parameter.name)
    if source is None or source.name not in {"ENVIRONMENT", "DEFAULT_MAP"}:
        return None
    if source.name == "ENVIRONMENT":
        return f"The value comes from {context.auto_envvar_prefix}_{parameter.name.upper()} in the environment."
    settings = context.find_root().obj.settings
    setting = settings.find(section_of(context), parameter.name, is_shared=is_shared(parameter))
    return f"The value comes from {setting.place}." if setting is not None else None


def _tell(error: TfsctlError, console: Console) -> int:
    status = exit_status(error)
    try:
        console.fail(error.message, hint=error.hint, code=Code(error.code).name, exit_status=status)
    except OutputClosedError:
        _discard_output()
    return status


def _discard_output() -> None:
    """Let the interpreter's last flush go nowhere: the reader has left, and Python would complain of it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with contextlib.suppress(OSError, ValueError):  # Not a real file, as in a test.
        os.dup2(nowhere, sys.stdout.fileno())
