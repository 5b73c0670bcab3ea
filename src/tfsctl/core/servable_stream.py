"""All versions of one name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from tfsctl.core.loader_harness import HarnessState, LoaderHarness
from tfsctl.core.policy import VersionSnapshot
from tfsctl.core.servable_id import ServableId

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tfsctl.core.loader import Loader

T = TypeVar("T")

_LOADS = {HarnessState.LOAD_REQUESTED, HarnessState.LOADING}


class ServableStream(Generic[T]):
    """The versions of one name: which are aspired, which exist, which wait for their former life to end.

    Not thread-safe: the manager's thread owns it.
    """

    def __init__(self, name: str, *, max_num_load_retries: int, load_retry_interval_seconds: float) -> None:
        self.name = name
        self._max_num_load_retries = max_num_load_retries
        self._load_retry_interval_seconds = load_retry_interval_seconds
        self._harnesses: dict[int, LoaderHarness[T]] = {}
        self._aspired: frozenset[int] = frozenset()
        self._waiting: dict[int, Loader[T]] = {}

    def __iter__(self) -> Iterator[LoaderHarness[T]]:
        return iter(tuple(self._harnesses.values()))

    def __getitem__(self, version: int) -> LoaderHarness[T]:
        return self._harnesses[version]

    @property
    def is_empty(self) -> bool:
        """Nothing exists and nothing waits."""
        return not self._harnesses and not self._waiting

    def aspire(self, loaders: Mapping[int, Loader[T]]) -> None:
        """Replace the set of aspired versions.

        A version that is there and can stay keeps its loader, and the new one is dropped: also one that had lost its
        aspiration and still serves. One that is on its way out gets a new life with the new loader, once it is gone.
        """
        self._aspired = frozenset(loaders)
        self._waiting = {version: loader for version, loader in loaders.items() if not self._can_stay(version)}

    def try_again(self, version: int, loader: Loader[T]) -> None:
        """Have a version that failed begin anew with `loader`. Any other is left as it is."""
        harness = self._harnesses.get(version)
        if harness is not None and self._is_kept_for_its_error(harness):
            self._waiting[version] = loader

    def admit(self) -> list[LoaderHarness[T]]:
        """Forget what is finished, and begin the lives that nothing stands in the way of any more. Returns the new."""
        for harness in self:
            if harness.is_finished and not self._is_kept_for_its_error(harness):
                del self._harnesses[harness.id.version]
        new = [version for version in self._waiting if version not in self._harnesses]
        return [self._begin(version, self._waiting.pop(version)) for version in new]

    def unaspired_before_ready(self) -> list[LoaderHarness[T]]:
        """Those nobody wants any more that have not been loaded yet, nor were cancelled already."""
        early = _LOADS | {HarnessState.NEW}
        return [
            harness
            for harness in self
            if harness.id.version not in self._aspired and harness.state in early and not harness.is_cancelled
        ]

    def snapshots(self) -> list[VersionSnapshot]:
        """What the policy decides upon."""
        return [
            VersionSnapshot(version, harness.state, version in self._aspired)
            for version, harness in self._harnesses.items()
        ]

    def _can_stay(self, version: int) -> bool:
        harness = self._harnesses.get(version)
        return harness is not None and not harness.is_leaving

    def _is_kept_for_its_error(self, harness: LoaderHarness[T]) -> bool:
        """A version that failed is not tried again by itself while it stays aspired (tensorflow-serving.md §3.5)."""
        version = harness.id.version
        failed = harness.state is HarnessState.ERROR
        return failed and version in self._aspired and version not in self._waiting

    def _begin(self, version: int, loader: Loader[T]) -> LoaderHarness[T]:
        harness = LoaderHarness(
            ServableId(self.name, version),
            loader,
            max_num_load_retries=self._max_num_load_retries,
            load_retry_interval_seconds=self._load_retry_interval_seconds,
        )
        self._harnesses[version] = harness
        return harness
