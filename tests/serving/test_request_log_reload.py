"""Logs that come, go and change with the configuration of a running server (tensorflow-serving.md §3.6, §9)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.grpc_calls import GrpcCalls, connected, floats, refusal
from serving.model_directory import QUICK, serve
from serving.reload_calls import entry, listed, reload
from serving.request_log_files import logged, logging_config, wait_for_logged
from tfsctl.serving import Server, ServerConfig


@pytest.fixture
def half(zoo: Path) -> Path:
    return zoo / "half_plus_two"


@pytest.fixture
def running(half: Path) -> Iterator[Server]:
    with serve(half) as server:
        yield server


@pytest.fixture
def rpc(running: Server) -> Iterator[GrpcCalls]:
    with connected(running.grpc_address) as calls:
        yield calls


def ask(rpc: GrpcCalls, times: int = 1) -> None:
    for _ in range(times):
        rpc.predict("half_plus_two", {"x": floats(1.0)})


def logs_to(half: Path, prefix: Path, rate: float = 1.0) -> str:
    return listed(entry("half_plus_two", half, logging_config(prefix, rate)))


def test_reload_switches_the_log_on_and_off(rpc: GrpcCalls, half: Path, tmp_path: Path) -> None:
    ask(rpc)
    reload(rpc, logs_to(half, tmp_path / "a"))
    ask(rpc, 2)
    reload(rpc, listed(entry("half_plus_two", half)))
    ask(rpc)
    reload(rpc, logs_to(half, tmp_path / "a"))
    ask(rpc, 3)
    assert len(wait_for_logged(tmp_path / "a.tfrecord", 5)) == 5
    assert [file.name for file in tmp_path.iterdir()] == ["a.tfrecord"]


def test_reload_changes_the_rate_and_the_file(rpc: GrpcCalls, half: Path, tmp_path: Path) -> None:
    reload(rpc, logs_to(half, tmp_path / "a"))
    ask(rpc)
    reload(rpc, logs_to(half, tmp_path / "a", rate=0.0))
    ask(rpc)
    reload(rpc, logs_to(half, tmp_path / "b", rate=0.999999999))
    ask(rpc)
    assert len(wait_for_logged(tmp_path / "b.tfrecord", 1)) == 1
    (first,) = wait_for_logged(tmp_path / "a.tfrecord", 1)
    (second,) = logged(tmp_path / "b.tfrecord")
    rates = [log.log_metadata.sampling_config.sampling_rate for log in (first, second)]
    assert rates == [1.0, 0.999999999]


def test_file_given_up_by_a_reload_is_free_for_another_server(
    running: Server, rpc: GrpcCalls, half: Path, tmp_path: Path
) -> None:
    reload(rpc, logs_to(half, tmp_path / "a"))
    ask(rpc)
    wait_for_logged(tmp_path / "a.tfrecord", 1)
    reload(rpc, listed(entry("half_plus_two", half)))
    running.stop()
    with serve(half, request_log=tmp_path / "a.tfrecord") as other, connected(other.grpc_address) as calls:
        ask(calls)
        assert len(wait_for_logged(tmp_path / "a.tfrecord", 2)) == 2


def test_refused_reload_leaves_the_log_as_it_is(rpc: GrpcCalls, half: Path, tmp_path: Path) -> None:
    reload(rpc, logs_to(half, tmp_path / "a"))
    text = logs_to(half, tmp_path / "none/b")
    assert refusal(lambda: reload(rpc, text)) == (
        "FAILED_PRECONDITION",
        f"Cannot write the request log {tmp_path}/none/b.tfrecord: No such file or directory",
    )
    unknown = logs_to(half, tmp_path / "b").replace("tfrecord", "T")
    assert refusal(lambda: reload(rpc, unknown)) == (
        "NOT_FOUND",
        "Cannot find LogCollector::Factory for type: T",
    )
    ask(rpc)
    assert len(wait_for_logged(tmp_path / "a.tfrecord", 1)) == 1


def test_models_with_the_same_file_share_it(rpc: GrpcCalls, half: Path, tmp_path: Path) -> None:
    log = logging_config(tmp_path / "a")
    reload(rpc, listed(entry("half_plus_two", half, log), entry("twin", half, log)))
    ask(rpc)
    rpc.predict("twin", {"x": floats(1.0)})
    logs = wait_for_logged(tmp_path / "a.tfrecord", 2)
    assert [log.log_metadata.model_spec.name for log in logs] == ["half_plus_two", "twin"]


def test_model_config_file_with_a_log_is_served(half: Path, tmp_path: Path) -> None:
    file = tmp_path / "models.config"
    file.write_text(logs_to(half, tmp_path / "a"))
    with Server(ServerConfig(model_config_file=file, **QUICK)) as server, connected(server.grpc_address) as calls:
        ask(calls, 3)
        server.stop()
    assert len(logged(tmp_path / "a.tfrecord")) == 3
