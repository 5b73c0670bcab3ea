"""What a request holds while it uses a servable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from tfsctl.core.servable_id import ServableId

T = TypeVar("T")


class ServableHandle(Generic[T]):
    """A plain reference to a loaded servable: as long as anyone holds it, the servable is not unloaded.

    Keep the *handle* in a variable for the time of a request, not only its `servable`, and never longer: there is
    nothing to release but the reference itself, and the unload waits for it. All requests share one handle object.
    """

    __slots__ = ("__weakref__", "id", "servable")

    def __init__(self, id: ServableId, servable: T) -> None:  # noqa: A002 (the field's name everywhere)
        self.id = id
        self.servable = servable

    def __repr__(self) -> str:
        return f"ServableHandle({self.id})"
