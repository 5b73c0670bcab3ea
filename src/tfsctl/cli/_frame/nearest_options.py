"""Which option somebody may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

_MAX_SHOWN = 2
_CUTOFF = 0.7


def nearest_options(typed: str, parameters: Iterable[Any]) -> list[str]:
    """The options that begin as `typed` does, or else those that are spelled much like it, the nearest first.

    Case, dashes and underscores make no difference.
    """
    wanted = _folded(typed)
    options = [option for parameter in parameters for option in (*parameter.opts, *parameter.secondary_opts)]
    by_folded = {_folded(o): o for o in options if o.startswith("--") and (not _negates(o) or _negates(typed))}
    if len(wanted) < 2:  # A single letter may mean anything.
        return []
    if wanted in by_folded:
        return [by_folded[wanted]]
    begun = [option for folded, option in by_folded.items() if folded.startswith(wanted)]
    if begun:
        return begun[:_MAX_SHOWN]
    return [by_folded[name] for name in get_close_matches(wanted, by_folded, n=_MAX_SHOWN, cutoff=_CUTOFF)]


def _folded(option: str) -> str:
    return option.lower().replace("-", "").replace("_", "")


def _negates(option: str) -> bool:
    return option.startswith("--no-")
