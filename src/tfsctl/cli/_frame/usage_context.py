"""Which command a wrong command line was meant for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

# The error of a wrong command line. Typer exports only its subclass, and moved the base from click into itself.
COMMAND_LINE_ERROR: type[Exception] = typer.BadParameter.__mro__[1]


@contextmanager
def told_of(ctx: Any) -> Iterator[None]:
    """Give complaints the command's context that have none, such as that of an option without its value."""
    try:
        yield
    except COMMAND_LINE_ERROR as error:
        complaint: Any = error
        complaint.ctx = complaint.ctx or ctx
        raise
