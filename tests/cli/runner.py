"""Runs the command line inside the test's own process."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from typing import Any, Protocol

from tfsctl.cli._app import run


class Result(str):
    """What a command wrote to stdout; beside it what it wrote to stderr, and its exit status."""

    __slots__ = ("exit_code", "stderr")
    exit_code: int
    stderr: str

    @property
    def json(self) -> Any:
        """Stdout as the JSON value that it must be."""
        return json.loads(self)

    @property
    def error(self) -> Any:
        """The error that a command with `--json` wrote to stderr."""
        return json.loads(self.stderr.splitlines()[-1])["error"]


class Runner(Protocol):
    """The `tfsctl` fixture: called with the arguments of a command."""

    def __call__(self, *args: str, stdin: str = "") -> Result: ...


def run_tfsctl(*args: str, stdin: str = "") -> Result:
    """Run one command and return what it wrote."""
    out, err, usual_stdin = io.StringIO(), io.StringIO(), sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            exit_code = run(args)
    finally:
        sys.stdin = usual_stdin
    result = Result(out.getvalue())
    result.exit_code, result.stderr = exit_code, err.getvalue()
    return result
