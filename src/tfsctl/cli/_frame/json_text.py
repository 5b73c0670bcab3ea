"""JSON for people: a value on one line where it fits, broken up where it does not."""

from __future__ import annotations

import json
from typing import Any

_STEP = 2
_COMMA = 1  # What may follow a part.


def format_json(value: Any, *, width: int, indent: int = 0, used: int = 0) -> str:
    """`value` as JSON in lines of at most `width` characters where that is possible.

    The lines but the first are indented by `indent`; on the first, `used` characters beside the indent are taken.
    """
    line = _text(value)
    if len(line) + indent + used <= width or not isinstance(value, dict | list | tuple) or not value:
        return line
    inner = indent + _STEP
    if isinstance(value, dict):
        parts = [_member(key, item, width, inner) for key, item in value.items()]
        return _block("{", parts, "}", indent)
    if not any(isinstance(item, dict | list | tuple) for item in value):
        return _block("[", _filled([_text(item) for item in value], width - inner), "]", indent)
    return _block("[", [format_json(item, width=width, indent=inner, used=_COMMA) for item in value], "]", indent)


def _member(key: str, value: Any, width: int, indent: int) -> str:
    start = f"{_text(key)}: "
    return start + format_json(value, width=width, indent=indent, used=len(start) + _COMMA)


def _block(opening: str, parts: list[str], closing: str, indent: int) -> str:
    inner = "\n" + " " * (indent + _STEP)
    return opening + inner + ("," + inner).join(parts) + "\n" + " " * indent + closing


def _filled(items: list[str], width: int) -> list[str]:
    """Numbers side by side, as many as fit on each line."""
    lines = [items[0]]
    for item in items[1:]:
        longer = f"{lines[-1]}, {item}"
        if len(longer) < width:
            lines[-1] = longer
        else:
            lines.append(item)
    return lines


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
