"""Splits a line as a shell would, as far as `docker run` commands need it."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence

from tfsctl.errors import UsageError

_CONTINUED = re.compile(r"\\\r?\n")
_PWD = re.compile(r"\$\(\s*pwd\s*\)|`\s*pwd\s*`|\$\{PWD\}|\$PWD\b")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_WINDOWS_PATH = re.compile(r"(?<![A-Za-z])[A-Za-z]:\\")
_SEPARATORS = frozenset({"&&", "||", "|", "&", ";"})


def split_shell_line(text: str) -> list[str]:
    """The words of the first command in `text` that runs a container, or of the whole line.

    The current directory and variables of the environment are put in, and `~` at the beginning of a word.

    Raises UsageError for a quotation mark that is never closed.
    """
    text = _CONTINUED.sub(" ", text)
    text = _PWD.sub(lambda _: os.getcwd(), text)
    text = _VARIABLE.sub(lambda match: os.environ.get(match[1] or match[2], ""), text)
    try:
        words = _words(text)
    except ValueError as error:
        raise UsageError(f"The command cannot be read: {error}.", hint="A quotation mark is not closed.") from error
    commands = _commands(words)
    chosen = next((command for command in commands if "run" in command or "create" in command), commands[0])
    return [os.path.expanduser(word) if word.startswith("~") else word for word in chosen]


def _words(text: str) -> list[str]:
    """As a shell splits them; in a text with Windows' paths a backslash stands for itself, as in its own shells."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.commenters = True, ""
    if _WINDOWS_PATH.search(text):
        lexer.escape = ""
    return list(lexer)


def _commands(words: Sequence[str]) -> list[list[str]]:
    commands: list[list[str]] = [[]]
    for word in words:
        if word in _SEPARATORS:
            commands.append([])
        else:
            commands[-1].append(word)
    return [command for command in commands if command] or [[]]
