"""What `tfsctl serve --docker` says when it cannot serve, against a real engine; each time nothing is left behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.terminal import COMMAND, on_terminal
from container.docker_serving import IMAGE, docker, serve
from container.registry import Registry, running_registry
from tfsctl.container.engine import open_engine
from tfsctl.container.server_list import list_servers
from tfsctl.errors import PermissionDeniedError


@pytest.fixture
def registry(engine: None) -> Iterator[Registry]:
    """A registry; the image that it has is not on this machine, neither before nor after."""
    with running_registry() as running:
        yield running
        subprocess.run(["docker", "rmi", f"{running.address}/some/model:1"], capture_output=True, check=False)


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ("{registry}/private/model", ("wants to know who you are", "docker login")),
        ("{registry}/some/model:2", ("The registry has no {registry}/some/model:2.", "tags")),
        ("127.0.0.1:9/some/model", ("its registry cannot be reached", "docker load")),
    ],
)
def test_an_image_that_cannot_be_had(
    image: str, said: tuple[str, str], registry: Registry, half_plus_two: Path
) -> None:
    refused = serve(str(half_plus_two), image=image.format(registry=registry.address))
    assert refused.exit_code == 3
    assert all(text.format(registry=registry.address) in refused.stderr for text in said), refused.stderr


def test_an_image_that_may_not_be_pulled(engine: None, half_plus_two: Path) -> None:
    refused = serve(str(half_plus_two), "--pull", "never", "--json", image="nowhere/model")
    assert refused.exit_code == 3
    error = json.loads(refused.stderr)["error"]
    assert error["message"] == "nowhere/model:latest is not on this machine."
    assert error["hint"] == "docker pull nowhere/model:latest"


def test_a_pull_shows_how_far_it_is_and_can_be_interrupted(registry: Registry, half_plus_two: Path) -> None:
    registry.may_finish.clear()
    image = f"{registry.address}/some/model:1"
    with on_terminal("serve", "--docker", "--image", image, str(half_plus_two)) as terminal:
        terminal.read_until(f"Pulling {image}")
        assert registry.is_half_way.wait(30)
        terminal.press_ctrl_c()
        assert terminal.wait() == 130
    assert image not in docker("images", "--format", "{{.Repository}}:{{.Tag}}")
    registry.may_finish.set()
    pulled = serve(str(half_plus_two), image=image)
    assert (pulled.exit_code, "has nothing that starts a server" in pulled.stderr) == (3, True)
    assert f"Warning: {image} is built for s390x" in pulled.stderr
    assert image in docker("images", "--format", "{{.Repository}}:{{.Tag}}")


def test_a_server_that_dies_at_start_is_quoted(image: str, half_plus_two: Path, tmp_path: Path) -> None:
    (tmp_path / "batching").write_text("nonsense")
    died = serve(str(half_plus_two), "--enable-batching", f"--batching-parameters-file={tmp_path / 'batching'}", "-q")
    assert died.exit_code == 3
    assert "The container ended with status 255." in died.stderr
    assert "Invalid protobuf file: '/etc/tfsctl/batching_parameters_file'" in died.stderr


def test_the_explanation_of_all_flags_is_not_quoted(image: str, half_plus_two: Path) -> None:
    died = serve(str(half_plus_two), "--max-num-load-retries=99999999999", "--quiet")
    assert died.exit_code == 3
    assert "99999999999" in died.stderr
    assert "--tensorflow_session_parallelism" not in died.stderr


def test_a_server_that_needs_more_memory_than_it_may_have(image: str, half_plus_two: Path) -> None:
    killed = serve(str(half_plus_two), "--memory", "40m", "--quiet")
    assert killed.exit_code == 3
    assert "it used more memory than its limit of 40m allows" in killed.stderr
    assert "--memory" in killed.stderr.splitlines()[1]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--memory", "4m"), "Minimum memory limit allowed is 6MB"),
        (("--cpus", "4000"), "Range of CPUs is from"),
        (("--name", "not a name"), "letters, digits"),
    ],
)
def test_settings_that_docker_refuses_are_a_wrong_command_line(
    args: tuple[str, ...], said: str, image: str, half_plus_two: Path
) -> None:
    refused = serve(str(half_plus_two), *args)
    assert (refused.exit_code, said in refused.stderr) == (2, True), refused.stderr


def test_an_address_of_another_machine_cannot_be_published(image: str, half_plus_two: Path) -> None:
    refused = serve(str(half_plus_two), "--host", "192.0.2.1")
    assert (refused.exit_code, "no address of this machine" in refused.stderr) == (3, True)


def test_an_image_for_another_processor(arm64_image: str, half_plus_two: Path) -> None:
    died = serve(str(half_plus_two), image=arm64_image)
    assert died.exit_code == 3
    assert "tfsctl-test-arm64:latest is built for another processor" in died.stderr
    assert "there is none for ARM64" in died.stderr


def test_a_server_that_does_not_answer_in_time(idle_image: str, half_plus_two: Path) -> None:
    late = serve(str(half_plus_two), "--start-timeout", "1", "--quiet", image=idle_image)
    assert late.exit_code == 3
    assert "has not made half_plus_two available within 1 s" in late.stderr
    assert "I am idle" in late.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_while_it_starts(number: signal.Signals, idle_image: str, half_plus_two: Path) -> None:
    command = [
        *COMMAND,
        "serve",
        "--docker",
        "--port=0",
        "--rest-api-port=0",
        "--image",
        idle_image,
        str(half_plus_two),
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "I am idle" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(number)
        assert "Interrupted." in process.stderr.read()
        assert process.wait(30) == 130
    assert not docker("ps", "--all", "--quiet", "--filter", "ancestor=tfsctl-test-idle")


def test_a_path_that_the_daemon_does_not_see(image: str, half_plus_two: Path, tmp_path: Path) -> None:
    """The command gets a file system of its own, as in a container that only shares the daemon's socket."""
    (tmp_path / "hidden").mkdir()
    script = 'mount -t tmpfs none "$1" && cp -r "$2" "$1" && shift 2 && exec "$@"'
    command = ["unshare", "--mount", "sh", "-c", script, "sh", str(tmp_path / "hidden"), str(half_plus_two)]
    model = tmp_path / "hidden" / "half_plus_two"
    command += [*COMMAND, "serve", "--docker", "--port=0", "--rest-api-port=0", "--image", IMAGE, str(model)]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 3, refused.stderr
    assert f"The Docker daemon does not see {model}." in refused.stderr
    assert "File sharing" in refused.stderr


def test_a_user_who_may_not_talk_to_docker(engine: None, nobody: None) -> None:
    if os.geteuid() == 0:
        pytest.skip("the system has no other user")
    with pytest.raises(PermissionDeniedError, match="may not talk to Docker") as caught, open_engine():
        pass
    assert "usermod -aG docker" in (caught.value.hint or "")
    assert list_servers() == ()


@pytest.mark.parametrize(
    ("address", "path", "said"),
    [
        ("unix:///nowhere/docker.sock", os.environ.get("PATH", ""), "is not running"),
        ("unix:///nowhere/docker.sock", "/nowhere", "Docker is not installed"),
        ("tcp://127.0.0.1:9", os.environ.get("PATH", ""), "is not running (tcp://127.0.0.1:9: Connection refused)"),
        ("tcp://192.0.2.1:2375", os.environ.get("PATH", ""), "on another machine"),
        ("ssh://somebody@elsewhere", os.environ.get("PATH", ""), "on another machine"),
    ],
)
def test_without_an_engine(address: str, path: str, said: str, half_plus_two: Path) -> None:
    refused = serve(str(half_plus_two), DOCKER_HOST=address, PATH=path)
    if shutil.which("docker") is None:
        said = said.replace("is not running", "is not installed")
    assert (refused.exit_code, said in refused.stderr) == (3, True), refused.stderr


def test_a_context_is_followed(half_plus_two: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"currentContext": "colima"}')
    refused = serve(str(half_plus_two), DOCKER_CONFIG=str(tmp_path))
    assert refused.exit_code == 3
    assert "the context colima, which does not exist" in refused.stderr


def test_what_check_finds_stops_it_before_there_is_a_container(engine: None, half_plus_two: Path) -> None:
    (half_plus_two / "1" / "variables" / "variables.data-00000-of-00001").unlink()
    refused = serve(str(half_plus_two), image="nowhere/model")
    assert refused.exit_code == 3
    assert "variables" in refused.stderr
    assert "nowhere" not in refused.stderr
