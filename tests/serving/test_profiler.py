"""`tensorflow.ProfilerService` of a server (tensorflow-serving.md §2.1)."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from serving.grpc_calls import CALL_SECONDS, GrpcCalls, connected, floats, refusal
from serving.model_directory import serve
from tfsctl.errors import UnavailableError
from tfsctl.profiler_protos import (
    PROFILER_SERVICE,
    MonitorRequest,
    MonitorResponse,
    ProfileRequest,
    ProfileResponse,
    TerminateRequest,
)
from tfsctl.runtime.profiler_session import ProfilerSession, TraceOptions
from tfsctl.serving import Server
from tfsctl.serving.profiler.service import ProfilerService

LONG_MS = 50_000


def profile_request(duration_ms: int = 0, **fields: Any) -> Any:
    message = ProfileRequest(duration_ms=duration_ms, **fields)
    message.opts.duration_ms = duration_ms
    return message


def profile(calls: GrpcCalls, request: Any, timeout: float = CALL_SECONDS) -> Any:
    return ProfileResponse.FromString(calls.raw(PROFILER_SERVICE, "Profile", request.SerializeToString(), timeout))


class Sessions:
    """Tells when recordings begin."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._begun = begun = threading.Semaphore(0)

        class WatchedSession(ProfilerSession):
            def __init__(self, options: TraceOptions) -> None:
                super().__init__(options)
                begun.release()

        monkeypatch.setattr("tfsctl.serving.profiler.service.ProfilerSession", WatchedSession)

    def start(self, calls: GrpcCalls, request: Any, timeout: float = CALL_SECONDS) -> Any:
        """A call under way, whose recording has begun."""
        method = calls.channel.unary_unary(f"/{PROFILER_SERVICE}/Profile")
        call = method.future(request.SerializeToString(), timeout=timeout)
        assert self._begun.acquire(timeout=CALL_SECONDS)
        return call


def terminate(calls: GrpcCalls, session_id: str) -> None:
    request = TerminateRequest(session_id=session_id).SerializeToString()
    assert calls.raw(PROFILER_SERVICE, "Terminate", request) == b""


def monitor(calls: GrpcCalls, **fields: Any) -> str:
    request = MonitorRequest(**fields).SerializeToString()
    text: str = MonitorResponse.FromString(calls.raw(PROFILER_SERVICE, "Monitor", request)).data
    return text


@contextmanager
def load_on(server: Server) -> Iterator[None]:
    """A client that keeps asking for predictions, all of which must succeed."""
    is_over = threading.Event()

    def ask() -> None:
        with connected(server.grpc_address) as calls:
            while not is_over.is_set():
                assert calls.predict("half_plus_two", {"x": floats(1.0)})["y"].tolist() == [2.5]

    with ThreadPoolExecutor(1) as threads:
        client = threads.submit(ask)
        try:
            yield
        finally:
            is_over.set()
        client.result()


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> Sessions:
    return Sessions(monkeypatch)


def wait_until_free(calls: GrpcCalls) -> None:
    """Wait until the server records nothing any more."""
    end = time.monotonic() + CALL_SECONDS
    while True:
        try:
            profile(calls, profile_request(0))
            return
        except grpc.RpcError:  # It still records.
            assert time.monotonic() < end
        time.sleep(0.01)


def traced(calls: GrpcCalls, sessions: Sessions, **fields: Any) -> Any:
    """The response to a trace of one prediction."""
    call = sessions.start(calls, profile_request(LONG_MS, session_id="s", **fields))
    calls.predict("half_plus_two", {"x": floats(1.0)})
    terminate(calls, "s")
    return ProfileResponse.FromString(call.result())


def test_trace_during_load_has_the_runs(server: Server, calls: GrpcCalls, sessions: Sessions) -> None:
    with load_on(server):
        response = traced(calls, sessions, repository_root="/not/wanted", emit_xspace=True)

    assert not response.empty_trace
    assert b"SessionRun" in response.xspace
    assert not Path("/not/wanted").exists()


def test_trace_is_saved_where_the_client_says(calls: GrpcCalls, sessions: Sessions, tmp_path: Path) -> None:
    root = tmp_path / "plugins/profile"
    response = traced(calls, sessions, repository_root=str(root), host_name="h:1")

    assert (response.empty_trace, response.xspace) == (False, b"")
    assert b"SessionRun" in (root / "s/h_1.xplane.pb").read_bytes()


def test_host_name_of_the_options_comes_first(calls: GrpcCalls, tmp_path: Path) -> None:
    request = profile_request(0, repository_root=str(tmp_path), session_id="s", host_name="h")
    request.opts.override_hostname = "other"
    profile(calls, request)

    assert (tmp_path / "s/other.xplane.pb").exists()


def test_trace_of_no_time_without_events_is_empty(calls: GrpcCalls) -> None:
    request = profile_request(0)
    request.opts.version = 1
    request.opts.device_tracer_level = 2**32 - 1

    assert profile(calls, request).empty_trace


def test_trace_starts_at_the_time_given(calls: GrpcCalls) -> None:
    request = profile_request(1)
    request.opts.start_timestamp_ns = time.time_ns() + 300_000_000
    profile(calls, request)

    assert time.time_ns() > request.opts.start_timestamp_ns


def test_second_trace_is_refused_as_tensorflow_does(calls: GrpcCalls, sessions: Sessions) -> None:
    first = sessions.start(calls, profile_request(LONG_MS, session_id="first"))

    second = refusal(lambda: profile(calls, profile_request(1)))

    assert second == ("INTERNAL", "Another profiling session active.")
    terminate(calls, "first")
    assert first.result()


def test_terminate_ends_the_trace_of_its_session_only(calls: GrpcCalls, sessions: Sessions) -> None:
    call = sessions.start(calls, profile_request(LONG_MS, session_id="mine"))
    terminate(calls, "another")
    assert not call.done()
    terminate(calls, "mine")

    assert ProfileResponse.FromString(call.result()).xspace


def test_client_that_goes_ends_its_trace(calls: GrpcCalls, sessions: Sessions) -> None:
    sessions.start(calls, profile_request(LONG_MS)).cancel()

    wait_until_free(calls)


def test_deadline_ends_a_trace(calls: GrpcCalls) -> None:
    code, _ = refusal(lambda: profile(calls, profile_request(LONG_MS), timeout=1.0))

    assert code == "DEADLINE_EXCEEDED"
    wait_until_free(calls)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"duration_ms": 60_001}, "duration_ms must be at most 60000: 60001"),
        (
            {"repository_root": "gs://b", "session_id": "s", "host_name": "h"},
            "The server cannot write traces to gs://b: give a directory of its file system.",
        ),
        (
            {"repository_root": "/tmp", "session_id": "../s", "host_name": "h"},
            "session_id must be a plain name: '../s'",
        ),
    ],
)
def test_request_out_of_bounds_is_refused(calls: GrpcCalls, fields: dict[str, Any], text: str) -> None:
    assert refusal(lambda: profile(calls, profile_request(**fields))) == ("INVALID_ARGUMENT", text)


def test_bytes_that_are_no_request_are_refused(calls: GrpcCalls) -> None:
    for method in ("Profile", "Terminate", "Monitor"):
        code, _ = refusal(lambda method=method: calls.raw(PROFILER_SERVICE, method, b"\xff"))  # type: ignore[misc]  # a default
        assert code == "INTERNAL"


def test_monitor_answers_with_text(server: Server, calls: GrpcCalls) -> None:
    with load_on(server):
        # A busy machine may run nothing for a while.
        texts = (monitor(calls, duration_ms=300, monitoring_level=2, timestamp=True) for _ in range(50))
        text = next(text for text in texts if "Time of a model run" in text)

    names = [line.partition(":")[0] for line in text.splitlines()]
    assert names[:4] == ["Timestamp", "Observed for", "Model runs", "Time of a model run"]
    assert any(line.endswith(":Mul") for line in text.splitlines())


def test_prediction_is_answered_on_the_only_thread_while_it_is_traced(zoo: Path, sessions: Sessions) -> None:
    with (
        serve(zoo / "half_plus_two", rest_api_port=None, grpc_max_threads=1) as server,
        connected(server.grpc_address) as calls,
    ):
        call = sessions.start(calls, profile_request(LONG_MS, session_id="s"))
        assert calls.predict("half_plus_two", {"x": floats(1.0)})["y"].tolist() == [2.5]
        terminate(calls, "s")
        assert b"SessionRun" in ProfileResponse.FromString(call.result()).xspace


def test_server_that_stops_ends_a_trace_and_its_client_gets_its_part(zoo: Path, sessions: Sessions) -> None:
    server = serve(zoo / "half_plus_two", rest_api_port=None)
    with server, connected(server.grpc_address) as calls:
        call = sessions.start(calls, profile_request(LONG_MS))
        calls.predict("half_plus_two", {"x": floats(1.0)})
        server.stop()
        assert b"SessionRun" in ProfileResponse.FromString(call.result()).xspace
    assert server.is_drained


def test_closed_service_takes_no_more() -> None:
    service = ProfilerService()
    service.close()
    service.close()

    with pytest.raises(UnavailableError, match="shutting down"):
        service.profile(b"", when_ended=lambda _: True)


def test_without_the_profiler_its_methods_are_unimplemented(zoo: Path) -> None:
    with (
        serve(zoo / "half_plus_two", rest_api_port=None, enable_profiler=False) as server,
        connected(server.grpc_address) as calls,
    ):
        assert refusal(lambda: profile(calls, profile_request(1)))[0] == "UNIMPLEMENTED"


_CLIENT = """
import sys
import tensorflow as tf

address, directory = sys.argv[1:]
tf.profiler.experimental.client.trace(f"grpc://{address}", directory, 500)
print(tf.profiler.experimental.client.monitor(f"grpc://{address}", 300, 2))
"""


@pytest.mark.slow  # The client imports TensorFlow.
def test_tensorflows_own_client_traces_and_monitors_a_server_under_load(server: Server, tmp_path: Path) -> None:
    with load_on(server):
        client = subprocess.run(
            [sys.executable, "-c", _CLIENT, server.grpc_address, str(tmp_path)],
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    assert client.returncode == 0, client.stderr
    assert "Model runs: " in client.stdout
    (file,) = (tmp_path / "plugins/profile").glob("*/*.xplane.pb")
    assert file.name == f"{server.grpc_address.replace(':', '_')}.xplane.pb"
    assert b"SessionRun" in file.read_bytes()
