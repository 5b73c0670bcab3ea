"""Services that are answered however busy the server is, and whose calls may take their time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

# Takes a function to call when a call has ended, for instance because its client has gone; False if it has already.
WhenEnded: TypeAlias = Callable[[Callable[[], None]], bool]


class ControlMethod(Protocol):
    """One method: request bytes, and how to hear that nobody waits any more, to response bytes."""

    def __call__(self, request: bytes, *, when_ended: WhenEnded) -> bytes:
        """Answer, or raise a TfsctlError."""


class ControlService(Protocol):
    """A named set of methods."""

    name: str

    def methods(self) -> Mapping[str, ControlMethod]:
        """The methods by the names they have in the protocol."""

    def close(self) -> None:
        """End calls in progress soon, for the server is stopping. Waits for nothing; may be called again."""
