from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
import trustme

from cli.runner import Runner
from cli.terminal import COMMAND, on_terminal
from tfsctl.background import StateDirectory, stop
from tfsctl.background.stopping import has_ended
from tfsctl.cli._serve.detached import arguments, default_name
from tfsctl.cli._serve.flags import ServeFlags
from tfsctl.cli._serve.port_holder import holder_of
from tfsctl.cli.ps import age
from tfsctl.container import ContainerServer
from tfsctl.serving import Server


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StateDirectory]:
    """A state directory of the test's own, and no Docker; what is started here ends with the test."""
    monkeypatch.setenv("TFSCTL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    directory = StateDirectory()
    yield directory
    for entry in directory.entries():
        stop(entry, timeout_seconds=20)


def run(*args: str) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, as a script would run it."""
    return subprocess.run([*COMMAND, *args], capture_output=True, text=True, timeout=120, check=False)


def detach(zoo: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return run("serve", str(zoo / "half_plus_two"), "--port", "0", "--rest-api-port", "0", "--detach", *args)


def test_a_detached_server_is_listed_answers_shows_its_log_and_stops(
    zoo: Path, tfsctl: Runner, state: StateDirectory
) -> None:
    started = detach(zoo, "--json")
    ready = json.loads(started.stdout)
    assert (started.returncode, ready["name"]) == (0, "half_plus_two")
    assert tfsctl("predict", "[1.0]", "--server", ready["rest_url"]).json == [2.5]
    (listed,) = tfsctl("ps", "--json").json["servers"]
    assert {key: listed[key] for key in ("pid", "grpc", "rest", "models", "state", "kind")} == {
        "pid": ready["pid"],
        "grpc": ready["grpc"],
        "rest": ready["rest_url"],
        "models": ["half_plus_two"],
        "state": "running",
        "kind": "process",
    }
    assert tfsctl("wait", "--json").json == {"ready": "half_plus_two"}
    assert "Loaded half_plus_two/1" in tfsctl("logs")
    assert tfsctl("stop").stderr == "Stopped half_plus_two.\n"
    assert list(state.path.glob("*.*")) == []


def test_people_are_told_what_serve_tells_and_how_to_stop_it(zoo: Path, tfsctl: Runner) -> None:
    started = detach(zoo, "--name", "digits")
    assert (started.returncode, started.stdout) == (0, "")
    assert "Serving half_plus_two, version 1: " in started.stderr
    assert "(`tfsctl stop digits` stops)" in started.stderr
    assert "Try: curl -d" in started.stderr
    table = tfsctl("ps").splitlines()
    assert table[0].split() == ["NAME", "PID", "GRPC", "REST", "MODELS", "STATE", "AGE"]
    assert table[1].split()[0::4] == ["digits", "half_plus_two"]
    assert tfsctl("ps", "-q") == "digits\n"


def test_a_name_in_use_and_a_taken_port_are_refused_with_who_has_it(zoo: Path) -> None:
    ready = json.loads(detach(zoo, "--name", "digits", "--json").stdout)
    again = detach(zoo, "--name", "digits", "--json")
    assert again.returncode == 7
    assert json.loads(again.stderr)["error"]["message"] == (
        f"A server named digits is running already (pid {ready['pid']})."
    )
    port = ready["grpc"].rpartition(":")[2]
    for options in ([], ["--detach"]):
        taken = run("serve", str(zoo / "half_plus_two"), f"--port={port}", "--rest-api-port=off", *options)
        assert taken.returncode == 3
        assert f"Hint: It is held by tfsctl server digits (pid {ready['pid']}).\n" in taken.stderr


def test_a_detached_server_that_cannot_start_ends_as_serve_does(state: StateDirectory) -> None:
    here, detached = run("serve", "missing"), run("serve", "missing", "--detach")
    assert (detached.returncode, detached.stderr) == (here.returncode, here.stderr)
    assert detached.returncode == 3
    assert list(state.path.glob("*.*")) == []


def test_a_server_that_crashed_shows_as_exited_until_it_is_stopped(
    zoo: Path, tfsctl: Runner, state: StateDirectory
) -> None:
    detach(zoo)
    entry = state.entries()[0]
    os.kill(entry.pid, signal.SIGKILL)
    assert has_ended(entry, timeout_seconds=30)
    assert (tfsctl("ps"), tfsctl("ps").exit_code) == ("", 0)
    assert tfsctl("ps", "-a", "--json").json["servers"][0]["state"] == "exited"
    assert "AVAILABLE" in tfsctl("logs", "half_plus_two", "--tail", "6")
    assert tfsctl("wait", "half_plus_two").exit_code == 5
    assert tfsctl("stop", "half_plus_two", "--json").json == {
        "stopped": [{"name": "half_plus_two", "was_running": False}]
    }
    assert tfsctl("ps", "-a", "--json").json == {"servers": []}


def test_logs_follow_until_the_server_ends_or_ctrl_c(zoo: Path, tfsctl: Runner) -> None:
    detach(zoo)
    with on_terminal("logs", "-f") as terminal:
        terminal.read_until("Try: curl")
        terminal.press_ctrl_c()
        assert (terminal.wait(), "Interrupted" in terminal.read_to_end()) == (0, False)
    with on_terminal("logs", "--follow", "--tail", "1", "half_plus_two") as terminal:
        terminal.read_until("Try: curl")
        assert tfsctl("stop", "--all").exit_code == 0
        assert terminal.wait() == 0
        assert "Stopping: finishing" in terminal.read_to_end()


@pytest.mark.parametrize(
    ("line", "exit_code", "message"),
    [
        ("stop nothing", 4, "No server named nothing."),
        ("stop", 4, "No server runs in the background."),
        ("logs", 4, "No server runs in the background."),
        ("logs nothing", 4, "No server named nothing."),
        ("wait nothing", 4, "No server named nothing."),
        ("wait --server 127.0.0.1:1 --timeout 0", 6, "127.0.0.1:1 is not ready after 0 s."),
        ("wait a --server b", 2, "Give a NAME or --server, not both."),
        ("stop a --all", 2, "Give NAMEs or --all, not both."),
        ("serve --name x", 2, "--name goes with --detach: only a server in the background needs one."),
        ("serve --detach --name ../x", 2, "'../x' cannot be a server's name."),
    ],
)
def test_what_cannot_be_done_is_told(line: str, exit_code: int, message: str, tfsctl: Runner) -> None:
    result = tfsctl("--json", *line.split())
    assert (result.exit_code, result.error["message"]) == (exit_code, message)


def test_with_nothing_running_all_are_stopped_and_listed_without_complaint(tfsctl: Runner) -> None:
    assert tfsctl("stop", "--all", "--json").json == {"stopped": []}
    assert tfsctl("ps", "--json").json == {"servers": []}
    assert "tfsctl serve --detach" in tfsctl("ps").stderr


def test_names_must_be_given_where_several_run(zoo: Path, tfsctl: Runner) -> None:
    detach(zoo, "--name", "one")
    detach(zoo, "--name", "two")
    assert tfsctl("logs", "--json").error["hint"] == "Give one of: one, two."
    assert "Did you mean two?" in tfsctl("logs", "twoo").stderr
    assert tfsctl("stop", "two", "one", "two").stderr == "Stopped two.\nStopped one.\n"


def test_wait_for_any_server_by_its_address(tfsctl: Runner, server_of_one: Server, server: Server) -> None:
    for address in (server_of_one.rest_address, server_of_one.grpc_address):
        assert tfsctl("wait", "--server", address).exit_code == 0
    late = tfsctl("wait", "--server", server.rest_address, "--timeout", "0")
    assert (late.exit_code, "`tfsctl status`" in late.stderr) == (6, True)  # One of its models cannot be loaded.


def test_a_server_that_speaks_tls_is_waited_for_whoever_signed_it(zoo: Path, tmp_path: Path, tfsctl: Runner) -> None:
    certificate = trustme.CA().issue_cert("localhost")
    parts = {"server_key": certificate.private_key_pem, "server_cert": certificate.cert_chain_pems[0]}
    config = tmp_path / "ssl.config"
    config.write_text("\n".join(f"{name}: {blob.bytes().decode()!r}" for name, blob in parts.items()))
    ready = json.loads(detach(zoo, "--ssl-config-file", str(config), "--rest-ssl", "--json").stdout)
    assert ready["rest_url"].startswith("https://")
    assert tfsctl("wait", "--timeout", "20").exit_code == 0
    assert tfsctl("wait", "--server", ready["grpc"], "--timeout", "20").exit_code == 0


def test_ctrl_c_while_it_starts_leaves_nothing(zoo: Path, state: StateDirectory) -> None:
    path = f"{zoo}/nothing-yet"
    with on_terminal("serve", "--model-base-path", path, "--port", "0", "--rest-api-port", "0", "--detach") as terminal:
        while not any(entry.pid != terminal.process.pid for entry in state.entries()):
            assert terminal.process.poll() is None
        entry = state.entries()[0]
        terminal.press_ctrl_c()
        assert terminal.wait() == 130
    assert not entry.is_alive
    assert list(state.path.glob("*.*")) == []


def test_all_flags_reach_the_server_as_they_are() -> None:
    flags = ServeFlags(port=-1, enable_batching=True, enable_profiler=False, drain_seconds=2.5)
    line = arguments(["a=b", "-c"], flags)
    assert {"--port=off", "--enable-batching", "--no-enable-profiler", "--drain-seconds=2.5"} <= set(line)
    assert line[-3:] == ["--", "a=b", "-c"]


def test_containers_are_in_the_list_and_the_same_commands_are_for_them(
    tfsctl: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = datetime.now(timezone.utc)
    server = ContainerServer("boxed", "abc", "tensorflow/serving", "running", {"rest": "127.0.0.1:9"}, ("m",), started)
    stopped: list[tuple[str, float]] = []
    monkeypatch.setattr("tfsctl.container.list_servers", lambda: (server,))
    monkeypatch.setattr("tfsctl.container.logs", lambda name, **_: iter([f"{name} says hello"]))
    monkeypatch.setattr("tfsctl.container.stop", lambda name, timeout_seconds: stopped.append((name, timeout_seconds)))
    assert tfsctl("ps").splitlines()[1].split() == ["boxed", "container", "-", "127.0.0.1:9", "m", "running", "0s"]
    assert tfsctl("ps", "--json").json["servers"][0]["container"] == "abc"
    assert tfsctl("logs") == "boxed says hello\n"
    assert tfsctl("wait", "--timeout", "0").exit_code == 6
    assert tfsctl("stop", "boxed", "--timeout", "3").stderr == "Stopped boxed.\n"
    assert stopped == [("boxed", 3.0)]
    assert holder_of(9) == "tfsctl server boxed (container abc)"


@pytest.mark.parametrize(
    ("paths", "name"), [(["m/x/"], "x"), (["a=m/x"], "a"), ([], "tfsctl"), (["a", "b"], "tfsctl"), (["/"], "tfsctl")]
)
def test_the_default_name_is_the_only_models(paths: list[str], name: str) -> None:
    assert default_name(paths, ServeFlags()) == name
    assert default_name(paths, ServeFlags(model_name="given")) == "given"


@pytest.mark.parametrize(("seconds", "text"), [(0, "0s"), (59.9, "59s"), (60, "1m"), (7200, "2h"), (200_000, "2d")])
def test_an_age_has_one_unit(seconds: float, text: str) -> None:
    assert age(seconds) == text
