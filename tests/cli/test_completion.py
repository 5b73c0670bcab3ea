"""What a shell offers after Tab. Shells ask through variables; one real bash shows that the protocol is theirs."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from cli.runner import Runner
from tfsctl.background import ServerEntry, StateDirectory
from tfsctl.cli._frame import completed_names
from tfsctl.cli._frame.completed_names import SAMPLES
from tfsctl.cli._frame.completion import rejoin_words
from tfsctl.client import parse_server
from tfsctl.client.quick_get import get_json
from tfsctl.export.exporter import SAMPLES as EXPORTED
from tfsctl.serving import ModelConfig, Server, ServerConfig
from tfsctl.versions import AllPolicy

_TABS = 10
SIGNATURES = ["classify_x_to_y", "regress_x2_to_y3", "regress_x_to_y", "regress_x_to_y2", "serving_default"]


@pytest.fixture(scope="module")
def labelled(zoo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """half_plus_two with versions 1 and 12 and a label, and another model."""
    base_path = tmp_path_factory.mktemp("models") / "half_plus_two"
    for version in ("1", "12"):
        shutil.copytree(zoo / "half_plus_two/1", base_path / version)
    half_plus_two = ModelConfig(
        name="half_plus_two", base_path=base_path, version_policy=AllPolicy(), version_labels={"stable": 1}
    )
    digits = ModelConfig(name="digits", base_path=zoo / "digits")
    with Server(ServerConfig(models=(half_plus_two, digits), port=0, rest_api_port=0)) as running:
        yield running


@pytest.fixture
def bash(tfsctl: Runner, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Completes the last of its words, which are as bash splits them."""

    # What is tested is not how busy the machine is.
    monkeypatch.setattr(completed_names, "_SECONDS", 30.0)

    def completed(*words: str) -> list[str]:
        monkeypatch.setenv("_TFSCTL_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", "\n".join(("tfsctl", *words)))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        result = tfsctl()
        assert result.stderr == ""
        return result.split()

    return completed


@pytest.fixture
def asked(labelled: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server is the one of TFSCTL_SERVER."""
    monkeypatch.setenv("TFSCTL_SERVER", labelled.rest_address)


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("predict ", ["half_plus_two", "digits"]),
        ("predict d", ["digits"]),
        ("bench ", ["half_plus_two", "digits"]),
        ("verify h", ["half_plus_two"]),
        ("label set h", ["half_plus_two"]),
        ("predict half_plus_two --model-version ", ["12", "1"]),
        ("predict --model-version ", []),  # Of which model?
        ("status half_plus_two --model-version 12", ["12"]),
        ("metadata half_plus_two --version-label ", ["stable"]),
        ("predict digits --version-label ", []),
        ("predict half_plus_two --signature-name ", SIGNATURES),
        ("predict half_plus_two --model-version 12 --signature-name reg", SIGNATURES[1:4]),
        ("predict half_plus_two --version-label stable --signature-name s", ["serving_default"]),
        ("bench digits --signature-name ", ["predict_images"]),
        ("label drop half_plus_two ", ["stable"]),
        ("label set half_plus_two ", ["stable=12", "stable=1"]),
        ("predict no-such-model --signature-name ", []),
    ],
)
def test_names_come_from_the_server(line: str, offered: list[str], bash: Callable[..., list[str]]) -> None:
    assert bash(*line.split(" ")) == offered


def test_the_server_on_the_line_comes_before_the_environments(
    labelled: Server, bash: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFSCTL_SERVER", "127.0.0.1:1")
    host, port = labelled.rest_address.split(":")
    assert bash("predict", "--server", host, ":", port, "d") == ["digits"]
    assert bash("predict", "--server", "=", "http", ":", f"//{host}", ":", port, "d") == ["digits"]
    assert bash("predict", "d") == []


def test_the_server_of_a_settings_file_is_asked(labelled: Server, bash: Callable[..., list[str]]) -> None:
    Path("tfsctl.toml").write_text(f'server = "{labelled.rest_address}"\n')
    assert bash("status", "d") == ["digits"]


def test_a_broken_settings_file_is_no_reason_to_say_anything(bash: Callable[..., list[str]]) -> None:
    Path("tfsctl.toml").write_text("not TOML")
    assert bash("prdict", "") == []
    assert bash("pre") == ["predict"]


@pytest.mark.usefixtures("asked")
def test_what_bash_takes_for_a_word_of_its_own_is_not_repeated(bash: Callable[..., list[str]]) -> None:
    assert bash("predict", "half_plus_two", "--model-version", "=") == ["12", "1"]
    assert bash("label", "set", "half_plus_two", "stable", "=") == ["12", "1"]
    assert bash("label", "set", "half_plus_two", "new", "=", "12") == ["12"]


@pytest.mark.parametrize(
    ("words", "joined", "num_done"),
    [
        (["tfsctl", "predict", "--server", "a", ":", "1", ""], ["tfsctl", "predict", "--server", "a:1", ""], 0),
        (["tfsctl", "stop", "a", ":", "b"], ["tfsctl", "stop", "a:b"], 2),
        (["tfsctl", "stop", "a", ":"], ["tfsctl", "stop", "a:"], 2),
        (["tfsctl", "predict", "--server", "=", "a", ":", "b"], ["tfsctl", "predict", "--server=a:b"], 2),
        (["tfsctl", "predict", "'it", ""], ["tfsctl", "predict", "it\n"], 0),
    ],
)
def test_rejoin_words(words: list[str], joined: list[str], num_done: int) -> None:
    environment = {"COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)}
    assert rejoin_words(environment) == num_done
    assert [word.strip("'") for word in environment["COMP_WORDS"].split("\n")][: len(joined)] == [
        word.strip() for word in joined
    ]


def test_the_rest_address_of_a_background_server_is_known(
    labelled: Server, bash: Callable[..., list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFSCTL_STATE_DIR", str(tmp_path))
    StateDirectory().path.mkdir()
    entry = ServerEntry(
        name="digits",
        pid=os.getpid(),
        birth="",
        command="tfsctl serve",
        log=tmp_path / "log",
        started=datetime.now(timezone.utc),
        grpc=labelled.grpc_address,
        rest=f"http://{labelled.rest_address}",
    )
    StateDirectory().write(entry)
    monkeypatch.setenv("TFSCTL_SERVER", labelled.grpc_address)
    assert bash("predict", "d") == ["digits"]
    assert bash("stop", "") == bash("logs", "d") == bash("wait", "d") == ["digits"]


def test_samples_and_commands(bash: Callable[..., list[str]]) -> None:
    assert SAMPLES == EXPORTED
    assert bash("export", "half") == ["half_plus_two", "half_plus_three"]
    assert bash("config", "show", "pre") == ["predict"]
    assert bash("predict", "m", "--sig") == ["--signature-name"]


def test_a_server_that_does_not_answer_is_not_waited_for(
    bash: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completed_names, "_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert bash("predict", "--server", "127.0.0.1", ":", str(silent.getsockname()[1]), "") == []


def test_a_server_that_sends_drop_by_drop_is_cut_off_in_time() -> None:
    """Without the limit for the whole answer this would go on for ever."""
    with socket.create_server(("127.0.0.1", 0)) as slow:
        address = parse_server(f"127.0.0.1:{slow.getsockname()[1]}").with_protocol("rest")
        stop = threading.Event()
        dripping = threading.Thread(target=drip, args=(slow, stop))
        dripping.start()
        with pytest.raises(TimeoutError):
            get_json(address, "/v1/models", timeout_seconds=0.3)
        stop.set()
        dripping.join()


def drip(server: socket.socket, stop: threading.Event) -> None:
    connection, _ = server.accept()
    with connection, contextlib.suppress(OSError):
        while not stop.wait(0.05):
            connection.sendall(b"x")


@pytest.mark.parametrize("answer", [b"", b"220 smtp ready\r\n", b"HTTP/1.0 200 OK\r\n\r\nno JSON", bytes(9)])
def test_another_kind_of_server_offers_nothing(answer: bytes, bash: Callable[..., list[str]]) -> None:
    def reply(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection, contextlib.suppress(OSError):
            connection.recv(1 << 16)
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as other:
        thread = threading.Thread(target=reply, args=(other,))
        thread.start()
        assert bash("predict", "--server", "127.0.0.1", ":", str(other.getsockname()[1]), "") == []
        thread.join()


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    ("shell", "answer"),
    [
        ("zsh", "_arguments '*: :((\"digits\"))'\n"),
        ("fish", "digits\n"),
    ],
)
def test_other_shells(shell: str, answer: str, tfsctl: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_TFSCTL_COMPLETE", f"complete_{shell}")
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", "tfsctl predict d")
    monkeypatch.setattr(completed_names, "_SECONDS", 30.0)
    assert tfsctl() == answer


def test_completing_loads_nothing_heavy(labelled: Server) -> None:
    probe = (
        "import sys\n"
        "from tfsctl.cli._frame import completed_names\n"
        "from tfsctl.cli._app import run\n"
        "completed_names._SECONDS = 30.0\n"
        "status = run([])\n"
        "print(sorted({'tensorflow', 'grpc', 'requests', 'numpy', 'google.protobuf', 'rich'} & set(sys.modules)))\n"
    )
    words = {"COMP_WORDS": "tfsctl\npredict\n", "COMP_CWORD": "2", "_TFSCTL_COMPLETE": "complete_bash"}
    environment = {**os.environ, **words, "TFSCTL_SERVER": labelled.rest_address}
    done = subprocess.run([sys.executable, "-c", probe], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["half_plus_two", "digits", "[]"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_a_real_bash_completes_after_tab(labelled: Server, tmp_path: Path) -> None:
    (tmp_path / "tfsctl").write_text(f'#!/bin/sh\nexec {sys.executable} -m tfsctl "$@"\n')
    (tmp_path / "tfsctl").chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "TERM": "dumb",
        "PS1": "$ ",
        "COLUMNS": "200",
        "HISTFILE": "",
    }
    screen, side = pty.openpty()
    shell = ["bash", "--norc", "--noprofile", "-i"]
    with subprocess.Popen(
        shell, stdin=side, stdout=side, stderr=side, env=environment, start_new_session=True
    ) as process:
        os.close(side)
        try:
            os.write(screen, b'eval "$(_TFSCTL_COMPLETE=source_bash tfsctl)"; echo rea""dy\n')
            read_until(screen, "ready")
            os.write(screen, f"tfsctl predict --server {labelled.rest_address} half".encode())
            press_tab_until(screen, "half_plus_two ")
            os.write(screen, b"--signature-name serv")
            press_tab_until(screen, "serving_default ")
        finally:
            process.kill()
            os.close(screen)


def press_tab_until(screen: int, wanted: str) -> None:
    """Press Tab, again where the machine was too busy for an answer within 0.3 s."""
    text = ""
    for _ in range(_TABS):
        os.write(screen, b"\t")
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and wanted not in text:
            if select.select([screen], [], [], 0.1)[0]:
                text += os.read(screen, 65536).decode(errors="replace").replace("\x07", "")
        if wanted in text:
            return
    raise AssertionError(f"{wanted!r} was not completed: {text!r}")


def read_until(screen: int, wanted: str) -> str:
    text, deadline = "", time.monotonic() + 30
    while wanted not in text:
        ready, _, _ = select.select([screen], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"{wanted!r} was not written: {text!r}"
        text += os.read(screen, 65536).decode(errors="replace")
    return text
