"""Times the requests that are answered during one recording."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from tfsctl.core import ServableHandle
from tfsctl.model_spec import ModelSpec
from tfsctl.serving.http.reply import RestReply
from tfsctl.serving.models.servable import Servable
from tfsctl.serving.profiler.request_times import RequestTimes
from tfsctl.serving.profiler.timed_model import TimedHandle

if TYPE_CHECKING:
    from tfsctl.serving.grpc.services import UnaryMethod
    from tfsctl.serving.http.engine import Handle

_T = TypeVar("_T")
# What is kept of one request takes some hundred bytes, and as many more in the trace.
MAX_REQUESTS = 200_000
_REST_METHODS = {"predict": "Predict", "classify": "Classify", "regress": "Regress"}
_OK = 200

FindServable = Callable[[ModelSpec], ServableHandle[Servable]]


class RequestTimer:
    """Wraps what the front ends call, and keeps the times of requests that ran a model. Thread-safe.

    A request is known by its thread: it has one from the moment that its bytes are there until its answer is.

    Attributes:
        requests: Those that are answered; only ever appended to.
        num_refused: Inference requests that ended before a model ran.
        num_dropped: Requests beyond `MAX_REQUESTS`.
        wall_ns, origin: The same moment by `time.time_ns` and by `time.monotonic`.
    """

    def __init__(self) -> None:
        self.requests: list[RequestTimes] = []
        self.num_refused = 0
        self.num_dropped = 0
        self.wall_ns, self.origin = time.time_ns(), monotonic()
        self._here = _Here()

    def queued(self, job: Callable[..., _T]) -> Callable[..., _T]:
        """`job`, which is going to wait for a thread from now on."""
        here, queued = self._here, monotonic()

        def run(*args: object, **kwargs: object) -> _T:
            here.queued = queued
            try:
                return job(*args, **kwargs)
            finally:
                here.queued = 0.0

        return run

    def find_servable(self, find: FindServable) -> FindServable:
        """`find`, with servables that note when their models run."""
        here = self._here

        def find_timed(spec: ModelSpec) -> ServableHandle[Servable]:
            handle = find(spec)
            return handle if here.times is None else TimedHandle(handle, here.times)

        return find_timed

    def rest(self, handle: Handle) -> Handle:
        """`handle` for HTTP requests."""

        def answer(method: str, target: str, headers: Mapping[str, str], body: bytes) -> RestReply:
            api = _REST_METHODS.get(target.rpartition(":")[2])
            if api is None:
                return handle(method, target, headers, body)
            times = self._begin("REST", api)
            try:
                reply = handle(method, target, headers, body)
                times.is_ok = reply.status == _OK
                return reply
            finally:
                self._end(times)

        return answer

    def grpc(self, name: str, method: UnaryMethod) -> UnaryMethod:
        """`method` of the prediction service, whose name is `name`."""

        def answer(request: bytes, *, timeout_seconds: float | None) -> bytes:
            times = self._begin("GRPC", name)
            try:
                response = method(request, timeout_seconds=timeout_seconds)
                times.is_ok = True
                return response
            finally:
                self._end(times)

        return answer

    def _begin(self, entrypoint: str, method: str) -> RequestTimes:
        times = RequestTimes(entrypoint, method, queued=self._here.queued, started=monotonic())
        self._here.times = times
        return times

    def _end(self, times: RequestTimes) -> None:
        times.ended = monotonic()
        self._here.times = None
        if not times.run_started:
            if not times.is_ok:  # Else it ran when the recording was just ending.
                self.num_refused += 1
        elif len(self.requests) < MAX_REQUESTS:
            self.requests.append(times)
        else:
            self.num_dropped += 1


class _Here(threading.local):
    """The request of this thread, and since when it has waited for it."""

    times: RequestTimes | None = None
    queued: float = 0.0
