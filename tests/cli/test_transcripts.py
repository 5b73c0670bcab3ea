"""Every command as a new user would run it, on a terminal of 80 columns and in a pipe, compared with what is stored.

After a change that is wanted: RECORD_TRANSCRIPTS=1 python -m pytest tests/cli/test_transcripts.py, and read the
difference.
"""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.runner import Runner
from cli.screen import shown
from cli.terminal import on_terminal
from cli.transcript import Recorder, compare
from serving.reload_calls import entry, listed
from tfsctl.background import StateDirectory, stop
from tfsctl.serving import ModelConfig, Server, ServerConfig
from tfsctl.versions import AllPolicy


@pytest.fixture(scope="module")
def home(zoo: Path) -> Iterator[Path]:
    """A directory whose path has the same length everywhere, with models below `models/`."""
    directory = Path(tempfile.mkdtemp(prefix="tfsctl-", dir="/tmp")).resolve()
    shutil.copytree(zoo / "half_plus_two", directory / "models/half_plus_two")
    shutil.copytree(zoo / "half_plus_two/1", directory / "models/half_plus_two/2")
    shutil.copytree(zoo / "digits", directory / "models/mnist")
    shutil.copytree(zoo / "truncated_variables", directory / "broken/truncated")
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def running(home: Path) -> Iterator[Server]:
    """half_plus_two with two versions and a label, mnist, and a model that cannot be loaded."""
    half_plus_two = ModelConfig(
        name="half_plus_two",
        base_path=home / "models/half_plus_two",
        version_policy=AllPolicy(),
        version_labels={"stable": 1},
    )
    mnist = ModelConfig(name="mnist", base_path=home / "models/mnist")
    broken = ModelConfig(name="truncated", base_path=home / "broken/truncated")
    config = ServerConfig(models=(half_plus_two, mnist, broken), port=0, rest_api_port=0, max_num_load_retries=0)
    with Server(config) as server:
        yield server


@pytest.fixture
def recorder(tfsctl: Runner, home: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Works in the directory of the models."""
    monkeypatch.chdir(home)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TFSCTL_STATE_DIR", str(home / "state"))
    monkeypatch.setenv("TFSCTL_CONFIG_DIR", str(home / "own"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{home}/none.sock")
    return Recorder(tfsctl, hidden=[(str(home), "/tmp/tfsctl-XXXXXXXX")])


@pytest.fixture
def asked(running: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """All commands ask the server, without being told."""
    monkeypatch.setenv("TFSCTL_SERVER", running.rest_address)
    return running


@pytest.mark.usefixtures("asked")
def test_asking(recorder: Recorder) -> None:
    recorder.run("models")
    recorder.run("status")
    recorder.run("status half_plus_two --model-version 2 --json")
    recorder.run("metadata half_plus_two")
    recorder.run("metadata mnist --json")
    recorder.run("predict half_plus_two '[1.0, 2.0, 5.0]'")
    recorder.run("predict half_plus_two")
    recorder.run("predict half_plus_two x=1.0 --json", terminal=False)
    recorder.run("predict half_plus_two '[1.0]' --dry-run")
    recorder.run("classify half_plus_two x=1.0 --signature-name classify_x_to_y")
    recorder.run("regress half_plus_two x=1.0 --signature-name regress_x_to_y")
    compare("asking", recorder)


@pytest.mark.usefixtures("asked")
def test_asking_wrongly(recorder: Recorder, home: Path) -> None:
    (home / "bad.json").write_text('{"instances": [1.0,}')
    recorder.run("predict")
    recorder.run("predict half_plus_tow '[1.0]'")
    recorder.run("predict truncated '[1.0]'")
    recorder.run("predict half_plus_two '[1.0]' --model-version 3")
    recorder.run("predict half_plus_two '[1.0]' --version-label stabel")
    recorder.run("predict half_plus_two '[1.0]' --signature-name serving_defualt")
    recorder.run("predict half_plus_two '[\"a\"]'")
    recorder.run("predict mnist '[[1.0, 2.0]]' --signature-name predict_images")
    recorder.run("predict half_plus_two '[1.0'")
    recorder.run("predict half_plus_two @bad.json")
    recorder.run("predict half_plus_two @none.json")
    recorder.run("predict half_plus_two '[1.0]' --json --model-version 3", terminal=False)
    recorder.run("status mnits")
    recorder.run("metadata")
    recorder.run("classify half_plus_two x=1.0")
    compare("asking-wrongly", recorder)


def test_labels(recorder: Recorder, running: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFSCTL_SERVER", running.rest_address)
    recorder.run("label list")
    recorder.run("label set half_plus_two canary=2", pipe=False)
    monkeypatch.setenv("TFSCTL_SERVER", running.grpc_address)
    recorder.run("label set half_plus_two canary=2")
    recorder.run("label set half_plus_two canary=7")
    recorder.run("label drop half_plus_two canary", pipe=False)
    recorder.run("label drop half_plus_two canary")
    recorder.run("label")
    compare("labels", recorder)


def test_reload(recorder: Recorder, running: Server, home: Path) -> None:
    recorder.run("reload none.config", "--server", running.grpc_address)
    (home / "bad.config").write_text("model_config_list { config { nam: 'm' } }")
    recorder.run("reload bad.config", "--server", running.grpc_address)
    compare("reload", recorder)


def test_reloading(recorder: Recorder, home: Path) -> None:
    (home / "one.config").write_text(listed(entry("half_plus_two", home / "models/half_plus_two")))
    (home / "two.config").write_text(
        listed(entry("half_plus_two", home / "models/half_plus_two"), entry("mnist", home / "models/mnist"))
    )
    with Server(ServerConfig(model_config_file=home / "one.config", port=0, rest_api_port=0)) as server:
        recorder.run("reload two.config", "--server", server.grpc_address)
        recorder.run("reload two.config --metric /tensorflow/no/such/metric", "--server", server.grpc_address)
        recorder.run("reload two.config --json", "--server", server.grpc_address, terminal=False)
        recorder.run("reload -", "--server", server.grpc_address, terminal=False, stdin="model_config_list {}")
    compare("reloading", recorder)


def test_no_server(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    monkeypatch.setenv("TFSCTL_SERVER", f"127.0.0.1:{free}")
    recorder.run("predict half_plus_two '[1.0]'")
    recorder.run("models")
    recorder.run("bench half_plus_two --num-tests 3")
    recorder.run("ps")
    recorder.run("stop")
    recorder.run("logs digits")
    recorder.run("wait")
    compare("no-server", recorder)


def test_command_line(recorder: Recorder) -> None:
    recorder.run("", pipe=False)
    recorder.run("--version")
    recorder.run("prdict")
    recorder.run("predict --modelversion 3")
    recorder.run("predict -server x")
    recorder.run("export")
    recorder.run("train")
    compare("command-line", recorder)


def test_settings(recorder: Recorder, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder.run("config show")
    settings = home / "settings"
    settings.mkdir()
    monkeypatch.chdir(settings)
    recorder.run("config path")
    (settings / "tfsctl.toml").write_text('server = "gpu-box:8500"\n[predict]\ntimeout-seconds = 5\n')
    monkeypatch.setenv("TFSCTL_BENCH_CONCURRENCY", "8")
    recorder.run("config show --origin")
    recorder.run("config path")
    (settings / "tfsctl.toml").write_text("[predict]\ntimeout-second = 5\n")
    recorder.run("predict")
    (settings / "tfsctl.toml").write_text("[predict\n")
    recorder.run("predict")
    compare("settings", recorder)


def test_models_on_disk(recorder: Recorder) -> None:
    recorder.run("check models/half_plus_two")
    recorder.run("check models/half_plus_two/1")
    recorder.run("check nowhere")
    recorder.run("check broken/truncated")
    recorder.run("inspect models/mnist")
    recorder.run("inspect nowhere")
    recorder.run("warmup")
    recorder.run("warmup make models/mnist")
    recorder.run("warmup check models/mnist")
    compare("models-on-disk", recorder)


@pytest.mark.usefixtures("asked")
def test_verify(recorder: Recorder) -> None:
    recorder.run("verify half_plus_two models/half_plus_two")
    recorder.run("verify mnist models/half_plus_two", pipe=False)
    compare("verify", recorder)


@pytest.mark.usefixtures("asked")
def test_bench(recorder: Recorder) -> None:
    recorder.run("bench half_plus_tow --num-tests 3")
    recorder.run("bench half_plus_two --num-tests 20 --rest", pipe=False)
    compare("bench", recorder)


def test_profile(recorder: Recorder, running: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFSCTL_SERVER", running.grpc_address)
    # Of operations as quick as these TensorFlow leaves out some, or all.
    recorder.hide(r"\n\n(OPERATION|Note:) [\s\S]*\Z", "\n\nOPERATIONS")
    recorder.hide(r"^(queue|parse|run|encode|client and wire|total) .*", r"\1 FIGURES")
    recorder.run("profile half_plus_two --num-tests 20")
    recorder.run("profile half_plus_tow --num-tests 20")
    recorder.run("profile half_plus_two --num-tests 20", "--server", running.rest_address)
    recorder.run("profile half_plus_two --no-load --seconds 0.2")
    recorder.run("profile")
    compare("profile", recorder)


@pytest.mark.slow
def test_tune(recorder: Recorder) -> None:
    # Which settings are tried, which of them is chosen and by how much is the machine's doing.
    recorder.hide(r"^Tried \d+ settings", "Tried N settings")
    recorder.hide(r"^(BATCH +WAIT .*\n)(.+\n)+", r"\1SETTINGS\n")
    recorder.hide(r"^Chosen: [\s\S]*\Z", "CHOICE")
    recorder.run("tune")
    recorder.run("tune nowhere")
    recorder.run("tune models")
    recorder.run("tune broken/truncated")
    recorder.run("tune models/half_plus_two --limit 'p99<20'")
    recorder.run("tune models/half_plus_two --concurrency 0")
    recorder.run("tune models/half_plus_two --limit 'p99<1us' --concurrency 4 --rest --budget-seconds 8", pipe=False)
    compare("tune", recorder)


def test_doctor(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/bash")
    # What the machine has is its own affair; that there is no Docker is this test's.
    own = r"Python|tfsctl|TensorFlow|C API|Port \d+|Disk: \w+|Memory|Processors|Completion|Extra \w+"
    recorder.hide(rf"^(ok|!|X|-) +({own}) .*(\n {{21}}.*)*", r"?? \2  WHAT THERE IS")
    recorder.run("doctor")
    recorder.run("doctor --jsn")
    compare("doctor", recorder)


def test_serving_wrongly(recorder: Recorder, running: Server) -> None:
    port = running.rest_address.rpartition(":")[2]
    recorder.run("serve nowhere")
    recorder.run("serve models/half_plus_two/1")
    recorder.run("serve broken", "--port", "0", "--rest-api-port", "0", "--model-name", "m")
    recorder.run("serve models/mnist", "--port", "0", "--rest-api-port", port, pipe=False)
    recorder.run("serve --memory 2g")
    recorder.run("export half_plus_tow")
    compare("serving-wrongly", recorder)


def test_serving_until_ctrl_c(recorder: Recorder) -> None:
    with on_terminal("serve", "models/half_plus_two", "--port", "0", "--rest-api-port", "0") as terminal:
        terminal.read_until("Try: ")
        terminal.press_ctrl_c()
        status = terminal.wait()
        recorder.note("$ tfsctl serve models/half_plus_two", shown(terminal.read_to_end(), width=1000), status)
    compare("serve", recorder)


def test_serving_in_the_background(recorder: Recorder) -> None:
    try:
        recorder.run("serve --detach models/half_plus_two", "--port", "0", "--rest-api-port", "0", pipe=False)
        recorder.run("wait")
        recorder.run("ps")
        recorder.run("logs --tail 1")
        recorder.run("stop halfplustwo")
        recorder.run("stop", pipe=False)
        recorder.run("ps", pipe=False)
    finally:
        for entry in StateDirectory().entries():
            stop(entry, timeout_seconds=20)
    compare("background", recorder)


@pytest.mark.slow
def test_training_and_exporting(recorder: Recorder) -> None:
    recorder.run("train mnist --training-iteration 20 --seed 1", pipe=False)
    recorder.run("export half_plus_two", pipe=False)
    recorder.run("export half_plus_two --model-version 1", pipe=False)
    compare("training-and-exporting", recorder)


@pytest.mark.slow
def test_demo(recorder: Recorder) -> None:
    recorder.hide(r"(Inference error rate:) [\d.]+%", r"\1 N%")
    recorder.hide(r"^(Throughput: .*\n)(.+\n)+", r"\1")  # A busy machine makes the generator the limit.
    recorder.run("demo", pipe=False)
    recorder.run("demo", terminal=False)
    compare("demo", recorder)
