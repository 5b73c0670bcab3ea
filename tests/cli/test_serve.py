from __future__ import annotations

import re
import shlex
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from cli.runner import Runner
from cli.terminal import on_terminal, serving


@pytest.fixture
def models(zoo: Path, tmp_path: Path) -> Path:
    """A directory of two models."""
    for name in ("half_plus_two", "strings"):
        shutil.copytree(zoo / name, tmp_path / "models" / name)
    return tmp_path / "models"


def test_serve_says_where_it_listens_and_answers_there(models: Path, tfsctl: Runner) -> None:
    with serving(str(models), stderr=models.parent / "log") as server:
        assert server.ready["models"] == [{"name": "half_plus_two", "version": 1}, {"name": "strings", "version": 1}]
        for protocol in ("rest", "grpc"):
            asked = ("predict", "half_plus_two", "[1.0]", f"--{protocol}", "--server", server.ready[protocol])
            assert tfsctl(*asked).json == [2.5]


def test_serve_defaults_to_models_below_the_current_directory(models: Path) -> None:
    with serving(stderr=models.parent / "log") as server:
        assert len(server.ready["models"]) == 2


def test_serve_takes_tensorflow_servings_spelling(models: Path) -> None:
    flags = (f"--model_base_path={models}/strings", "--model_name=words", "--rest_api_enable_cors_support=true")
    with serving(*flags, stderr=models.parent / "log") as server:
        assert server.ready["models"] == [{"name": "words", "version": 1}]


def test_serve_reads_a_model_config_file_which_overrides_the_one_model(models: Path) -> None:
    """As TF Serving's image passes it: the model's flags are always there, others follow."""
    file = models.parent / "models.config"
    file.write_text(
        f"model_config_list {{ config {{ name: 'words' base_path: '{models}/strings' model_platform: 'tensorflow'"
        " version_labels { key: 'stable' value: 1 } } }"
    )
    flags = ("--model_name=model", "--model_base_path=/models/model", f"--model_config_file={file}")
    polling = ("--model_config_file_poll_wait_seconds=1", "--allow_version_labels_for_unavailable_models=true")
    with serving(*flags, *polling, stderr=models.parent / "log") as server:
        assert server.ready["models"] == [{"name": "words", "version": 1}]


@pytest.mark.parametrize(
    ("flags", "grpc", "rest"),
    [
        (("--rest_api_port=off",), "127.0.0.1:", None),
        (("--port=off",), None, "127.0.0.1:"),
        (("--grpc_socket_path={at}/g", "--rest-api-socket-path={at}/r"), "unix:{at}/g", "unix:{at}/r"),
        (("--grpc_socket_path={at}/g", "--rest-api-port=off"), "unix:{at}/g", None),
    ],
    ids=str,
)
def test_serve_says_what_is_off_and_which_sockets_there_are(
    flags: tuple[str, ...], grpc: str | None, rest: str | None, models: Path
) -> None:
    log = models.parent / "log"
    with serving(str(models), *(flag.format(at=models) for flag in flags), stderr=log) as server:
        for api, wanted in (("grpc", grpc), ("rest", rest)):
            said = server.ready[api]
            assert said == wanted if wanted is None else said.startswith(wanted.format(at=models))
        server.process.terminate()
        assert server.process.wait(30) == 0
    (line,) = [line for line in log.read_text().splitlines() if line.startswith(("gRPC at ", "REST at "))]
    assert [name in line for name in ("gRPC at", "REST at")] == [grpc is not None, rest is not None]


def test_serve_says_in_one_line_which_flags_are_without_effect(models: Path) -> None:
    log = models.parent / "log"
    flags = ("--skip_initialize_tpu=true", "--thread_pool_factory_config_file=x", "--flush_filesystem_caches=true")
    with serving(str(models), *flags, "--quiet", stderr=log) as server:
        server.process.terminate()
        assert server.process.wait(30) == 0
    assert [line.split("--")[1].split(" ")[0] for line in log.read_text().splitlines()] == [
        "skip_initialize_tpu",
        "thread_pool_factory_config_file",
    ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_ends_with_zero_when_asked_to_stop(number: signal.Signals, models: Path) -> None:
    log = models.parent / "log"
    with serving(str(models), stderr=log) as server:
        server.process.send_signal(number)
        assert server.process.wait(30) == 0
    assert "Traceback" not in log.read_text()


def test_serve_keeps_stdout_clean_and_tensorflow_silent(models: Path) -> None:
    log = models.parent / "log"
    with serving(str(models), stderr=log) as server:
        server.process.terminate()
        assert server.process.stdout is not None
        assert server.process.stdout.read() == ""
    lines = log.read_text().splitlines()
    assert all(re.match(r"Serving |gRPC at |Try: |\d{4}-\d\d-\d\d ", line) for line in lines), lines


def test_serve_greets_with_a_curl_line_that_works(models: Path) -> None:
    with on_terminal("serve", str(models), "--port", "0", "--rest-api-port", "0") as terminal:
        terminal.read_until("predict\r\n")
        line = next(line for line in terminal.text.splitlines() if line.startswith("Try: "))
        answer = subprocess.run(
            [*shlex.split(line.removeprefix("Try: ")), "-s"], capture_output=True, timeout=30, check=True
        )
        assert b"2.5" in answer.stdout
        terminal.press_ctrl_c()
        assert terminal.wait() == 0


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (("missing",), "No such file or directory"),
        (("models/half_plus_two/1",), "is one version of a model"),
        (("models", "--rest-api-port", "{taken}"), "{taken}"),
        (("models", "--port", "{taken}"), "{taken}"),
        (("models/half_plus_two", "models"), "Two models are named half_plus_two"),
        (("models/strings", "--saved-model-tags", "nope"), "nope"),
        (("--model-config-file", "missing.config"), "missing.config; No such file or directory"),
        (("--model-config-file", "models/strings/1/saved_model.pb"), "Invalid protobuf file: "),
    ],
)
def test_serve_that_cannot_start_says_why_and_ends_with_three(
    args: tuple[str, ...], text: str, models: Path, tfsctl: Runner
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ports = ("--port=0", "--rest-api-port=0", "--max-num-load-retries=0")
        result = tfsctl("serve", *ports, *(arg.format(taken=port) for arg in args))
    assert (result.exit_code, str(result)) == (3, ""), result.stderr
    assert text.format(taken=port) in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "args",
    [
        ("--port", "99999"),
        ("--port", "8700", "--rest-api-port", "8700"),
        ("--model-name", "m", "models/strings", "models/half_plus_two"),
        ("--model-base-path", "models/strings", "models/half_plus_two"),
        ("--model-config-file", "models.config", "models/half_plus_two"),
        ("--rest-api-enable-cors-support=yes",),
        ("--noenable_batching",),
        ("--runtime", "jax"),
        (
            "--tensorflow-session-parallelism=1",
            "--tensorflow-intra-op-parallelism=1",
            "--tensorflow-inter-op-parallelism=1",
        ),
    ],
)
def test_serve_with_a_wrong_command_line_ends_with_two(args: tuple[str, ...], models: Path, tfsctl: Runner) -> None:
    assert tfsctl("serve", *args).exit_code == 2
