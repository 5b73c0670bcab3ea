"""What the core asks of whoever can bring a servable into memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from tfsctl.errors import ResourceExhaustedError, TfsctlError, UnknownError

if TYPE_CHECKING:
    from tfsctl.core.servable_id import ServableId

T = TypeVar("T")


class Loader(Protocol[T]):
    """Loads and unloads one version. The servable is opaque to the core.

    The object that loaded a servable is the one asked to unload it. Both methods run in a thread of the manager's
    choice, never both at once. `load` is called again after a failure, so it leaves nothing behind when it raises.
    """

    def load(self) -> T:
        """Bring the servable into memory, ready to answer. Raises `TfsctlError`; anything else is wrapped."""
        ...

    def unload(self, servable: T) -> None:
        """Free what `load` returned. Called once, after the last handle to it is gone."""
        ...


def loader_error(error: BaseException, servable_id: ServableId) -> TfsctlError:
    """What `error`, raised by a loader, is reported as: itself if it is ours, else wrapped with its type's name.

    The traceback and the chain of causes are dropped: the state monitor keeps errors for ever, and frames would keep
    the loader's data alive with them. Log the original first.
    """
    if isinstance(error, TfsctlError):
        error.__traceback__ = error.__cause__ = error.__context__ = None
        return error
    name = type(error).__name__
    text = f"{name}: {error}" if str(error) else name
    if isinstance(error, MemoryError):
        where = f"{{name: {servable_id.name} version: {servable_id.version}}}"
        return ResourceExhaustedError(f"Insufficient resources to load servable {where}: {text}")
    return UnknownError(text)
