"""What a command may load: start-up time is a promise (docs/architecture.md)."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tfsctl.serving import ModelConfig, Server, ServerConfig

HEAVY = {"tensorflow", "keras", "numpy", "grpc", "requests", "docker", "google.protobuf", "httptools", "uvloop"}
# Runs a command and writes, as the last line, its exit status and the heavy modules that it has loaded.
PROBE = """
import json, sys
from tfsctl.cli._app import run
status = run(sys.argv[1:])
print(json.dumps([status, sorted(set(sys.modules))]))
"""


def loaded_by(*args: str, before: str = "") -> set[str]:
    """The heavy modules in a process that has run a command, which must have succeeded."""
    done = subprocess.run(
        [sys.executable, "-c", before + PROBE, *args], capture_output=True, text=True, timeout=120, check=True
    )
    status, modules = json.loads(done.stdout.splitlines()[-1])
    assert status == 0, done.stderr
    return HEAVY & set(modules)


@pytest.fixture(scope="module")
def server(zoo: Path) -> Iterator[Server]:
    model = ModelConfig(name="half_plus_two", base_path=zoo / "half_plus_two")
    with Server(ServerConfig(models=(model,), port=0, rest_api_port=0)) as running:
        yield running


@pytest.mark.parametrize(
    "args",
    [
        ("--help",),
        ("--version",),
        ("predict", "--help"),
        ("label", "set", "--help"),
        ("serve", "--help"),
        ("train", "mnist", "--help"),
    ],
)
def test_help_loads_nothing_heavy(args: tuple[str, ...]) -> None:
    assert loaded_by(*args) == set()


def test_dry_run_over_rest_loads_requests_and_nothing_else() -> None:
    assert loaded_by("predict", "m", "[1]", "--rest", "--dry-run") <= {"requests"}


def test_predict_over_rest_loads_neither_numpy_nor_grpc(server: Server) -> None:
    assert loaded_by("predict", "half_plus_two", "[1.0]", "--rest", "--server", server.rest_address) <= {"requests"}


def test_regress_over_rest_loads_neither_numpy_nor_grpc(server: Server) -> None:
    asked = ("regress", "half_plus_two", "x=1.0", "--signature-name", "regress_x_to_y")
    assert loaded_by(*asked, "--rest", "--server", server.rest_address) <= {"requests"}


def test_labels_are_changed_without_requests_and_numpy(server: Server) -> None:
    asked = ("label", "set", "half_plus_two", "stable=1")
    assert loaded_by(*asked, "--server", server.grpc_address) <= {"grpc", "google.protobuf"}


def test_predict_over_grpc_loads_no_requests(server: Server) -> None:
    loaded = loaded_by("predict", "half_plus_two", "[1.0]", "--grpc", "--server", server.grpc_address)
    assert loaded <= {"grpc", "google.protobuf", "numpy"}


@pytest.mark.parametrize(
    "command",
    [
        "models --rest",
        "models --grpc",
        "regress half_plus_two x=1.0 --signature-name regress_x_to_y --grpc",
        "label list --rest",
        "label list --grpc",
        "status half_plus_two --rest",
        "status half_plus_two --grpc",
        "metadata half_plus_two --rest",
        "metadata half_plus_two --grpc",
        "bench half_plus_two --num-tests 3 --rest",
        "bench half_plus_two --num-tests 3 --grpc",
    ],
)
def test_clients_never_load_tensorflow_or_the_server(command: str, server: Server) -> None:
    address = server.rest_address if "--rest" in command else server.grpc_address
    loaded = loaded_by(*command.split(), "--server", address)
    assert not loaded & {"tensorflow", "keras", "docker", "httptools", "uvloop"}


def test_serve_loads_no_tensorflow_package_and_no_client_library(zoo: Path) -> None:
    start_and_stop = (
        "import tfsctl.serving.signals as signals\n"
        "signals.run_until_signal = lambda server, on_started: (server.start(), on_started(), server.stop())\n"
    )
    ports = ("--port=0", "--rest-api-port=0")
    loaded = loaded_by("serve", str(zoo / "half_plus_two"), *ports, before=start_and_stop)
    assert not loaded & {"tensorflow", "keras", "docker", "requests"}


def test_help_takes_little_time() -> None:
    """The bar is 0.4 s of CPU; the best of three runs, so that a busy machine does not fail it."""
    assert min(_cpu_seconds("-m", "tfsctl", "--help") for _ in range(3)) < 0.4


def _cpu_seconds(*args: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *args], capture_output=True, timeout=60, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
