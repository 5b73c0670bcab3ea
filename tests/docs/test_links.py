"""Every link inside the documentation leads somewhere."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from docs.documents import DOCS, pages, prose

_LINK = re.compile(r"\]\((?!https?:|mailto:)([^()\s]+)\)")
_INCLUDE = re.compile(r"^```\{(?:literal)?include\} (\S+)", re.MULTILINE)


@cache
def anchors(path: Path) -> frozenset[str]:
    """The anchors of a page's headings, as MyST and GitHub make them."""
    included = [path.parent / name for name in _INCLUDE.findall(path.read_text()) if name.endswith(".md")]
    text = "\n".join(prose(each) for each in (path, *included))
    headings = re.findall(r"^#{1,6} (.+)$", text, re.MULTILINE)
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return frozenset(each.strip().replace(" ", "-") for each in words)


def broken(path: Path, link: str) -> str:
    """What is wrong with a link on a page, "" if nothing."""
    name, _, anchor = link.partition("#")
    target = (path.parent / name).resolve() if name else path
    if not target.exists():
        return f"{link}: there is no such file"
    if anchor and target.suffix == ".md" and anchor not in anchors(target):
        return f"{link}: that page has no such heading"
    return ""


@pytest.mark.parametrize("path", pages(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_links_of_a_page_lead_somewhere(path: Path) -> None:
    links = [*_LINK.findall(prose(path)), *_INCLUDE.findall(path.read_text())]
    assert [why for link in links if (why := broken(path, link))] == []


def test_every_page_can_be_reached_from_the_index() -> None:
    listed = {"index"}
    for path in DOCS.rglob("*.md"):
        for tree in re.findall(r"```\{toctree\}\n(.*?)```", path.read_text(), re.DOTALL):
            folder = path.parent.relative_to(DOCS)
            listed |= {str(folder / line) for line in tree.split("\n") if line and not line.startswith(":")}
    assert {str(path.relative_to(DOCS).with_suffix("")) for path in DOCS.rglob("*.md")} == listed


def test_a_link_to_nowhere_is_noticed() -> None:
    page = DOCS / "quickstart.md"
    assert broken(page, "nowhere.md")
    assert broken(page, "concepts.md#nothing")
    assert not broken(page, "concepts.md#the-life-of-a-version")
