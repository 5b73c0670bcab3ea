"""Has the front ends of a server time their requests, for as long as somebody records.

At other times nothing of this is in the way of a request: what answers is exchanged, not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfsctl.serving.grpc.server import GrpcServer
    from tfsctl.serving.grpc.services import PredictionService, UnaryMethod
    from tfsctl.serving.http.server import HttpServer
    from tfsctl.serving.profiler.request_timer import RequestTimer
    from tfsctl.serving.rest.api import RestApi

# Of the prediction service; GetModelMetadata runs no model.
_INFERENCES = ("Predict", "Classify", "Regress", "MultiInference")


class RequestWatch:
    """The front ends of one server. Add them before anybody records; one recording at a time."""

    def __init__(self) -> None:
        self._switches: list[Callable[[RequestTimer | None], None]] = []

    def add_rest(self, server: HttpServer, api: RestApi) -> None:
        """Time what `server` answers by `api`."""
        find = api.find_servable

        def switch(timer: RequestTimer | None) -> None:
            if timer is None:
                server.answer_with(None)
                api.find_servable = find
            else:
                api.find_servable = timer.find_servable(find)
                server.answer_with(timer.rest(api.handle), wrap_job=timer.queued)

        self._switches.append(switch)

    def add_grpc(self, server: GrpcServer, service: PredictionService) -> None:
        """Time what `server` answers by `service`."""
        find = service.find_servable

        def switch(timer: RequestTimer | None) -> None:
            if timer is None:
                server.answer_with([])
                service.find_servable = find
            else:
                service.find_servable = timer.find_servable(find)
                server.answer_with([_TimedService(service, timer)], wrap_call=timer.queued)

        self._switches.append(switch)

    @contextmanager
    def timing(self) -> Iterator[RequestTimer]:
        """Within it requests that come are timed; those that still run at its end, and then come late, are not kept."""
        from tfsctl.serving.profiler.request_timer import RequestTimer

        timer = RequestTimer()
        try:
            for switch in self._switches:
                switch(timer)
            yield timer
        finally:
            for switch in self._switches:
                switch(None)


class _TimedService:
    """A `Service`."""

    def __init__(self, service: PredictionService, timer: RequestTimer) -> None:
        self.name = service.name
        self._service = service
        self._timer = timer

    def methods(self) -> Mapping[str, UnaryMethod]:
        """Those that run models."""
        methods = self._service.methods()
        return {name: self._timer.grpc(name, methods[name]) for name in _INFERENCES}
