"""A server's life: what it needs to start, what it does about models that are broken or missing, how it stops."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from serving.grpc_calls import connected, floats, model_spec, refusal, tensor
from serving.model_directory import add_counting_version, add_version, serve
from serving.rest_calls import RestCalls
from serving.slow_calls import keep_calling, slow_call
from tfsctl.core import ManagerState, ServableHandle
from tfsctl.errors import CancelledError, Code, FailedPreconditionError, ServerStartError, TfsctlError
from tfsctl.model_spec import ModelSpec
from tfsctl.serving import Server
from tfsctl.serving.listen_address import ListenAddress
from tfsctl.serving.models.servable import Servable

WAIT_SECONDS = 20.0
ONE = {"x": tensor(np.array(1.0, np.float32))}


def wait_for(server: Server, condition: Callable[[], bool]) -> None:
    """Wait until `condition` holds after some change of a model's state."""
    assert server.core._monitor.wait_for(lambda _: condition(), timeout_seconds=WAIT_SECONDS)


def seeking(server: Server, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set as soon as a request is under way, so far that its servable is looked up."""
    was_sought = threading.Event()
    manager = server.core._manager
    find = manager.handle

    def handle(name: str, version: int | None = None) -> ServableHandle[Servable]:
        was_sought.set()
        return find(name, version)

    monkeypatch.setattr(manager, "handle", handle)
    return was_sought


class Starting(threading.Thread):
    """A server that starts beside the test; `outcome` is what `start` raised."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.outcome: BaseException | None = None
        self._server = server
        self.start()

    def run(self) -> None:
        try:
            self._server.start()
        except TfsctlError as error:
            self.outcome = error

    def finish(self) -> BaseException | None:
        self.join(WAIT_SECONDS)
        assert not self.is_alive()
        return self.outcome


def test_a_server_answers_over_both_ports_between_start_and_stop(zoo: Path) -> None:
    server = serve(zoo / "half_plus_two")
    assert (server.grpc_port, server.rest_port) == (None, None)
    with server, connected(server.grpc_address) as calls:
        assert calls.predict("half_plus_two", {"x": floats(1.0)})["y"].tolist() == [2.5]
        rest = RestCalls(server.rest_address)
        assert rest.predict("half_plus_two", [1.0, 2.0, 5.0]) == (200, {"predictions": [2.5, 3.0, 4.5]})
        rest.close()
    assert server.is_drained
    for port in (server.grpc_port, server.rest_port):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port or 0), timeout=5)


def test_the_ready_lines_are_logged_with_the_ports_bound(zoo: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="tfsctl.serving"), serve(zoo / "scalar") as server:
        ready = [record.getMessage() for record in caplog.records if " ..." in record.getMessage()]
    assert ready == [
        f"Running gRPC ModelServer at 127.0.0.1:{server.grpc_port} ...",
        f"Exporting HTTP/REST API at:127.0.0.1:{server.rest_port} ...",
    ]


@pytest.mark.parametrize(("off", "on"), [("port", "rest_address"), ("rest_api_port", "grpc_address")])
def test_either_port_may_be_off(zoo: Path, off: str, on: str) -> None:
    with serve(zoo / "scalar", **{off: None}) as server:
        assert getattr(server, on).startswith("127.0.0.1:")
        with pytest.raises(FailedPreconditionError, match="is off"):
            getattr(server, "grpc_address" if off == "port" else "rest_address")


def test_a_server_on_all_addresses_is_reached_by_loopback(zoo: Path) -> None:
    with serve(zoo / "scalar", host="0.0.0.0") as server, connected(server.grpc_address) as calls:
        assert server.grpc_address == f"127.0.0.1:{server.grpc_port}"
        assert calls.predict("scalar", ONE)["y"] == 2.0


def test_a_server_starts_once_and_stops_as_often_as_one_likes(zoo: Path) -> None:
    server = serve(zoo / "scalar")
    server.start()
    with pytest.raises(FailedPreconditionError, match="only once"):
        server.start()
    assert not server.wait(timeout_seconds=0.0)
    server.stop()
    server.stop()
    assert server.wait(timeout_seconds=0.0)


@pytest.mark.parametrize("which", ["port", "rest_api_port"])
def test_a_port_in_use_is_named_and_nothing_is_left_running(zoo: Path, which: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = serve(zoo / "scalar", **{which: port})
        with pytest.raises(ServerStartError, match=rf"127\.0\.0\.1:{port}") as caught:
            server.start()
        assert caught.value.hint
    assert server.wait(timeout_seconds=0.0)


@pytest.mark.parametrize("which", ["port", "rest_api_port"])
def test_a_port_taken_while_models_load_is_an_error_too(zoo: Path, monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    monkeypatch.setattr(ListenAddress, "check", lambda self: None)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = serve(zoo / "scalar", **{which: port})
        with pytest.raises(ServerStartError, match=rf"127\.0\.0\.1:{port}"):
            server.start()
    assert server.core.version_states(ModelSpec("scalar"))[0].state is ManagerState.END


def test_without_a_model_there_is_no_server() -> None:
    with pytest.raises(ServerStartError, match="no model to serve"):
        serve().start()


@pytest.mark.parametrize("name", ["truncated_saved_model", "truncated_variables", "missing_op", "without_serve_tag"])
def test_a_server_whose_only_model_cannot_be_loaded_does_not_start(zoo: Path, name: str) -> None:
    with pytest.raises(ServerStartError) as caught:
        serve(zoo / name).start()
    text = caught.value.message
    assert text.startswith(f"1 servable(s) did not become available: {{{{{{name: {name} version: 1}} due to error: ")
    assert text.endswith("}, }")


def test_a_broken_model_says_why_and_does_not_hurt_the_good_one(zoo: Path) -> None:
    with (
        serve(zoo / "truncated_saved_model", zoo / "half_plus_two") as server,
        connected(server.grpc_address) as calls,
    ):
        assert calls.predict("half_plus_two", {"x": floats(1.0)})["y"].tolist() == [2.5]
        (status,) = calls.status(model_spec("truncated_saved_model"))
        assert (status.state, status.status.error_code) == (ManagerState.END, Code.DATA_LOSS)
        assert "saved_model.pb" in status.status.error_message
        assert not server.core.is_ready()


def test_the_older_version_serves_on_when_a_newer_one_is_corrupt(zoo: Path, tmp_path: Path) -> None:
    add_counting_version(zoo, tmp_path / "m", 1)
    with serve(tmp_path / "m") as server, connected(server.grpc_address) as calls:
        shutil.copytree(zoo / "truncated_saved_model/1", tmp_path / "m" / "2")
        wait_for(server, lambda: server.core.version_states(ModelSpec("m"))[0].state is ManagerState.END)
        assert calls.predict("m", ONE)["y"] == 2.0
        assert [entry.state for entry in calls.status(model_spec("m"))] == [ManagerState.END, ManagerState.AVAILABLE]
        assert server.core.is_ready()


def test_a_missing_base_path_is_awaited(zoo: Path, tmp_path: Path) -> None:
    server = serve(tmp_path / "late")
    starting = Starting(server)
    assert server.core._source.wait_until_polled(timeout_seconds=WAIT_SECONDS)
    assert starting.is_alive()
    assert server.grpc_port is None
    add_version(zoo / "scalar", tmp_path / "late", 1)
    assert starting.finish() is None
    with connected(server.grpc_address) as calls:
        assert calls.predict("late", ONE)["y"] == 2.0
    server.stop()


@pytest.mark.parametrize("exists", [True, False], ids=["empty", "missing"])
def test_a_missing_base_path_is_refused_where_models_are_required(tmp_path: Path, exists: bool) -> None:
    if exists:
        (tmp_path / "m").mkdir()
    with pytest.raises(ServerStartError, match=str(tmp_path / "m")):
        serve(tmp_path / "m", require_models_at_start=True).start()


def test_a_missing_model_is_not_awaited_beside_one_that_is_there(zoo: Path, tmp_path: Path) -> None:
    with serve(zoo / "scalar", tmp_path / "late") as server, connected(server.grpc_address) as calls:
        assert refusal(lambda: calls.predict("late", ONE))[0] == "NOT_FOUND"
        assert not server.core.is_ready()
        add_version(zoo / "scalar", tmp_path / "late", 1)
        wait_for(server, lambda: server.core.is_available("late"))
        assert calls.predict("late", ONE)["y"] == 2.0
        assert server.core.is_ready()


def test_a_server_that_waits_for_models_can_be_stopped(tmp_path: Path) -> None:
    server = serve(tmp_path / "never")
    starting = Starting(server)
    assert server.core._source.wait_until_polled(timeout_seconds=WAIT_SECONDS)
    server.stop()
    assert isinstance(starting.finish(), CancelledError)


def test_draining_finishes_what_runs_and_refuses_what_is_new(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(zoo / "slow") as server, connected(server.grpc_address) as calls:
        ready_before = server.core.is_ready()
        was_sought = seeking(server, monkeypatch)
        running = slow_call(calls, seconds=1.0)
        assert was_sought.wait(WAIT_SECONDS)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        assert refusal(lambda: keep_calling(calls))[0] == "UNAVAILABLE"
        assert running.result()
        stopping.join(WAIT_SECONDS)
        assert (ready_before, server.core.is_ready(), server.is_drained) == (True, False, True)


def test_draining_gives_up_after_its_time(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(zoo / "slow") as server, connected(server.grpc_address) as calls:
        was_sought = seeking(server, monkeypatch)
        running = slow_call(calls, seconds=2.0)
        assert was_sought.wait(WAIT_SECONDS)
        server.stop(drain_seconds=0.1)
        assert not server.is_drained
        assert refusal(running.result)[0] in {"CANCELLED", "UNAVAILABLE"}
