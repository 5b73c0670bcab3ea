"""Who may work now, and who waits."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class WaitingLine(Generic[T]):
    """First come, first served; at most `max_num_running` are out at once. Not thread-safe: one owner."""

    def __init__(self, max_num_running: int) -> None:
        self.max_num_running = max_num_running
        self._num_running = 0
        self._waiting: deque[T] = deque()

    @property
    def is_idle(self) -> bool:
        """Nobody is out and nobody waits."""
        return self._num_running == 0 and not self._waiting

    def push(self, one: T) -> None:
        """Stand at the end."""
        self._waiting.append(one)

    def pop(self) -> T | None:
        """The next to go out, who must `come_back`; None if none waits or too many are out."""
        if not self._waiting or self._num_running >= self.max_num_running:
            return None
        self._num_running += 1
        return self._waiting.popleft()

    def come_back(self) -> None:
        """One that was out is done."""
        self._num_running -= 1

    def withdraw(self, one: T) -> None:
        """Leave the line, if it stands there."""
        if one in self._waiting:
            self._waiting.remove(one)
