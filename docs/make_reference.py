"""Write docs/reference/commands.md from the commands' own help; with --check, fail if it is stale."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tfsctl.cli._app import COMMANDS

PAGE = Path(__file__).parent / "reference" / "commands.md"
INTRODUCTION = """# Commands

What `--help` says. This page is written by `python docs/make_reference.py`.

Results go to standard output, everything else to standard error. How the commands end: [exit codes](exit-codes.md).
"""


def help_text(*command: str) -> str:
    """The help of a command as it prints on a terminal 80 columns wide."""
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    line = [sys.executable, "-m", "tfsctl", *command, "--help"]
    return subprocess.run(line, check=True, capture_output=True, text=True, env=environment).stdout.rstrip()


def page() -> str:
    """The whole page."""
    names = [name for section in COMMANDS.values() for name in section]
    parts = [INTRODUCTION, f"## tfsctl\n\n```text\n{help_text()}\n```\n"]
    parts += [f"## tfsctl {name}\n\n```text\n{help_text(name)}\n```\n" for name in names]
    return "\n".join(parts)


def main() -> int:
    """Write or compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only; 1 if the page is stale")
    if not parser.parse_args().check:
        PAGE.write_text(page())
        return 0
    if PAGE.read_text() == page():
        return 0
    print(f"{PAGE} is stale: run python docs/make_reference.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
