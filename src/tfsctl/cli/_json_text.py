"""JSON for people: a value on one line where it fits, broken up where it does not."""

from __future__ import annotations

import json
from typing import Any

_STEP = 2


def format_json(value: Any, *, width: int, indent: int = 0) -> str:
    """`value` as JSON in lines of at most `width` characters where that is possible."""
    line = _text(value)
    if len(line) + indent <= width or not isinstance(value, dict | list) or not value:
        return line
    inner = indent + _STEP
    if isinstance(value, dict):
        parts = [f"{_text(k)}: {format_json(v, width=width, indent=inner)}" for k, v in value.items()]
        return _block("{", parts, "}", indent)
    if not any(isinstance(item, dict | list) for item in value):
        return _block("[", _filled([_text(item) for item in value], width - inner), "]", indent)
    return _block("[", [format_json(item, width=width, indent=inner) for item in value], "]", indent)


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
