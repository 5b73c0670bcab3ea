"""Write docs/reference/compatibility.md from the conformance cases; with --check, fail if it is stale."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

PAGE = Path(__file__).parent / "reference" / "compatibility.md"
TESTS = Path(__file__).parents[1] / "tests"
sys.path.insert(0, str(TESTS))

from conformance.all_cases import all_cases, section_key  # noqa: E402 (the line above lets it be found)
from conformance.case import Case  # noqa: E402
from conformance.differences import DIFFERENCES, Difference  # noqa: E402
from conformance.sections import SECTIONS  # noqa: E402

INTRODUCTION = """# Compatibility

How far tfsctl's server is TensorFlow Serving's, and where it differs on purpose. This page is written by
`python docs/make_compatibility.py` from the cases in `tests/conformance/`.

Each case is one statement about TensorFlow Serving: what is sent, to the byte, and the status, headers and body, or
the gRPC code, text and message, that have to come back. The cases run over real sockets against real servers of real
SavedModels. A section is one of the description of TensorFlow Serving that the server is built to.
"""


def page() -> str:
    """The whole page."""
    cases = all_cases()
    parts = [INTRODUCTION, _sections(cases), _differences(cases)]
    failing = [case for case in cases if case.xfail]
    if failing:
        parts.append(_failing(failing))
    return "\n".join(parts)


def _sections(cases: Iterable[Case]) -> str:
    counts = Counter(case.section for case in cases)
    rows = [(section, SECTIONS[section], str(counts[section])) for section in sorted(counts, key=section_key)]
    return f"## Cases\n\n{sum(counts.values())} in all.\n\n" + _table(("section", "about", "cases"), rows)


def _differences(cases: Iterable[Case]) -> str:
    counts = Counter(case.difference for case in cases)
    rows = [
        (each.section, each.theirs, each.ours, each.reason, _shown_by(each, counts[each.name]))
        for each in sorted(DIFFERENCES, key=lambda each: section_key(each.section))
    ]
    text = "## Differences\n\nAll of them on purpose. Anything else that differs is a bug.\n\n"
    return text + _table(("section", "TensorFlow Serving", "tfsctl", "why", "shown by"), rows)


def _shown_by(difference: Difference, num_cases: int) -> str:
    shown = [f"{num_cases} case{'s' if num_cases > 1 else ''}"] if num_cases else []
    return ", ".join([*shown, *([f"`{difference.shown_by.split('::')[-1]}`"] if difference.shown_by else [])])


def _failing(cases: Iterable[Case]) -> str:
    rows = [(case.section, case.what, case.xfail) for case in cases]
    return "## Not yet\n\nCases that fail for now.\n\n" + _table(("section", "case", "why"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def main() -> int:
    """Write or compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only; 1 if the page is stale")
    if not parser.parse_args().check:
        PAGE.write_text(page())
        return 0
    if PAGE.exists() and PAGE.read_text() == page():
        return 0
    print(f"{PAGE} is stale: run python docs/make_compatibility.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
