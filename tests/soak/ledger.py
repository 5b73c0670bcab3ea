"""Which answers are right at which time."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

# Stands for "there is no such model": NOT_FOUND is a right answer, too.
NOBODY = 0


@dataclass(frozen=True)
class Mark:
    """A moment, as far as one question is concerned."""

    number: int


class Ledger:
    """For each question, such as `swapped` or `labelled:stable`, the versions that may answer it now. Thread-safe.

    Who changes the server widens what is allowed before, and narrows it once the change is seen to be done. So an
    answer is right if it was allowed at any time between its request and itself.
    """

    def __init__(self) -> None:
        self._allowed: dict[str, list[frozenset[int]]] = {}
        self._lock = threading.Lock()

    def allow(self, question: str, versions: Iterable[int]) -> None:
        """From now on these, and no others."""
        with self._lock:
            self._allowed.setdefault(question, []).append(frozenset(versions))

    def also_allow(self, question: str, version: int) -> None:
        """From now on this one too."""
        with self._lock:
            history = self._allowed.setdefault(question, [frozenset()])
            history.append(history[-1] | {version})

    def mark(self, question: str) -> Mark:
        """The beginning of a request."""
        with self._lock:
            return Mark(len(self._allowed[question]) - 1)

    def allowed_since(self, question: str, mark: Mark) -> frozenset[int]:
        """All that may have answered a request that began then and has ended now."""
        with self._lock:
            return frozenset().union(*self._allowed[question][mark.number :])
