"""What the world is told about a servable (tensorflow-serving.md §3.5, the table of states)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfsctl.core.servable_id import ServableId
    from tfsctl.errors import TfsctlError


class ManagerState(enum.IntEnum):
    """The public states, with TF Serving's numbers. A servable's state only goes forward.

    A version that comes back after END starts a new life at START.
    """

    UNKNOWN = 0
    """Never published; the zero of the wire format."""
    START = 10
    """The manager knows of it and has not begun to load it."""
    LOADING = 20
    """It is being loaded, or waits to be tried again: then `error` is the last failure."""
    AVAILABLE = 30
    """A handle can be had. Published after that is so."""
    UNLOADING = 40
    """A handle will soon be refused. Published before that is so."""
    END = 50
    """It is gone: unloaded, or never loaded because of `error`."""


@dataclass(frozen=True, slots=True)
class ServableState:
    """One servable's state at one moment; `error` is shown as status code and message, None as OK."""

    id: ServableId
    state: ManagerState
    error: TfsctlError | None = None
