"""Steps of a ServerCase for requests that are under way while something else happens."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Union

from conformance.case import GrpcCase, RestCase
from conformance.play import WAIT_SECONDS, Play, Step

Request = Union[RestCase, GrpcCase]  # noqa: UP007 (a runtime alias, Python 3.10)

_SOME_SECONDS = 0.05


@dataclass(frozen=True)
class Begins:
    """A request begins, and has found its model."""

    request: Request

    def __call__(self, play: Play) -> None:
        manager: Any = play.server.core._manager
        found: list[Any] = []
        find = manager.handle

        def note(name: str, version: int | None = None) -> Any:
            handle = find(name, version)
            found.append(name)
            return handle

        manager.handle = note
        play.begin(self.request)
        play.until(lambda: bool(found), "the request to begin")
        manager.handle = find


@dataclass(frozen=True)
class Waits:
    """A step is begun that does not end while the base paths are looked at."""

    step: Step

    def __call__(self, play: Play) -> None:
        running = play.begin(self.step)
        threading.Event().wait(_SOME_SECONDS)
        play.poll(3)
        assert not running.done(), running


def all_end(play: Play) -> None:
    """All that was begun ends as it should."""
    for running in play.running:
        running.result(WAIT_SECONDS)
    play.running.clear()


class Together:
    """Requests that begin one after the other, each when the one before waits in its queue; all are answered."""

    def __init__(self, *requests: Request) -> None:
        self._requests = requests

    def __call__(self, play: Play) -> None:
        _submit(play, self._requests)
        all_end(play)


class Held:
    """Requests that begin likewise, and wait in their queues for others."""

    def __init__(self, *requests: Request) -> None:
        self._requests = requests

    def __call__(self, play: Play) -> None:
        _submit(play, self._requests)
        threading.Event().wait(_SOME_SECONDS)
        assert not any(running.done() for running in play.running), "A request did not wait."


def _submit(play: Play, requests: Iterable[Request]) -> None:
    models: Any = play.server.core._loaders._batched_models
    submitted: list[Any] = []
    submit = models.scheduler.submit

    def note(queue: Any, task: Any) -> Any:
        tasks = submit(queue, task)
        submitted.append(task)
        return tasks

    models.scheduler.submit = note
    for request in requests:
        num_before = len(submitted)
        running = play.begin(request)
        play.until(lambda: len(submitted) > num_before or running.done(), "the request to wait")  # noqa: B023 (called at once)
    models.scheduler.submit = submit
