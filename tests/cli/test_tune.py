"""`tfsctl tune` with real servers; how a search goes is in tests/tune."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from cli.runner import Runner, run_tfsctl
from cli.terminal import COMMAND, on_terminal
from tfsctl.bench import BenchPlan
from tfsctl.cli._docker.options import DockerOptions
from tfsctl.cli._frame.console import Console
from tfsctl.cli._tune.output import command_lines, destination, flags_of
from tfsctl.cli._tune.server import TuneDockerOptions, servers
from tfsctl.errors import ServerStartError, UsageError
from tfsctl.serving.batching.parameters_file import read_batching_parameters
from tfsctl.tune import Batching, Setting, TunePlan, Tuner, TuneReport

_BUDGET = "10"
_SETTING = Setting(
    batching=Batching(max_batch_size=8, num_batch_threads=2, max_enqueued_batches=10), intra_op_parallelism=1
)


@pytest.fixture
def model(zoo: Path, tmp_path: Path) -> Path:
    """The base path of a model that can be batched."""
    shutil.copytree(zoo / "cnn", tmp_path / "cnn")
    return tmp_path / "cnn"


def test_tune_tries_settings_on_real_servers_and_says_how_to_serve(model: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.md"
    options = ("--concurrency", "8", "--budget-seconds", _BUDGET, "--markdown", str(report), "--json")
    result = run_tfsctl("tune", f"digits={model}", *options)
    assert result.exit_code == 0, result.stderr
    tried = result.json["trials"]
    assert {trial["setting"]["batching"] is None for trial in tried} == {True, False}
    assert all(trial["throughput"] > 0 and trial["num_failed"] == 0 for trial in tried)
    assert result.json["model"] == "digits"
    assert result.json["commands"]["tfsctl"].startswith(f"tfsctl serve digits={model}")
    assert report.read_text().startswith("# Tuning digits")


def test_tune_writes_both_files_and_measures_with_them(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = Tuner.run

    def find_batching(tuner: Tuner) -> TuneReport:
        """What is chosen depends on the machine, but for this."""
        report = find(tuner)
        chosen = dataclasses.replace(report.result.chosen, setting=_SETTING)
        return dataclasses.replace(report, result=dataclasses.replace(report.result, chosen=chosen))

    monkeypatch.setattr(Tuner, "run", find_batching)
    options = ("--concurrency", "4", "--budget-seconds", "5", "--output", str(tmp_path / "tuned"), "--per-model")
    result = run_tfsctl("tune", str(model), *options, "--json")
    assert result.exit_code == 0, result.stderr
    files = {what: Path(path) for what, path in result.json["files"].items()}
    assert files == {"server": tmp_path / "tuned/batching_parameters.txt", "model": model / "1/batching_params.pbtxt"}
    assert [read_batching_parameters(file).max_batch_size for file in files.values()] == [8, 8]
    assert result.json["confirmation"]["throughput"] > 0
    assert "--enable-per-model-batching-parameters" in result.json["commands"]["tfsctl"]


def test_tune_with_a_limit_that_nothing_keeps_ends_with_1_within_80_columns(model: Path) -> None:
    options = ("--limit", "p99<1us", "--concurrency", "4", "--rest", "--budget-seconds", "5", "--no-color")
    with on_terminal("tune", str(model), *options) as terminal:
        shown = terminal.read_to_end().rpartition("\x1b[2K")[2]
        assert terminal.wait() == 1
    assert "Nothing that was tried keeps the limit." in shown
    assert "BATCH" in shown
    talk = shown.partition("To serve like that")[0]
    assert max(map(len, talk.splitlines())) <= 80


def test_tune_that_is_interrupted_leaves_no_server_behind(model: Path) -> None:
    with subprocess.Popen([*COMMAND, "tune", str(model)], stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        server = _child_of(process.pid)
        os.kill(process.pid, signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in stderr
    assert not server.is_running()


def test_tune_of_a_model_that_does_not_load_says_what_the_server_said(zoo: Path, tfsctl: Runner) -> None:
    result = tfsctl("tune", str(zoo / "truncated_variables"))
    assert result.exit_code == 3
    assert "truncated_variables" in result.stderr
    assert "variables" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--limit", "p99"), "--limit 'p99'"),
        (("--budget-seconds", "1"), "A budget of 1 s is too small"),
        (("--rate", "0"), "sends nothing"),
        (("--concurrency", "0"), "sends nothing"),
        (("--per-model",), "--per-model goes with --output"),
        (("--image", "other"), "--image goes with --docker"),
        (("--docker", "--print"), "--print goes with"),
    ],
)
def test_tune_with_options_that_make_no_sense_is_refused(
    model: Path, tfsctl: Runner, arguments: tuple[str, ...], message: str
) -> None:
    result = tfsctl("tune", str(model), *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_tune_of_several_models_asks_which(zoo: Path, tmp_path: Path, tfsctl: Runner) -> None:
    for name in ("cnn", "strings"):
        shutil.copytree(zoo / name, tmp_path / name)
    result = tfsctl("tune", str(tmp_path))
    assert result.exit_code == 2
    assert "several models: cnn, strings" in result.stderr


def test_files_go_into_a_directory_and_beside_the_model(model: Path, tmp_path: Path) -> None:
    place = destination(tmp_path / "tuned", per_model=True, base_path=model)
    files = place.write(_SETTING)
    expected = {"server": tmp_path / "tuned/batching_parameters.txt", "model": model / "1/batching_params.pbtxt"}
    assert files == expected
    assert read_batching_parameters(files["server"]).num_batch_threads == 2
    assert read_batching_parameters(files["model"]).max_batch_size == 8
    assert place.write(Setting()) == {}


def test_files_that_were_written_are_what_a_server_is_measured_with(model: Path, tmp_path: Path) -> None:
    place = destination(tmp_path / "tuned", per_model=True, base_path=model)
    flags = flags_of(_SETTING, place.write(_SETTING)["server"], per_model=True)
    plan = TunePlan(load=BenchPlan(model="cnn", protocol="grpc"), budget_seconds=5.0)
    with servers(Console(), str(model), TuneDockerOptions(), protocol="grpc", directory=tmp_path) as start_server:
        confirmed = Tuner(plan, start_server).confirm(_SETTING, flags)
        assert confirmed.throughput > 0
        assert confirmed.num_failed == 0
        (model / "1/batching_params.pbtxt").write_text("max_batch_size { value: -1 }")
        with pytest.raises(ServerStartError, match="max_batch_size must be positive"), start_server(flags):
            pass


def test_per_model_file_of_a_model_on_a_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="on this machine"):
        destination(tmp_path, per_model=True, base_path="gs://bucket/model")


@pytest.mark.parametrize("is_written", [True, False])
def test_commands_name_the_file_for_both_servers(model: Path, tmp_path: Path, *, is_written: bool) -> None:
    file = tmp_path / "p.txt"
    if is_written:
        file.write_text("")
    flags = flags_of(_SETTING, file, per_model=is_written)
    lines = command_lines(str(model), flags, DockerOptions(), is_written=is_written)
    assert lines["tfsctl"].startswith(f"tfsctl serve {model} --enable-batching --batching-parameters-file={file}")
    assert "--tensorflow-intra-op-parallelism=1" in lines["tfsctl"]
    assert f"source={file}," in lines["docker"]
    assert "--tensorflow_intra_op_parallelism=1" in lines["docker"]
    for line in lines.values():
        assert (line.replace("-", "_").count("enable_per_model_batching_parameters") == 1) == is_written


def _child_of(pid: int) -> psutil.Process:
    """The server that a process starts, once there is one."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        children = psutil.Process(pid).children()
        if children:
            return children[0]
        time.sleep(0.05)
    raise AssertionError("no server was started")
