"""§3.4: start."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Mapping
from functools import partial

import pytest

from conformance.case import ScenarioCase, ServerCase
from conformance.layout import Content, put
from conformance.play import Play
from conformance.stage import Stage
from conformance.steps import Answers, Configure, Put, Refuses, Reload, States, Status, is_awaited, opened
from conformance.warm_ups import FILE, takes
from serving.model_directory import QUICK
from serving.reload_calls import entry, listed
from tfsctl.core import ManagerState
from tfsctl.serving import ModelConfig, Server, ServerConfig

_M, _N = entry("m", "{home}/m"), entry("n", "{home}/n")
_ALL = "model_version_policy { all {} }"
_case = partial(ServerCase, section="3.4")
_waiting = partial(_case, is_awaited=False)


def _slow(model: str, seconds: float = 0.2) -> Mapping[str, Content]:
    """A model whose load takes a while."""
    return {f"{model}/1": "slow", f"{model}/1/{FILE}": takes(seconds)}


def _failure(model: str, version: int) -> str:
    """What is said of a version without a SavedModel."""
    return (
        f"{{{{name: {model} version: {version}}} due to error: NOT_FOUND: "
        "Specified file path does not appear to contain a SavedModel bundle"
        " (should have a file called `saved_model.pb`)"
        f"\nSpecified file path: {{home}}/{model}/{version}}}, "
    )


def _does_not_start(what: str, files: Mapping[str, Content], *failures: tuple[str, int], more: str = "") -> ServerCase:
    text = "".join(_failure(*each) for each in failures)
    refused = ("UNKNOWN", f"{len(failures)} servable(s) did not become available: {{{text}}}")
    return _case(what=what, files=files, more=more, settings={"max_num_load_retries": 0}, refused=refused)


def _loads_before_it_opens(play: Play) -> None:
    lines = [line for line in play.log if line.startswith(("Running gRPC", "Exporting", "m/1 is AVAILABLE"))]
    assert [line.split(" ")[0] for line in lines] == ["m/1", "Running", "Exporting"]


def _is_loading_behind_closed_ports(play: Play) -> None:
    play.until(lambda: "m/1 LOADING" in play.events, "the load")
    assert (play.server.grpc_port, play.server.rest_port, play.outcome) == (None, None, None)


def _load_at_once(play: Play) -> None:
    """All loads of these models begin before one has ended."""
    play.until(lambda: {"a/1 AVAILABLE", "b/1 AVAILABLE"} <= set(play.events), "both")
    events = [event for event in play.events if event[0] in "ab" and event.endswith(("LOADING", "AVAILABLE"))]
    assert [event.split(" ")[1] for event in events] == ["LOADING", "LOADING", "AVAILABLE", "AVAILABLE"]


def _load_in_turn(play: Play) -> None:
    """One load begins when the other has ended."""
    play.until(lambda: {"a/1 AVAILABLE", "b/1 AVAILABLE"} <= set(play.events), "both")
    events = [event for event in play.events if event[0] in "ab" and event.endswith(("LOADING", "AVAILABLE"))]
    assert [event.split(" ")[1] for event in events] == ["LOADING", "AVAILABLE", "LOADING", "AVAILABLE"]


def _refuses_connections(stage: Stage) -> None:
    """While models are loaded nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    put(stage.zoo, stage.directory, "m/1", 1)
    model = ModelConfig(name="m", base_path=stage.directory / "m")
    server = Server(ServerConfig(models=(model,), **{**QUICK, "rest_api_port": port}))

    def connect() -> None:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()

    def check() -> None:
        with pytest.raises(ConnectionRefusedError):
            connect()

    try:
        server.start(before_opening=check)
        connect()
        stage.wait_for(server, "m", 1, ManagerState.AVAILABLE)
    finally:
        server.stop()


def _tells_stdout(stage: Stage) -> None:
    put(stage.zoo, stage.directory, "m/1", None)
    flags = (f"--grpc_socket_path={stage.directory}/s", "--port=0", "--max_num_load_retries=0", "--model_name=m")
    command = [sys.executable, "-m", "tfsctl.serving", *flags, f"--model_base_path={stage.directory}/m"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    text = _failure("m", 1).replace("{home}", str(stage.directory))
    expected = f"Failed to start server. Error: UNKNOWN: 1 servable(s) did not become available: {{{text}}}\n"
    assert (run.stdout, run.returncode) == (expected, 255)


CASES = (
    # Loading comes before listening.
    _case(what="ports open when models are loaded", files={"m/1": 1}, steps=(_loads_before_it_opens,)),
    _waiting(
        what="ports are closed while a model is loaded",
        files=_slow("m"),
        steps=(_is_loading_behind_closed_ports, opened, States("m", {1: "AVAILABLE"})),
    ),
    ScenarioCase(section="3.4", what="clients are refused the connection meanwhile", play=_refuses_connections),
    _waiting(
        what="all models are awaited",
        files={"n/1": 1, **_slow("m")},
        steps=(
            _is_loading_behind_closed_ports,
            opened,
            States("m", {1: "AVAILABLE"}),
            States("n", {1: "AVAILABLE"}),
        ),
    ),
    _case(what="a list without models is awaited by nobody", config="model_config_list {}"),
    # What is awaited for ever.
    _waiting(
        what="a missing base path is awaited",
        config=listed(_M),
        steps=(is_awaited, Put("m/1", 1), opened, Answers("m", 1)),
    ),
    _waiting(
        what="a base path in which nothing is a version is awaited",
        files={"m/v1": 1},
        steps=(is_awaited, Put("m/1", 1), opened, Answers("m", 1)),
    ),
    _waiting(
        what="the config file is not read again before the start is over",
        files={"n/1": 1},
        config=listed(_M),
        settings={"model_config_file_poll_wait_seconds": 0.02},
        steps=(is_awaited, Configure(listed(_N)), is_awaited, Put("m/1", 1), opened, States("m", {1: "END"})),
    ),
    _case(
        what="a missing base path beside a model that is there is not awaited",
        files={"n/1": 1},
        config=listed(_M, _N),
        steps=(Answers("n", 1), Put("m/1", 1), States("m", {1: "AVAILABLE"})),
        difference="broken base path",
    ),
    # What decides.
    _does_not_start("a model that fails ends the server", {"m/123": None}, ("m", 123)),
    _does_not_start("models that fail are all named", {"a/1": None, "b/2": None}, ("a", 1), ("b", 2)),
    _does_not_start("of versions that fail the newest is named", {"m/1": None, "m/2": None}, ("m", 2), more=_ALL),
    ScenarioCase(section="3.4", what="the process says so on stdout and ends with 255", play=_tells_stdout),
    _case(
        what="the newest version decides, though an older one fails",
        files={"m/1": None, "m/2": 2},
        more=_ALL,
        steps=(Answers("m", 2), Status("m", 1, "END", "NOT_FOUND")),
    ),
    _case(
        what="a newest version that fails beside an older one that does not ends nothing",
        files={"m/1": 1, "m/2": None},
        more=_ALL,
        steps=(Answers("m", 1), Status("m", 2, "END", "NOT_FOUND")),
        difference="failing at start",
    ),
    _case(
        what="a model that fails beside one that does not ends nothing",
        files={"m/1": None, "n/1": 1},
        steps=(
            Answers("n", 1),
            Status("m", 1, "END", "NOT_FOUND"),
            Refuses("m", "NOT_FOUND", "Servable not found for request: Latest(m)"),
        ),
        difference="failing at start",
    ),
    # Threads that load.
    _case(
        what="models are loaded at the same time at first",
        files={**_slow("a"), **_slow("b")},
        settings={"num_load_threads": 0},
        steps=(_load_at_once,),
    ),
    _case(
        what="later models are loaded in turn with no load thread",
        files={"m/1": 1, **_slow("a", 0.1), **_slow("b", 0.1)},
        config=listed(_M),
        settings={"num_load_threads": 0},
        steps=(Reload(listed(_M, entry("a", "{home}/a"), entry("b", "{home}/b"))), _load_in_turn),
    ),
    _case(
        what="later models are loaded in turn with one load thread",
        files={"m/1": 1, **_slow("a", 0.1), **_slow("b", 0.1)},
        config=listed(_M),
        settings={"num_load_threads": 1},
        steps=(Reload(listed(_M, entry("a", "{home}/a"), entry("b", "{home}/b"))), _load_in_turn),
    ),
    _case(
        what="later models are loaded at the same time with two load threads",
        files={"m/1": 1, **_slow("a"), **_slow("b")},
        config=listed(_M),
        settings={"num_load_threads": 2},
        steps=(Reload(listed(_M, entry("a", "{home}/a"), entry("b", "{home}/b"))), _load_at_once),
    ),
)
