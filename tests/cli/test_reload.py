"""`tfsctl reload`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.runner import Runner
from serving.model_directory import QUICK
from serving.reload_calls import entry, label, listed
from tfsctl.serving import Server, ServerConfig

METRIC = "/tensorflow/no/such/metric"


@pytest.fixture
def server(zoo: Path, tmp_path: Path) -> Iterator[Server]:
    """A server that was started with a configuration file and serves half_plus_two."""
    (tmp_path / "start.config").write_text(listed(entry("half_plus_two", zoo / "half_plus_two")))
    with Server(ServerConfig(**QUICK, model_config_file=tmp_path / "start.config")) as running:
        yield running


@pytest.fixture
def config(zoo: Path, tmp_path: Path) -> Path:
    """A configuration with another model, too."""
    path = tmp_path / "models.config"
    path.write_text(listed(entry("half_plus_two", zoo / "half_plus_two"), entry("scalar", zoo / "scalar")))
    return path


def test_reload_has_the_server_serve_what_the_file_says(tfsctl: Runner, server: Server, config: Path) -> None:
    result = tfsctl("reload", str(config), "--server", server.grpc_address)
    assert (result.exit_code, str(result)) == (0, "")
    assert result.stderr == f"{server.grpc_address} serves: half_plus_two, scalar.\n"
    assert server.core.is_available("scalar")


def test_reload_from_standard_input_as_json(tfsctl: Runner, server: Server, config: Path) -> None:
    result = tfsctl("reload", "-", "--json", "--server", server.grpc_address, stdin=config.read_text())
    assert result.json == {"models": ["half_plus_two", "scalar"], "metrics": {}}


def test_reload_prints_the_increases_of_metrics(tfsctl: Runner, server: Server, config: Path) -> None:
    result = tfsctl("reload", str(config), "--metric", METRIC, "--server", server.grpc_address)
    assert [line.split() for line in result.splitlines()] == [["METRIC", "INCREASE"], [METRIC, "0"]]


def test_reload_of_an_empty_list_says_that_nothing_is_served(tfsctl: Runner, server: Server) -> None:
    result = tfsctl("reload", "-", "--server", server.grpc_address, stdin="model_config_list {}")
    assert "serves no model now" in result.stderr
    assert server.core.model_names() == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('model_config_list {\n  config { nam: "m" } }', "models.config:2:12: "),
        ("", "models.config has no list of models"),
        ("custom_model_config {}", "Only ModelConfigList is currently supported"),
        (listed(entry("m", "/m"), entry("m", "/n")), "Illegal to list model m multiple times in config list"),
        (listed('config { base_path: "/m" }'), "models.config: model 1 has no name"),
        (listed('config { name: "m" }'), "models.config: model 1, m, has no base_path"),
        (listed('config { name: "m" base_path: "/m" }'), "Illegal setting neither "),
        (listed(entry("m", "/m", "model_type: TENSORFLOW")), "Illegal setting both "),
        (listed(entry("m", "/m", label("", 1))), "a version label without a name"),
    ],
)
def test_a_wrong_file_is_a_usage_error_and_nothing_is_sent(tfsctl: Runner, text: str, message: str) -> None:
    Path("models.config").write_text(text)
    result = tfsctl("reload", "models.config", "--server", "127.0.0.1:1")
    assert (result.exit_code, str(result)) == (2, "")
    assert message in result.stderr


def test_a_file_that_cannot_be_read_is_a_usage_error(tfsctl: Runner) -> None:
    Path("binary").write_bytes(b"\xff\xfe")
    assert "nowhere: No such file" in tfsctl("reload", "nowhere").stderr
    assert "binary is not text" in tfsctl("reload", "binary").stderr


def test_a_relative_base_path_is_sent_as_it_is_and_warned_of(tfsctl: Runner) -> None:
    Path("models.config").write_text(listed(entry("m", "models/m"), entry("n", "s3://bucket/n")))
    result = tfsctl("reload", "models.config", "--server", "127.0.0.1:1")
    assert result.exit_code == 5
    assert result.stderr.count("Warning: ") == 1
    assert "The base_path of m is relative: models/m" in result.stderr


def test_what_the_server_refuses_ends_with_its_status(tfsctl: Runner, server: Server, zoo: Path) -> None:
    text = listed(entry("half_plus_two", zoo / "half_plus_two", label("stable", 9)))
    result = tfsctl("reload", "-", "--server", server.grpc_address, stdin=text)
    assert result.exit_code == 7
    assert "Request to assign label to version 9 of model half_plus_two" in result.stderr


def test_a_model_that_does_not_come_is_a_deadline(tfsctl: Runner, server: Server, tmp_path: Path) -> None:
    text = listed(entry("late", tmp_path / "late"))
    result = tfsctl("reload", "-", "--server", server.grpc_address, "--timeout-seconds", "0.3", stdin=text)
    assert result.exit_code == 6
    assert "may be in force all the same" in result.stderr


def test_over_rest_there_is_no_reload(tfsctl: Runner, server: Server, config: Path) -> None:
    result = tfsctl("reload", str(config), "--rest", "--server", server.rest_address)
    assert result.exit_code == 7
    assert "--grpc" in result.stderr.partition("Hint: ")[2]
