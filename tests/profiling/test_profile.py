"""Profiles of real servers under load."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from serving.model_directory import serve
from serving.recordings import Recordings
from tfsctl.bench import BenchPlan
from tfsctl.client import connect
from tfsctl.errors import FailedPreconditionError, UnavailableError, UnimplementedError, UsageError
from tfsctl.profile import NoRequestsError, ProfilePlan, profile, write_logdir
from tfsctl.profile.trace import read_trace
from tfsctl.profiler_protos import PROFILER_SERVICE, ProfileRequest, ProfileResponse
from tfsctl.serving import Server

NUM_TESTS = 40
STAGES = ["queue", "parse", "run", "encode", "client and wire"]


def plan(server: Server, protocol: str = "grpc", model: str = "half_plus_two", **fields: Any) -> ProfilePlan:
    address = server.rest_address if protocol == "rest" else server.grpc_address
    profiler = server.grpc_address if protocol == "rest" else None
    load = BenchPlan(model=model, server=address, concurrency=2, timeout_seconds=30.0)
    return ProfilePlan(load=load, model=model, profiler_server=profiler, **fields)


@pytest.mark.parametrize("batching", [False, True], ids=["", "batching"])
@pytest.mark.parametrize("protocol", ["rest", "grpc"])
def test_all_requests_of_the_load_are_in_the_profile(zoo: Path, protocol: str, batching: bool) -> None:
    with serve(zoo / "half_plus_two", enable_batching=batching) as server:
        report = profile(plan(server, protocol, num_tests=NUM_TESTS))

    assert (report.num_requests, report.num_failed, report.versions) == (NUM_TESTS, 0, (1,))
    assert [stage.name for stage in report.stages] == STAGES
    assert sum(stage.mean_ms for stage in report.stages) == pytest.approx(report.total.mean_ms)
    assert sum(stage.share for stage in report.stages) == pytest.approx(1.0)
    assert report.load is not None
    assert (report.load.protocol, report.load.num_requests) == (protocol, NUM_TESTS)


def test_operations_that_take_their_time_are_in_the_profile(zoo: Path) -> None:
    """TensorFlow leaves out those that take but a few microseconds, as those of half_plus_two may."""
    with serve(zoo / "cnn") as server:
        report = profile(plan(server, model="cnn", num_tests=NUM_TESTS))

    assert any("Conv2D" in op.type for op in report.ops)
    assert report.notes == ()


def test_profile_of_some_seconds_sends_for_longer_than_it_records(server: Server) -> None:
    report = profile(plan(server, model="mnist", seconds=0.3))

    assert report.load is not None
    assert 0 < report.num_requests < report.load.num_requests


def test_without_load_the_requests_of_others_are_recorded(server: Server, recordings: Recordings) -> None:
    is_over = threading.Event()

    def ask() -> None:
        with connect(server.grpc_address) as client:
            while not is_over.is_set():
                client.predict("half_plus_two", {"x": [1.0]})

    with futures.ThreadPoolExecutor(1) as threads:
        asking = threads.submit(ask)
        try:
            report = profile(plan(server, model="half_plus_two", seconds=0.3, sends_load=False))
        finally:
            is_over.set()
        asking.result()

    assert report.load is None
    assert [stage.name for stage in report.stages] == STAGES[:4]
    assert report.num_requests > 0


def test_without_any_request_there_is_no_profile(server: Server) -> None:
    with pytest.raises(NoRequestsError, match=r"No request for half_plus_two ran a model in 0\.05 s"):
        profile(plan(server, seconds=0.05, sends_load=False))


def test_server_without_spans_is_profiled_by_tensorflows_events(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tfsctl.serving.profiler.service.with_requests", lambda xspace, _: xspace)
    with serve(zoo / "half_plus_two") as server:
        report = profile(plan(server, num_tests=NUM_TESTS))

    assert (report.has_spans, report.num_requests, report.versions) == (False, NUM_TESTS, ())
    assert [stage.name for stage in report.stages][:1] == ["run"]
    assert report.notes[0].startswith("This server has no spans of its own")


def test_operations_of_other_models_are_told(server: Server) -> None:
    is_over = threading.Event()

    def ask() -> None:
        with connect(server.rest_address, protocol="rest") as client:
            while not is_over.is_set():
                client.predict_json("half_plus_two", b'{"instances": [1.0]}')

    with futures.ThreadPoolExecutor(1) as threads:
        asking = threads.submit(ask)
        try:
            report = profile(plan(server, model="mnist", num_tests=NUM_TESTS))
        finally:
            is_over.set()
        asking.result()

    assert report.num_requests == NUM_TESTS
    assert report.notes == ("The operations are those of half_plus_two too, which had requests meanwhile.",)


def test_server_without_a_profiler_says_so(zoo: Path) -> None:
    with (
        serve(zoo / "half_plus_two", enable_profiler=False) as server,
        pytest.raises(UnimplementedError, match="has no profiler") as error,
    ):
        profile(plan(server))

    assert "enable_profiler" in (error.value.hint or "")


def test_server_that_is_profiled_already_says_so(server: Server, recordings: Recordings) -> None:
    def try_it() -> None:
        with pytest.raises(UnavailableError, match="is profiling"):
            profile(plan(server))

    recordings.xspace(server, try_it)


def test_rest_address_alone_is_not_enough(server: Server) -> None:
    load = BenchPlan(model="half_plus_two", server=server.rest_address)

    with pytest.raises(UsageError, match="gRPC address is needed") as error:
        profile(ProfilePlan(load=load))
    with pytest.raises(UsageError, match="is a REST address"):
        profile(ProfilePlan(load=load, profiler_server=f"http://{server.rest_address}"))

    assert "--profiler" in (error.value.hint or "")


@pytest.mark.parametrize("fields", [{"seconds": 0.0}, {"seconds": 61.0}, {"num_tests": 0}, {"sends_load": False}])
def test_plan_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        ProfilePlan(load=BenchPlan(), **{"num_tests": 1, **fields})


@contextmanager
def old_server(profile_call: Callable[[Any], None]) -> Iterator[str]:
    """The profiler of a server that keeps its traces."""

    def answer(request: bytes, _: grpc.ServicerContext) -> bytes:
        profile_call(ProfileRequest.FromString(request))
        serialized: bytes = ProfileResponse(empty_trace=False).SerializeToString()
        return serialized

    server = grpc.server(futures.ThreadPoolExecutor(1))
    handlers = {"Profile": grpc.unary_unary_rpc_method_handler(answer)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(PROFILER_SERVICE, handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(0).wait()


def old_plan(address: str) -> ProfilePlan:
    return ProfilePlan(load=BenchPlan(server=address, protocol="grpc"), seconds=0.05, sends_load=False)


def test_trace_that_stays_on_the_server_is_told() -> None:
    with old_server(lambda _: None) as address, pytest.raises(FailedPreconditionError, match="does not send traces"):
        profile(old_plan(address))


def test_trace_that_an_old_server_wrote_here_is_read(
    server: Server, recordings: Recordings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def ask() -> None:
        with connect(server.grpc_address) as client:
            client.predict("half_plus_two", {"x": [1.0]})

    xspace = recordings.xspace(server, ask)

    def write(request: Any) -> None:
        path = Path(request.repository_root) / request.session_id / f"{request.host_name}.xplane.pb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(xspace)

    with old_server(write) as address:
        assert profile(old_plan(address)).num_requests == 1


def test_log_directory_is_laid_out_for_tensorboard(server: Server, tmp_path: Path) -> None:
    report = profile(plan(server, num_tests=NUM_TESTS))
    path = write_logdir(report, tmp_path)

    plugins, name, _, file = path.relative_to(tmp_path).parts
    assert (plugins, name) == ("plugins", "profile")
    assert file == f"{report.host_name}.xplane.pb"
    assert report.host_name
    again = read_trace(path.read_bytes())
    assert again.requests is not None
    assert len(again.requests) == NUM_TESTS


_CONVERTER = """
import sys
import tensorflow
from tensorflow.python.profiler.internal import _pywrap_profiler_plugin as plugin

events, is_ok = plugin.xspace_to_tools_data([sys.argv[1]], "trace_viewer", {})
assert is_ok
sys.stdout.buffer.write(events)
"""


@pytest.mark.slow  # The converter imports TensorFlow.
def test_tensorflows_trace_viewer_shows_requests_beside_operations(server: Server, tmp_path: Path) -> None:
    report = profile(plan(server, num_tests=NUM_TESTS))
    converter = subprocess.run(
        [sys.executable, "-c", _CONVERTER, str(write_logdir(report, tmp_path))],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        timeout=100,
        check=True,
    )

    for shown in (b"/device:CUSTOM:tfsctl", b"requests/1", b"encode", b"/host:CPU", b"SessionRun"):
        assert shown in converter.stdout
