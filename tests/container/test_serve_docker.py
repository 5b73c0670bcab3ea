"""`tfsctl serve --docker` against a real engine, with our own image."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.runner import run_tfsctl
from cli.terminal import on_terminal
from container.docker_serving import docker, serve, serving_in_docker
from tfsctl import container as containers
from tfsctl.client import connect

_FLAG_FILES = {"monitoring_config_file": "monitoring", "batching_parameters_file": "batching"}
_PROMETHEUS = 'prometheus_config { enable: true path: "/m" }'


def test_one_model_answers_over_both_protocols(image: str, half_plus_two: Path, tmp_path: Path) -> None:
    with serving_in_docker(str(half_plus_two), stderr=tmp_path / "log") as server:
        expected = [{"name": "half_plus_two", "version": 1}]
        assert [{"name": m["name"], "version": m["version"]} for m in server.ready["models"]] == expected
        for protocol in ("rest", "grpc"):
            asked = ("predict", "half_plus_two", "[1.0]", f"--{protocol}", "--server", server.ready[protocol])
            assert run_tfsctl(*asked).json == [2.5]
        assert server.stop() == 0
    log = (tmp_path / "log").read_text()
    assert "Exporting HTTP/REST API" in log, "the server's log is followed"
    assert "Serving half_plus_two, version 1" in log
    assert "Traceback" not in log


def test_a_container_sees_its_model_and_can_change_nothing(image: str, half_plus_two: Path, tmp_path: Path) -> None:
    with serving_in_docker(str(half_plus_two), stderr=tmp_path / "log") as server:
        (mount,) = server.container["Mounts"]
        assert (mount["Source"], mount["Destination"]) == (str(half_plus_two), "/models/half_plus_two")
        assert not mount["RW"]
        published = server.container["HostConfig"]["PortBindings"]
        assert {bindings[0]["HostIp"] for bindings in published.values()} == {"127.0.0.1"}
        assert "MODEL_NAME=half_plus_two" in server.container["Config"]["Env"]


def test_a_new_version_is_served_without_a_restart(image: str, half_plus_two: Path, tmp_path: Path) -> None:
    with serving_in_docker(str(half_plus_two), stderr=tmp_path / "log") as server:
        shutil.copytree(half_plus_two / "1", tmp_path / "2")
        (tmp_path / "2").rename(half_plus_two / "2")
        with connect(f"http://{server.ready['rest']}") as client:
            _wait_until(lambda: client.status("half_plus_two")[0].version == 2)


def test_several_models_go_by_a_config_file(image: str, models: Path, tmp_path: Path) -> None:
    with serving_in_docker(str(models), f"odd name={models / 'strings'}", stderr=tmp_path / "log") as server:
        assert [model["name"] for model in server.ready["models"]] == ["half_plus_two", "strings", "odd name"]
        answer = run_tfsctl("predict", "odd name", '["a"]', "--server", server.ready["grpc"])
        assert answer.json[0]["y"] == "a"
        assert {mount["Type"] for mount in server.container["Mounts"]} == {"bind"}, "no file is left anywhere"
        assert len(server.container["Mounts"]) == 3


def test_a_config_file_keeps_its_policies_and_labels(
    image: str, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(models / "half_plus_two" / "1", models / "half_plus_two" / "2")
    (tmp_path / "models.config").write_text(
        "model_config_list { config { name: 'half' base_path: 'models/half_plus_two' model_platform: 'tensorflow'"
        " model_version_policy { all {} } version_labels { key: 'stable' value: 1 } } }"
    )
    monkeypatch.chdir(tmp_path)
    arguments = ("--model_config_file=models.config", "--allow_version_labels_for_unavailable_models=true")
    with serving_in_docker(*arguments, stderr=tmp_path / "log") as server:
        asked = ("half", "[1.0]", "--version-label", "stable", "--server", server.ready["rest"])
        assert run_tfsctl("predict", *asked).json == [2.5]
        with connect(server.ready["rest"]) as client:
            assert {version.version for version in client.status("half")} == {1, 2}


def test_flags_and_their_files_reach_the_server(image: str, half_plus_two: Path, tmp_path: Path) -> None:
    (tmp_path / "monitoring").write_text(_PROMETHEUS)
    (tmp_path / "batching").write_text("max_batch_size { value: 8 }")
    files = (
        f"--monitoring_config_file={tmp_path / 'monitoring'}",
        f"--batching_parameters_file={tmp_path / 'batching'}",
    )
    flags = ("--enable_batching=true", "--max_num_load_retries=2", "--rest-api-timeout-in-ms", "4000")
    with serving_in_docker(str(half_plus_two), *files, *flags, stderr=tmp_path / "log") as server:
        with urllib.request.urlopen(f"{server.ready['rest_url']}/m", timeout=10) as page:
            assert b":tensorflow:" in page.read()
        passed = server.container["Args"]
        assert {"--enable_batching=true", "--max_num_load_retries=2", "--rest_api_timeout_in_ms=4000"} <= set(passed)
        assert "--batching_parameters_file=/etc/tfsctl/batching_parameters_file" in passed


def test_memory_and_processors_are_limited(image: str, half_plus_two: Path, tmp_path: Path) -> None:
    with serving_in_docker(str(half_plus_two), "--memory=1g", "--cpus=0.5", stderr=tmp_path / "log") as server:
        settings = server.container["HostConfig"]
        assert (settings["Memory"], settings["NanoCpus"]) == (1 << 30, 500_000_000)


def test_rest_can_be_left_out(image: str, half_plus_two: Path, tmp_path: Path) -> None:
    with serving_in_docker(str(half_plus_two), "--rest-api-port=off", stderr=tmp_path / "log") as server:
        assert server.ready["rest"] is None
        assert run_tfsctl("predict", "[1.0]", "--server", server.ready["grpc"]).json == [2.5]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_and_removes_the_container(
    number: signal.Signals, image: str, half_plus_two: Path, tmp_path: Path
) -> None:
    with serving_in_docker(str(half_plus_two), stderr=tmp_path / "log") as server:
        server.process.send_signal(number)
        assert server.process.wait(30) == 0
        assert server.ready["name"] not in docker("ps", "--all", "--format", "{{.Names}}").splitlines()
    assert "Stopping: finishing what is running" in (tmp_path / "log").read_text(), "the server was asked, not killed"


def test_a_second_ctrl_c_kills_a_server_that_does_not_stop(stubborn_image: str, half_plus_two: Path) -> None:
    arguments = ("serve", "--docker", "--image", stubborn_image, "--port=0", "--rest-api-port=0", str(half_plus_two))
    with on_terminal(*arguments) as terminal:
        terminal.read_until("Try: ")
        terminal.press_ctrl_c()
        terminal.read_until("Ctrl-C again kills it")
        terminal.press_ctrl_c()
        assert terminal.wait() == 130


def test_a_server_that_is_stopped_by_others_ends_the_command(image: str, half_plus_two: Path, tmp_path: Path) -> None:
    with serving_in_docker(str(half_plus_two), stderr=tmp_path / "log") as server:
        docker("stop", server.ready["name"])
        assert server.process.wait(30) == 0
    with serving_in_docker(str(half_plus_two), stderr=tmp_path / "log") as server:
        docker("kill", server.ready["name"])
        assert server.process.wait(30) == 8
    assert "The container was killed." in (tmp_path / "log").read_text()


def test_detached_it_goes_on_until_it_is_stopped(image: str, half_plus_two: Path) -> None:
    left = serve(str(half_plus_two), "--detach", "--name", "tfsctl-test-left", "--json")
    assert left.exit_code == 0, left.stderr
    (server,) = [server for server in containers.list_servers() if server.name == "tfsctl-test-left"]
    assert (server.status, server.models, server.image) == ("running", ("half_plus_two",), image)
    assert server.ports["rest"] == json.loads(left.stdout)["rest"]
    assert any("Exporting HTTP/REST API" in line for line in containers.logs(server.name))
    again = serve(str(half_plus_two), "--name", server.name)
    assert (again.exit_code, "named tfsctl-test-left already" in again.stderr) == (3, True)
    containers.stop(server.name)
    assert server.name not in docker("ps", "--all", "--format", "{{.Names}}").splitlines()


def test_a_taken_port_is_named_with_who_holds_it(image: str, half_plus_two: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = serve(str(half_plus_two), "--rest-api-port", str(port))
        assert refused.exit_code == 3
        assert f"Cannot listen on 127.0.0.1:{port}: Address already in use" in refused.stderr
    with serving_in_docker(str(half_plus_two), stderr=tmp_path / "log") as server:
        port = server.ready["rest"].rpartition(":")[2]
        refused = serve(str(half_plus_two), "--rest-api-port", port)
        assert refused.exit_code == 3
        assert f"127.0.0.1:{port}: Address already in use" in refused.stderr


def _wait_until(is_so: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)
