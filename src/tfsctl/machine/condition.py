"""One thing about a machine."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class State(str, enum.Enum):
    """How bad it is."""

    OK = "ok"
    NOTE = "note"  # Nothing is wrong: something more would be possible.
    WARNING = "warning"  # Something would not work.
    PROBLEM = "problem"  # No server could start.


@dataclass(frozen=True, slots=True)
class Condition:
    """What was looked at, how it is, and what to do where that is not good.

    Attributes:
        id: For scripts; does not change.
        subject: For people.
        state: How bad it is.
        found: What is so.
        remedy: What to do about it; None where nothing need be done.
    """

    id: str
    subject: str
    state: State
    found: str
    remedy: str | None = None
