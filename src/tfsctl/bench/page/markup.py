"""HTML and SVG, built so that text from outside cannot become markup."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import TypeAlias

_VOID = frozenset({"br", "col", "img", "link", "meta"})
# What no page may hold, or what would turn the direction of the text around it.
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


class Markup(str):
    """Text that is HTML already. Any other `str` is escaped where it is put into an element."""

    __slots__ = ()


Content: TypeAlias = "str | Iterable[str | None] | None"


def element(name: str, /, *children: Content, **attributes: object) -> Markup:
    """One element. Children that are None are left out; so are attributes that are None or False.

    An attribute's underscores become dashes and a trailing one goes (`class_`, `text_anchor`); floats are written with
    two digits after the point at most, which is enough for coordinates in pixels.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items() if value not in (None, False))
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{joined(*children)}</{name}>")


def joined(*children: Content) -> Markup:
    """Children one after another, each escaped unless it is markup."""
    return Markup("".join(map(_flat, children)))


def escaped(text: str) -> Markup:
    """Text as a page may hold it: what steers is shown as U+FFFD."""
    return Markup(html.escape(_UNFIT.sub("\ufffd", text)))


def _flat(child: Content) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    return escaped(child) if isinstance(child, str) else "".join(map(_flat, child))


def _attribute(key: str, value: object) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    text = number_text(value) if isinstance(value, float) else str(value)
    return f' {name}="{escaped(text)}"'


def number_text(value: float) -> str:
    """A coordinate, short."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
