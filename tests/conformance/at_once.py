"""Steps of a ServerCase for requests that are under way while something else happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.case import GrpcCase, RestCase
from conformance.play import WAIT_SECONDS, Play


@dataclass(frozen=True)
class Begins:
    """A request begins, and has found its model."""

    request: RestCase | GrpcCase

    def __call__(self, play: Play) -> None:
        core: Any = play.server.core
        found: list[Any] = []
        find = core.servable

        def note(spec: Any) -> Any:
            handle = find(spec)
            found.append(spec)
            return handle

        core.servable = note
        play.begin(self.request)
        play.until(lambda: bool(found), "the request to begin")
        core.servable = find


def all_end(play: Play) -> None:
    """All requests that were begun are answered as they should be."""
    for running in play.running:
        running.result(WAIT_SECONDS)
    play.running.clear()


class Together:
    """Requests that begin one after the other, each when the one before waits in its queue; all are answered."""

    def __init__(self, *requests: RestCase | GrpcCase) -> None:
        self._requests = requests

    def __call__(self, play: Play) -> None:
        models: Any = play.server.core._loaders._batched_models
        submitted: list[Any] = []
        submit = models.scheduler.submit

        def note(queue: Any, task: Any) -> Any:
            tasks = submit(queue, task)
            submitted.append(task)
            return tasks

        models.scheduler.submit = note
        for request in self._requests:
            num_before = len(submitted)
            running = play.begin(request)
            play.until(lambda: len(submitted) > num_before or running.done(), "the request to wait")  # noqa: B023 (called at once)
        all_end(play)
        models.scheduler.submit = submit
