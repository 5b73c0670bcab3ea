from __future__ import annotations

from pathlib import Path

import pytest

from cli.runner import Runner
from tfsctl.machine import Condition, State, examine

IDS = {
    "python",
    "tfsctl",
    "tensorflow",
    "c_api",
    "port.8500",
    "port.8501",
    "docker",
    "memory",
    "processors",
    "completion",
}


@pytest.fixture(autouse=True)
def _no_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFSCTL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")


def test_a_machine_that_can_serve_is_fit(tfsctl: Runner) -> None:
    result = tfsctl("doctor", "--json")
    conditions = {condition["id"]: condition for condition in result.json["conditions"]}
    assert (result.exit_code, result.json["is_fit"]) == (0, True)
    assert set(conditions) >= IDS
    assert conditions["c_api"]["state"] == "ok"
    assert conditions["docker"]["state"] == "warning"
    assert "`tfsctl serve` without --docker needs none." in conditions["docker"]["remedy"]


def test_people_see_a_line_each_and_what_to_do(tfsctl: Runner) -> None:
    lines = tfsctl("doctor").splitlines()
    assert lines[0].startswith("ok Python            3.")
    docker = next(number for number, line in enumerate(lines) if line.startswith("!  Docker  "))
    assert lines[docker + 1].startswith(" " * 21)
    assert all(line[0] in "! " for line in tfsctl("doctor", "--quiet").splitlines())


def test_a_machine_that_cannot_serve_is_a_negative_answer(tfsctl: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_tensorflow(**_: object) -> tuple[Condition, ...]:
        return (Condition("tensorflow", "TensorFlow", State.PROBLEM, "not installed", "pip install tensorflow"),)

    monkeypatch.setattr("tfsctl.machine.examine", without_tensorflow)
    result = tfsctl("doctor")
    assert result.exit_code == 1
    assert result == "X  TensorFlow        not installed\n                     pip install tensorflow\n"
    assert tfsctl("doctor", "--json").json["is_fit"] is False


def test_every_remedy_is_there_where_something_is_wrong() -> None:
    conditions = examine(holder_of=lambda _: None)
    assert all(condition.remedy for condition in conditions if condition.state in {State.WARNING, State.PROBLEM})
    assert len({condition.id for condition in conditions}) == len(conditions)
