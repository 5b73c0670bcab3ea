"""Write docs/findings/, a page for each finding of `tfsctl check`; with --check, fail if any is stale."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tfsctl.check import FAMILIES, FindingKind

FOLDER = Path(__file__).parent / "findings"
_NOTICE = "% This page is written by `python docs/make_findings.py` from src/tfsctl/check/kinds."
_MARKUP = str.maketrans({char: f"\\{char}" for char in "<>*_[]{}|$~\\"})
INTRODUCTION = """# Findings of `tfsctl check`

What [`tfsctl check`](../guides/check.md) looks for, by id. `tfsctl check --explain ID` says the same on a terminal.

An *error* would not be served. A *security* finding and a *warning* would be; with `--strict` they make the command
fail, too. A *note* is good to know.
"""


def page(kind: FindingKind) -> str:
    """The page of one kind."""
    return f"""{_NOTICE}

# {kind.id}

**{kind.title}** ({kind.severity.value})

## What TensorFlow Serving shows

{_escaped(kind.symptom)}

## Why

{_escaped(kind.reason)}

## What to do

{_escaped(kind.correction)}

## Example

```text
{kind.example}
```
"""


def index() -> str:
    """The page that lists all."""
    parts = [_NOTICE, "", INTRODUCTION]
    for title, kinds in FAMILIES.items():
        rows = [f"| [`{kind.id}`]({kind.id}.md) | {kind.severity.value} | {_escaped(kind.title)} |" for kind in kinds]
        parts += [f"## {title}\n", "| id | severity | what is wrong |", "|---|---|---|", *rows, ""]
    ids = [kind.id for kinds in FAMILIES.values() for kind in kinds]
    return "\n".join([*parts, "```{toctree}", ":hidden:", "", *ids, "```", ""])


def _escaped(text: str) -> str:
    """Prose that Markdown leaves as it is: between backticks nothing is changed, elsewhere what would be markup."""
    pieces = text.split("`")
    return "`".join(piece.translate(_MARKUP) if i % 2 == 0 else piece for i, piece in enumerate(pieces))


def pages() -> dict[Path, str]:
    """All files with their contents."""
    files = {FOLDER / f"{kind.id}.md": page(kind) for kinds in FAMILIES.values() for kind in kinds}
    return {FOLDER / "index.md": index(), **files}


def main() -> int:
    """Write or compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only; 1 if a page is stale, missing or too many")
    wanted = pages()
    there = set(FOLDER.glob("*.md"))
    if parser.parse_args().check:
        stale = {path for path, text in wanted.items() if path not in there or path.read_text() != text}
        for path in sorted(stale | (there - wanted.keys())):
            print(f"{path} is stale: run python docs/make_findings.py", file=sys.stderr)
        return 1 if stale | (there - wanted.keys()) else 0
    FOLDER.mkdir(exist_ok=True)
    for path in there - wanted.keys():
        path.unlink()
    for path, text in wanted.items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
