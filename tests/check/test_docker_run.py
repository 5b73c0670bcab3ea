from __future__ import annotations

import os
import shlex

import pytest

from tfsctl.check.docker_mount import locate, mounts_of
from tfsctl.check.docker_run import is_container_command, parse_docker_run
from tfsctl.check.shell_words import split_shell_line
from tfsctl.errors import UsageError

IMAGE = "tensorflow/serving"


@pytest.mark.parametrize(
    ("line", "name", "values"),
    [
        ("docker run -p 1:2 -p3:4 IMAGE", "publish", ["1:2", "3:4"]),
        ("docker run --publish=1:2 --publish 3:4 IMAGE", "publish", ["1:2", "3:4"]),
        ("docker run -dp 1:2 IMAGE", "publish", ["1:2"]),
        ("docker run -itv /a:/b IMAGE", "volume", ["/a:/b"]),
        ("docker run -it --rm -eA=1 --env B=2 IMAGE", "env", ["A=1", "B=2"]),
        ("sudo docker container run -e A=1 IMAGE", "env", ["A=1"]),
        ("X=1 podman run -e A=1 IMAGE", "env", ["A=1"]),
        ("docker --context there run -e A=1 IMAGE", "env", ["A=1"]),
        ("docker run IMAGE -e A=1 --port=3", "env", ["A=1"]),
    ],
)
def test_options_are_read_in_all_their_spellings(line: str, name: str, values: list[str]) -> None:
    run = parse_docker_run(shlex.split(line))
    assert (run.image, run.values(name)) == ("IMAGE", values)


def test_what_follows_the_image_is_the_servers_but_for_options_of_docker() -> None:
    run = parse_docker_run(["docker", "run", IMAGE, "--port=1", "-p", "8501:8501", "--rm", "--model_name=m", "-port=3"])
    assert run.arguments == ("--port=1", "--model_name=m", "-port=3")
    assert [option.words for option in run.misplaced] == [("-p", "8501:8501"), ("--rm",)]


@pytest.mark.parametrize("line", ["docker ps", "docker", "ls run", "docker compose up"])
def test_another_command_is_refused(line: str) -> None:
    with pytest.raises(UsageError, match="runs a container"):
        parse_docker_run(line.split())


@pytest.mark.parametrize(
    ("line", "expected"),
    [("docker run x", True), ("sudo podman run x", True), ("models/m", False), ("", False), ("sudo", False)],
)
def test_a_container_command_is_told_by_its_first_word(line: str, expected: bool) -> None:
    assert is_container_command(line.split()) is expected


def test_a_line_is_split_as_a_shell_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", "m")
    line = 'docker pull x && docker run \\\n -v "$(pwd)/a b:/m" -v ~/x:/y -e MODEL_NAME=${NAME} -e $GONE_ IMAGE &'
    words = split_shell_line(line)
    assert words[:4] == ["docker", "run", "-v", f"{os.getcwd()}/a b:/m"]
    assert words[5:] == [f"{os.path.expanduser('~')}/x:/y", "-e", "MODEL_NAME=m", "-e", "IMAGE"]


def test_a_quotation_mark_that_is_not_closed_is_refused() -> None:
    with pytest.raises(UsageError, match="No closing quotation"):
        split_shell_line('docker run "x')


@pytest.mark.parametrize(
    ("words", "source", "target", "problem"),
    [
        (["-v", "/a:/b"], "/a", "/b", ""),
        (["-v", "/a:/b:ro"], "/a", "/b", ""),
        (["-v", "m:/models/m"], "m", "/models/m", ""),
        (["-v", r"C:\a:/b"], r"C:\a", "/b", ""),
        (["-v", "C:/a:/b"], "C:/a", "/b", ""),
        (["-v", "/models/m"], "", "/models/m", "no target"),
        (["-v", "/a:b"], "/a", "b", "not absolute"),
        (["--mount", "type=bind,source=/a,target=/b"], "/a", "/b", ""),
        (["--mount", "type=bind,src=/a b,dst=/b,readonly"], "/a b", "/b", ""),
        (["--mount", "type=volume,source=v,target=/b"], "v", "/b", ""),
        (["--mount", "source=/a,target=/b"], "/a", "/b", "type=bind"),
        (["--mount", "type=bind,sorce=/a,target=/b"], "/a", "/b", "Did you mean source?"),
        (["--mount", "type=bind,source=/a"], "/a", "", "no target"),
        (["--mount", "type=bind,target=/b"], "", "/b", "no source"),
        (["--mount", "type=bind,", "source=/a,", "target=/b"], "/a", "/b", "space"),
    ],
)
def test_a_mount_is_read(words: list[str], source: str, target: str, problem: str) -> None:
    (mount,) = mounts_of(parse_docker_run(["docker", "run", *words, IMAGE]))
    assert (mount.source, mount.target) == (source, target)
    assert problem in mount.problem if problem else not mount.problem


def test_the_innermost_mount_has_the_path() -> None:
    mounts = mounts_of(parse_docker_run(["docker", "run", "-v", "/a:/models", "-v", "/b:/models/m", IMAGE]))
    assert str(locate(mounts, "/models/m/1")) == "/b/1"
    assert str(locate(mounts, "/models/n")) == "/a/n"
    assert locate(mounts, "/elsewhere") is None


def test_tmpfs_is_no_mount_of_a_directory() -> None:
    assert not mounts_of(parse_docker_run(["docker", "run", "--mount", "type=tmpfs,target=/x", IMAGE]))
