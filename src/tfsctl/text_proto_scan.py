"""Where the fields stand in a text proto, so that one can be changed and all else, comments too, be left as it is.

Only for text that protobuf's own parser has taken: what is wrong with it is not noticed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""
    (?P<space> \s+ | \#[^\n]* )
    | (?P<string> "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' )
    | (?P<word> [A-Za-z0-9_.+-]+ )
    | (?P<mark> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_CLOSING = {"{": "}", "<": ">"}


@dataclass(slots=True)
class TextField:
    """A field: `text[start:end]` is all of it, without the comma or semicolon that may follow.

    Attributes:
        name: The field's name.
        start: Where the name begins.
        end: Where the value ends.
        value_start: Where a scalar's value begins; of a message, its opening brace.
        fields: Of a message, what is in its braces; empty for a scalar.
        is_message: Whether it has braces.
        is_listed: Whether it is an item of a list in square brackets, whose `name: [` it does not have.
    """

    name: str
    start: int
    end: int
    value_start: int
    fields: list[TextField] = field(default_factory=list)
    is_message: bool = False
    is_listed: bool = False


def scan_fields(text: str) -> list[TextField]:
    """The fields at the top of a text proto, in their order."""
    return list(_Scanner(text).fields(""))


@dataclass(slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


class _Scanner:
    def __init__(self, text: str) -> None:
        found = (match for match in _TOKEN.finditer(text) if match.lastgroup != "space")
        self._tokens = [_Token(match.lastgroup or "", match.group(), *match.span()) for match in found]
        self._tokens.append(_Token("end", "", len(text), len(text)))
        self._next = 0

    def fields(self, closing: str) -> Iterator[TextField]:
        """The fields up to `closing`, which is taken too."""
        while self._peek().kind != "end":
            if self._peek().text == closing:
                self._take()
                return
            if self._peek().text in {",", ";"}:
                self._take()
                continue
            yield from self._field()

    def _field(self) -> Iterator[TextField]:
        first = self._take()
        name = first.text if first.text != "[" else self._extension_name()
        if self._peek().text == ":":
            self._take()
        if self._peek().text != "[":
            yield self._value(name, first.start)
            return
        self._take()
        while self._peek().kind != "end" and self._peek().text != "]":
            if self._peek().text == ",":
                self._take()
                continue
            item = self._value(name, self._peek().start)
            item.is_listed = True
            yield item
        self._take()

    def _value(self, name: str, start: int) -> TextField:
        opening = self._peek()
        if opening.text in _CLOSING:
            self._take()
            inner = list(self.fields(_CLOSING[opening.text]))
            return TextField(name, start, self._last_end(), opening.start, inner, is_message=True)
        value = self._take()
        # Strings side by side are one value.
        while value.kind == "string" and self._peek().kind == "string":
            self._take()
        return TextField(name, start, self._last_end(), value.start)

    def _extension_name(self) -> str:
        """`[package.name]` or `[type.googleapis.com/package.Name]`, the bracket having been taken."""
        parts = []
        while self._peek().kind != "end" and self._peek().text != "]":
            parts.append(self._take().text)
        self._take()
        return f"[{''.join(parts)}]"

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _last_end(self) -> int:
        return self._tokens[self._next - 1].end
