"""The shell's side of completion: typer writes the scripts and understands the words; here is what it leaves open."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
from collections.abc import MutableMapping, Sequence
from pathlib import Path
from typing import Any

from tfsctl.cli._frame.command import Invocation
from tfsctl.cli._frame.console import Console
from tfsctl.cli._frame.settings import Settings, read_settings
from tfsctl.cli._frame.variables import COMPLETION_VARIABLE
from tfsctl.errors import TfsctlError

# Where bash splits words that are one to everybody else.
_BREAKS = re.compile("[:=]+")


def complete(root: Any, args: Sequence[str]) -> int:
    """Answer a shell that asks for completions or for its script; returns the exit status. Nothing is complained of."""
    num_done = rejoin_words(os.environ) if os.environ[COMPLETION_VARIABLE] == "complete_bash" else 0
    settings = _settings()
    invocation = Invocation(Console(), settings)
    written, status = io.StringIO(), 1
    with contextlib.suppress(Exception):  # A wrong line has no completions.
        try:
            with contextlib.redirect_stdout(written):
                root.main(list(args), "tfsctl", obj=invocation, default_map=settings.default_map())
        except SystemExit as exit_:
            status = exit_.code if isinstance(exit_.code, int) else 1
    sys.stdout.writelines(line[num_done:] for line in written.getvalue().splitlines(keepends=True))
    return status


def rejoin_words(environment: MutableMapping[str, str]) -> int:
    """Make whole words of those that bash has split at `:` and `=` in COMP_WORDS, `--server 127.0.0.1 : 8501` say.

    Returns how many characters of the last word's value bash has taken for words of their own: a completion must not
    repeat them.
    """
    words = _split(environment.get("COMP_WORDS", ""))
    position = environment.get("COMP_CWORD", "")
    number = int(position) if position.isdecimal() else len(words)
    words = [*words, *[""] * (number + 1 - len(words))][: number + 1]
    joined: list[str] = []
    for index, word in enumerate(words):
        is_glued = index > 1 and (_BREAKS.fullmatch(word) or _BREAKS.fullmatch(words[index - 1]))
        if is_glued and joined:
            joined[-1] += word
        else:
            joined.append(word)
    environment["COMP_WORDS"] = "\n".join(shlex.quote(word) for word in joined)
    environment["COMP_CWORD"] = str(len(joined) - 1)
    last = "" if _BREAKS.fullmatch(words[-1]) else words[-1]
    value = joined[-1].partition("=")[2] if joined[-1].startswith("-") else joined[-1]
    return max(0, len(value) - len(last))


def _split(text: str) -> list[str]:
    """The words of a line that may end within quotes."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.commenters = True, ""
    words: list[str] = []
    try:
        words.extend(iter(lexer.get_token, None))
    except ValueError:
        words.append(lexer.token)
    return words


def _settings() -> Settings:
    try:
        return read_settings(Path.cwd())
    except (TfsctlError, OSError):
        return Settings()
