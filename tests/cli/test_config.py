from __future__ import annotations

import enum
from pathlib import Path
from typing import Any

import pytest
import typer

from cli.runner import Runner
from tfsctl.cli._app import _app
from tfsctl.cli._frame.command import Invocation
from tfsctl.cli._frame.effective import effective_options
from tfsctl.cli._frame.settings import read_settings


def rows(output: str) -> list[list[str]]:
    return [line.split() for line in output.splitlines()[1:]]


def test_show_names_the_place_of_every_value_that_is_set(tfsctl: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("tfsctl.toml").write_text('server = "file:1"\n[predict]\ntimeout-seconds = 5\n')
    monkeypatch.setenv("TFSCTL_BENCH_CONCURRENCY", "8")
    result = tfsctl("config", "show", "--origin")
    assert rows(result) == [
        ["(all)", "server", "file:1", "tfsctl.toml:", "server"],
        ["predict", "timeout-seconds", "5", "tfsctl.toml:", "predict.timeout-seconds"],
        ["bench", "concurrency", "8", "TFSCTL_BENCH_CONCURRENCY"],
    ]


def test_show_without_any_setting_says_so(tfsctl: Runner) -> None:
    result = tfsctl("config", "show")
    assert (result.exit_code, str(result)) == (0, "")
    assert "Nothing is set" in result.stderr
    assert tfsctl("config", "show", "--json").json == {"settings": []}


def test_show_of_a_command_has_its_defaults_too(tfsctl: Runner) -> None:
    shown = {option["option"]: option for option in tfsctl("config", "show", "serve", "--json").json["settings"]}
    assert shown["rest-api-port"]["value"] == 8501
    assert shown["rest-api-port"]["origin"] == {"kind": "default", "variable": None, "path": None, "key": None}
    assert "version" not in shown  # It can only be typed.


def test_show_of_a_group_has_all_its_commands(tfsctl: Runner) -> None:
    shown = tfsctl("config", "show", "label", "--json").json["settings"]
    assert {option["command"] for option in shown} == {"label list", "label set", "label drop"}
    shown = tfsctl("config", "show", "label", "set", "--json").json["settings"]
    assert {option["command"] for option in shown} == {"label set"}


@pytest.mark.parametrize(("typed", "meant"), [("lable", "label"), ("label sett", "label set"), ("xyz", "--help")])
def test_show_of_an_unknown_command_names_the_nearest(typed: str, meant: str, tfsctl: Runner) -> None:
    result = tfsctl("config", "show", *typed.split())
    assert result.exit_code == 2
    assert meant in result.stderr.partition("Hint: ")[2]


def test_path_lists_the_files_that_are_read(tfsctl: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TFSCTL_CONFIG_DIR", str(tmp_path))
    (tmp_path / "config.toml").write_text("quiet = true\n")
    (tmp_path / "pyproject.toml").write_text("[tool.tfsctl]\njson = false\n")
    files = [str(tmp_path / "pyproject.toml"), str(tmp_path / "config.toml")]
    assert tfsctl("config", "path").splitlines() == files
    assert tfsctl("config", "path", "--json").json["files"] == files


@pytest.mark.parametrize("how", ["--no-config", "TFSCTL_NO_CONFIG"])
def test_no_config_reads_no_file(how: str, tfsctl: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("tfsctl.toml").write_text("not TOML at all")
    if how.isupper():
        monkeypatch.setenv(how, "1")
    result = tfsctl(*([how] if not how.isupper() else []), "predict", "m", "[1]", "--rest", "--dry-run")
    assert result.exit_code == 0


def test_what_is_shown_is_what_commands_get(monkeypatch: pytest.MonkeyPatch) -> None:
    """Typer decides in the end: its sources and values are compared with ours, for every option of every command."""
    Path("tfsctl.toml").write_text('server = "file:1"\n[predict]\nquiet = true\n[label.set]\nserver = "own:1"\n')
    monkeypatch.setenv("TFSCTL_SSL_CA", "ca.pem")
    monkeypatch.setenv("TFSCTL_BENCH_SERVER", "variable:1")
    settings = read_settings(Path.cwd())
    root: Any = typer.main.get_command(_app)
    defaults = settings.default_map()
    with root.make_context("tfsctl", ["ps"], obj=Invocation(settings=settings), default_map=defaults) as context:
        for name in ("predict", "bench", "label", "serve", "wait"):
            for option in effective_options(context, settings, [name]):
                assert option.value == typers_value(context, option.command, option.option), option


def typers_value(root: Any, command: str, option: str) -> Any:
    context = root
    for name in command.split():
        built = (
            context.command.get_command(context, name) if hasattr(context.command, "get_command") else context.command
        )
        context = type(root)(built, info_name=name, parent=context)
        if name != "label":
            shared = built._shared_defaults(context, root.obj.settings)
            context.default_map = {**(context.default_map or {}), **shared}
    parameter = next(p for p in context.command.params if p.name.replace("_", "-") == option)
    value = parameter.consume_value(context, {})[0]
    value = value.value if isinstance(value, enum.Enum) else value
    return str(value) if isinstance(value, Path) else value


def test_a_container_option_in_a_file_is_no_mistake_without_docker(tfsctl: Runner) -> None:
    Path("tfsctl.toml").write_text('[serve]\nmemory = "2g"\nimage = "own/image"\n')
    assert "No such file or directory" in tfsctl("serve", "nowhere").stderr
    typed = tfsctl("serve", "nowhere", "--memory", "2g")
    assert typed.exit_code == 2
    assert "--memory goes with --docker" in typed.stderr


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("TFSCTL_SEVER", " Did you mean TFSCTL_SERVER?"),
        ("TFSCTL_PREDICT_COLUMNER", " Did you mean TFSCTL_PREDICT_COLUMNAR?"),
        ("TFSCTL_ELSE_AT_ALL", ""),
    ],
)
def test_an_unknown_variable_is_warned_of(
    name: str, guess: str, tfsctl: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "1")
    result = tfsctl("predict", "m", "[1]", "--rest", "--dry-run")
    assert result.exit_code == 0
    assert result.stderr == f"Warning: The environment variable {name} means nothing to tfsctl.{guess}\n"


@pytest.mark.parametrize("name", ["TFSCTL_SERVE_ANYTHING", "TFSCTL_DEBUG", "TFSCTL_NO_COLOR", "TFSCTL_PREDICT_SERVER"])
def test_no_warning_of_variables_that_are_known_or_another_commands(
    name: str, tfsctl: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "1")
    assert tfsctl("predict", "m", "[1]", "--rest", "--dry-run").stderr == ""
