"""What stands in the documentation, as the tests want it: pages, code blocks, the commands in them, links."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_SHELL_LANGUAGES = ("", "console", "sh", "bash", "shell")
# What separates one command from the next in a line for a shell.
_OPERATOR_CHARACTERS = set("|&;()<>$")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_FENCE = re.compile(r"^( *)(`{3,})(.*)$")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced code block: its language, its text, and where its first line stands."""

    path: Path
    line: int
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A command of tfsctl that a reader may copy.

    Attributes:
        place: The page, and the line where there is one.
        words: Its words without `tfsctl`.
        error: What the page shows that it says against them, where the page is about a mistake; usually "".
    """

    place: str
    words: tuple[str, ...]
    error: str = ""

    def __str__(self) -> str:
        return f"{self.place}: tfsctl {shlex.join(self.words)}"


@cache
def pages() -> tuple[Path, ...]:
    """All that users read: README, CONTRIBUTING, docs, and the READMEs of the samples."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md"), *(ROOT / "samples").rglob("*.md")]
    return tuple(sorted(found))


def blocks(path: Path) -> Iterator[Block]:
    """The fenced code blocks of a page."""
    opened: tuple[int, str, str] | None = None
    lines: list[str] = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        fence = _FENCE.match(line)
        if opened is None and fence:
            opened, lines = (number + 1, fence[2], fence[3].strip()), []
        elif opened is not None and fence and fence[2] == opened[1] and not fence[3].strip():
            yield Block(path, opened[0], opened[2], "\n".join(lines))
            opened = None
        elif opened is not None:
            lines.append(line)


def prose(path: Path) -> str:
    """A page without its fenced code blocks."""
    text = path.read_text()
    for block in blocks(path):
        text = text.replace(block.text, "") if block.text.strip() else text
    return text


def shell_commands(path: Path) -> Iterator[CommandLine]:
    """The commands of tfsctl in blocks for a shell, after the prompts of transcripts, and in the commands' help."""
    for block in blocks(path):
        lines = [*_logical_lines(block.text), (0, "")]
        for (offset, line), (_, following) in itertools.pairwise(lines):
            error = following.removeprefix("Error: ") if following.startswith("Error: ") else ""
            for words in commands_in(_typed(line, block)):
                yield CommandLine(f"{path.relative_to(ROOT)}:{block.line + offset}", words, error)


def _typed(line: str, block: Block) -> str:
    """What a reader would type of a line; nothing of what a command printed."""
    if line.startswith("$ "):
        return line[2:]
    if block.path.name == "commands.md":
        return line if line.startswith("  tfsctl ") else ""
    is_transcript = any(each.startswith("$ ") for each in block.text.splitlines())
    return line if block.language in _SHELL_LANGUAGES and not is_transcript else ""


def inline_commands(path: Path) -> Iterator[CommandLine]:
    """The commands of tfsctl between backticks in the page's prose."""
    for span in re.findall(r"`(tfsctl [^`]+)`", prose(path)):
        for words in commands_in(span.replace("\\|", "|").replace("|", "│")):
            yield CommandLine(f"{path.relative_to(ROOT)}", words)


def commands_in(line: str) -> Iterator[tuple[str, ...]]:
    """The commands of tfsctl in a line for a shell, each without its first word."""
    current: list[str] | None = None
    is_start = True
    for word in _words(line):
        if set(word) <= _OPERATOR_CHARACTERS:
            if current and word.startswith(">") and current[-1].isdigit():
                current.pop()  # `2>`: a stream, and no argument.
            if current:
                yield tuple(current)
            current, is_start = None, True
            continue
        if is_start and word == "tfsctl":
            current = []
        elif current is not None:
            current.append(word)
        is_start = is_start and bool(_ASSIGNMENT.match(word)) and current is None
    if current:
        yield tuple(current)


def _words(line: str) -> list[str]:
    """The words and operators of a line, up to a comment. Raises ValueError where a quotation does not end."""
    lexer = shlex.shlex(_without_comment(line), posix=True, punctuation_chars="|&;()<>$")
    lexer.whitespace_split, lexer.commenters = True, ""
    return list(lexer)


def _without_comment(line: str) -> str:
    """A line up to the first `#` that begins a word and does not stand within quotes."""
    starts = (found.start() for found in re.finditer(r"(?:^|\s)#", line))
    return line[: next((start for start in starts if not _is_within_quotes(line[:start])), len(line))]


def _is_within_quotes(text: str) -> bool:
    try:
        shlex.split(text)
    except ValueError:
        return True
    return False


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines, joined where one ends in a backslash or within quotes; with each the number of its first, from 0."""
    pending, start = "", 0
    for number, line in enumerate(text.splitlines()):
        start = start if pending else number
        whole = pending + line
        if line.endswith("\\"):
            pending = whole[:-1]
        elif _is_within_quotes(_without_comment(whole)):
            pending = whole + "\n"
        else:
            yield start, whole
            pending = ""
    if re.search(r"^\s*(\$ )?tfsctl ", pending, re.MULTILINE):
        yield start, pending  # A quotation that never ends: whoever reads the words is told.
