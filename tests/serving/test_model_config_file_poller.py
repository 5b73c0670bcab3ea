"""A server that follows its model config file (tensorflow-serving.md §3.6)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from serving.model_directory import QUICK, add_counting_version
from serving.reload_calls import entry, label, listed, versions
from tfsctl.model_spec import ModelSpec
from tfsctl.serving import Server, ServerConfig
from tfsctl.serving.models.model_config_file_poller import ModelConfigFilePoller

WAIT_SECONDS = 30.0
POLL_SECONDS = 0.02


@pytest.fixture
def base_path(zoo: Path, tmp_path: Path) -> Path:
    """A model with versions 1 and 2."""
    for version in (1, 2):
        add_counting_version(zoo, tmp_path / "m", version)
    return tmp_path / "m"


@pytest.fixture
def file(base_path: Path, tmp_path: Path) -> Path:
    path = tmp_path / "models.config"
    path.write_text(listed(entry("m", base_path)))
    return path


@pytest.fixture
def server(file: Path) -> Iterator[Server]:
    """It reads its file when a test says so."""
    with Server(ServerConfig(model_config_file=file, **QUICK)) as running:
        yield running


@pytest.fixture
def poller(server: Server, file: Path) -> ModelConfigFilePoller:
    return ModelConfigFilePoller(server.core, file, poll_wait_seconds=WAIT_SECONDS)


def wait_for(server: Server, condition: Callable[[], bool]) -> None:
    assert server.core._monitor.wait_for(lambda _: condition(), timeout_seconds=WAIT_SECONDS)


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_running_server_follows_edits_and_survives_broken_ones(file: Path, base_path: Path) -> None:
    config = ServerConfig(model_config_file=file, model_config_file_poll_wait_seconds=POLL_SECONDS, **QUICK)
    with Server(config) as server:
        file.write_text(listed(entry("m", base_path), entry("n", base_path)))
        wait_for(server, lambda: server.core.is_available("n"))
        file.write_text("model_config_list { config {")
        file.write_text(listed(entry("o", base_path)))
        wait_for(server, lambda: server.core.is_available("o") and not server.core.is_available("m"))
        assert server.core.model_names() == ("o",)


def test_without_a_period_the_file_is_read_once(server: Server) -> None:
    assert server._config_poller is None


REFUSED = {
    "unreadable": (None, "Failed to read ModelServerConfig file: {file}; No such file or directory"),
    "no bytes": ("", "Failed to read ModelServerConfig file: {file}; Invalid argument"),
    "broken": ("model_config_list {", "Failed to read ModelServerConfig file: Invalid protobuf file: '{file}' (Error"),
    "nothing set": (
        "\n",
        "PollFilesystemAndReloadConfig failed to ReloadConfig: Cannot transition to requested config.",
    ),
    "custom": (
        "custom_model_config { }",
        "PollFilesystemAndReloadConfig failed to ReloadConfig: Cannot transition to requested config.",
    ),
    "duplicate": (
        listed(entry("m", "/m"), entry("m", "/m")),
        "PollFilesystemAndReloadConfig failed to ReloadConfig: Illegal to list model m multiple times",
    ),
    "label": (
        listed(entry("m", "/m", label("stable", 9))),
        "PollFilesystemAndReloadConfig failed to ReloadConfig: Request to assign label to version 9 of model m",
    ),
}


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_logged_once_and_the_old_configuration_stays(
    content: str | None,
    message: str,
    *,
    server: Server,
    poller: ModelConfigFilePoller,
    file: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before, good = server.core.models(), file.read_text()
    file.unlink() if content is None else file.write_text(content)
    for _ in range(3):
        poller.poll_once()
    (logged,) = errors(caplog)
    assert logged.startswith(message.format(file=file))
    assert (server.core.models(), server.core.is_ready()) == (before, True)
    file.write_text(good)
    poller.poll_once()
    assert len(errors(caplog)) == 1


def test_a_model_that_cannot_be_loaded_is_logged(
    poller: ModelConfigFilePoller, file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "bad/1").mkdir(parents=True)
    file.write_text(listed(entry("bad", tmp_path / "bad")))
    poller.poll_once()
    (logged,) = errors(caplog)
    assert "failed to ReloadConfig: 1 model(s) did not become available: {{{name: bad version: 1} due" in logged


def test_a_label_is_given_by_a_later_poll_when_its_version_is_there(
    *, server: Server, poller: ModelConfigFilePoller, file: Path, zoo: Path, base_path: Path
) -> None:
    file.write_text(listed(entry("m", base_path, versions(1, 2, 3), label("next", 3))))
    poller.poll_once()
    assert server.core.models()[0].version_labels == {}
    add_counting_version(zoo, base_path, 3)
    poller.poll_once()
    wait_for(server, lambda: server.core.is_available("m") and 3 in _available(server))
    assert server.core.servable(ModelSpec("m", version_label="next")).id.version == 3


def _available(server: Server) -> set[int]:
    return {handle.version for handle in server.core._manager.available_ids()}


def test_a_missing_base_path_does_not_keep_the_next_edit_waiting(server: Server, file: Path, base_path: Path) -> None:
    poller = ModelConfigFilePoller(server.core, file, poll_wait_seconds=POLL_SECONDS)
    file.write_text(listed(entry("m", base_path), entry("missing", base_path / "missing")))
    poller.poll_once()
    assert server.core.model_names() == ("m", "missing")
    file.write_text(listed(entry("m", base_path)))
    poller.poll_once()
    assert server.core.model_names() == ("m",)
