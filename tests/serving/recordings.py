"""Recordings of a server during which known requests are sent."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from serving.grpc_calls import CALL_SECONDS, connected
from tfsctl.profile.trace import Trace, read_trace
from tfsctl.profiler_protos import PROFILER_SERVICE, ProfileRequest, ProfileResponse, TerminateRequest
from tfsctl.serving import Server
from tfsctl.serving.profiler.request_timer import RequestTimer
from tfsctl.serving.profiler.request_watch import RequestWatch

LONG_MS = 50_000


class Recordings:
    """Records from when requests are timed until what is to be recorded is over."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._begun = begun = threading.Semaphore(0)
        timing = RequestWatch.timing

        @contextmanager
        def watched(watch: RequestWatch) -> Iterator[RequestTimer]:
            with timing(watch) as timer:
                begun.release()
                yield timer

        monkeypatch.setattr(RequestWatch, "timing", watched)

    def xspace(self, server: Server, during: Callable[[], Any]) -> bytes:
        """The serialized trace of what `during` does."""
        with connected(server.grpc_address) as calls:
            request = ProfileRequest(duration_ms=LONG_MS, session_id="s", emit_xspace=True).SerializeToString()
            method = calls.channel.unary_unary(f"/{PROFILER_SERVICE}/Profile")
            call = method.future(request, timeout=CALL_SECONDS)
            assert self._begun.acquire(timeout=CALL_SECONDS)
            during()
            calls.raw(PROFILER_SERVICE, "Terminate", TerminateRequest(session_id="s").SerializeToString())
            xspace: bytes = ProfileResponse.FromString(call.result()).xspace
            return xspace

    def trace(self, server: Server, during: Callable[[], Any]) -> Trace:
        """The same, read."""
        return read_trace(self.xspace(server, during))
