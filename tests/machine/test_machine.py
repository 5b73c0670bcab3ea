from __future__ import annotations

import errno
import importlib.metadata
import socket
from pathlib import Path

import pytest

from tfsctl.machine import State
from tfsctl.machine.control_group import ControlGroup, own_control_group
from tfsctl.machine.hardware import memory, processors
from tfsctl.machine.network_ports import port_condition
from tfsctl.machine.runtime_probe import RuntimeProbe
from tfsctl.machine.shell_completion import shell_completion
from tfsctl.machine.software import extras, tensorflow
from tfsctl.machine.storage import place


@pytest.mark.parametrize(
    ("script", "state", "found"),
    [
        ("print(0.25)", State.OK, "opened in 0.25 s"),
        ("print(9)", State.NOTE, "opened in 9.00 s"),
        ("raise SystemExit(3)", State.WARNING, "not in this platform's TensorFlow"),
        ("raise RuntimeError('no such symbol')", State.PROBLEM, "do not open: RuntimeError: no such symbol"),
        ("import os; os.kill(os.getpid(), 4)", State.PROBLEM, "instructions that this processor does not have"),
        ("import os; os.kill(os.getpid(), 11)", State.PROBLEM, "SIGSEGV"),
    ],
)
def test_what_becomes_of_opening_the_libraries_is_told(script: str, state: State, found: str) -> None:
    with RuntimeProbe(script) as probe:
        condition = probe.result()
    assert condition.state is state
    assert found in condition.found


def test_libraries_that_never_open_are_given_up() -> None:
    with RuntimeProbe("input = open(0).read; import time; time.sleep(60)") as probe:
        assert probe.result(patience_seconds=0.1).state is State.PROBLEM


def test_a_taken_port_has_a_holder_if_that_may_be_seen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert port_condition(port, lambda _: "nginx (pid 7)").found == "held by nginx (pid 7)"
        assert "may not see" in port_condition(port, lambda _: None).found
    assert port_condition(port, lambda _: "nobody").state is State.OK


def test_a_port_that_is_not_for_this_user_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    error = OSError(errno.EACCES, "Permission denied")
    monkeypatch.setattr("tfsctl.machine.network_ports._bind", lambda _: error)
    condition = port_condition(8500, lambda _: None)
    assert (condition.state, condition.found) == (State.WARNING, "Permission denied")


def test_without_tensorflow_nothing_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tfsctl.machine.software.installed", lambda _: None)
    condition = tensorflow()
    assert condition.state is State.PROBLEM
    assert "pip install tensorflow" in (condition.remedy or "")


def test_extras_are_there_or_could_be(monkeypatch: pytest.MonkeyPatch) -> None:
    required = ["numpy>=1", "numpy>=1; extra == 's3'", "no-such-package>=2 ; extra == 'gcs'"]
    monkeypatch.setattr("tfsctl.machine.software.requires", lambda _: required)
    s3, gcs = extras()
    assert (s3.id, s3.state, s3.found) == ("extra.s3", State.OK, f"numpy {importlib.metadata.version('numpy')}")
    assert (gcs.id, gcs.state) == ("extra.gcs", State.NOTE)
    assert (gcs.remedy or "").startswith("For models at gs://: ")


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path, nobody: None) -> None:
    assert place("x", "X", Path("/"), "set X").state is State.WARNING
    essential = place("x", "X", Path("/missing"), "set X", is_essential=True)
    assert (essential.state, essential.remedy) == (State.PROBLEM, "Change its mode, or set X.")


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert place("x", "X", tmp_path / "missing", "set X").state is State.OK
    monkeypatch.setattr("tfsctl.machine.storage.num_free_bytes", lambda _: 10_000_000)
    assert place("x", "X", tmp_path, "set X").state is State.WARNING


def test_limits_of_the_control_group_count() -> None:
    limits = ControlGroup(memory_bytes=1_500_000_000, used_bytes=1_000_000_000, cpus=0.5)
    assert memory(limits).state is State.WARNING
    assert memory(limits).found == "0.5 of 1.5 GB free (the limit of this control group)"
    assert processors(limits).state is State.NOTE
    assert "--tensorflow-session-parallelism=1 " in (processors(limits).remedy or "")
    assert processors(ControlGroup()).state is State.OK


def test_limits_are_those_of_all_groups_around_a_process(tmp_path: Path) -> None:
    (tmp_path / "cgroup").write_text("0::/outer/inner\n")
    inner = tmp_path / "root" / "outer" / "inner"
    inner.mkdir(parents=True)
    for directory, cpus, limit in ((inner, "max 100000", "max"), (inner.parent, "150000 100000", "2000")):
        (directory / "cpu.max").write_text(cpus)
        (directory / "memory.max").write_text(limit)
        (directory / "memory.current").write_text("500")
    group = own_control_group(proc=tmp_path / "cgroup", root=tmp_path / "root")
    assert group == ControlGroup(memory_bytes=2000, used_bytes=500, cpus=1.5)


def test_limits_of_the_old_kind_are_read_and_none_are_none(tmp_path: Path) -> None:
    (tmp_path / "cgroup").write_text("4:memory:/docker/1\n3:cpu,cpuacct:/docker/1\n")
    for controller, files in (
        ("memory", {"memory.limit_in_bytes": "3000", "memory.usage_in_bytes": "1"}),
        ("cpu", {"cpu.cfs_quota_us": "50000", "cpu.cfs_period_us": "100000"}),
    ):
        (tmp_path / controller).mkdir()
        for name, text in files.items():
            (tmp_path / controller / name).write_text(text)
    assert own_control_group(proc=tmp_path / "cgroup", root=tmp_path) == ControlGroup(3000, 1, 0.5)
    assert own_control_group(proc=tmp_path / "none", root=tmp_path / "none") == ControlGroup()


def test_completion_is_found_in_the_files_of_the_shell(tmp_path: Path) -> None:
    assert shell_completion(home=tmp_path, shell="/bin/bash").state is State.NOTE
    (tmp_path / ".bashrc").write_text('eval "$(_TFSCTL_COMPLETE=source_bash tfsctl)"\n')
    assert shell_completion(home=tmp_path, shell="/bin/bash").state is State.OK
    assert "source_zsh" in (shell_completion(home=tmp_path, shell="/bin/zsh").remedy or "")
    assert shell_completion(home=tmp_path, shell="/bin/csh").found == "no completion for csh"
