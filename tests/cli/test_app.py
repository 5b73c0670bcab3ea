from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

import tfsctl as package
from cli.runner import Runner
from tfsctl.cli._app import COMMANDS

HELP_LINES = {name: text for section in COMMANDS.values() for name, text in section.items()}


def pages() -> list[str]:
    """Every command and sub-command."""
    found: list[str] = []
    for name in HELP_LINES:
        built = typer.main.get_command(import_module(f"tfsctl.cli.{name}").app)
        found += [name, *(f"{name} {part}" for part in (built.commands if isinstance(built, TyperGroup) else ()))]
    return found


PAGES = pages()


@pytest.mark.parametrize("flag", [(), ("-h",), ("--help",)])
def test_help_lists_every_command_with_its_line(flag: tuple[str, ...], tfsctl: Runner) -> None:
    result = tfsctl(*flag)
    assert result.exit_code == 0
    flat = " ".join(result.split())
    assert all(f"{name} {text}" in flat for name, text in HELP_LINES.items())


@pytest.mark.parametrize("name", HELP_LINES)
def test_the_line_in_the_table_is_the_first_of_the_commands_own_help(name: str) -> None:
    built = typer.main.get_command(import_module(f"tfsctl.cli.{name}").app)
    assert (built.help or "").splitlines()[0] == HELP_LINES[name]


@pytest.mark.parametrize("page", PAGES)
def test_help_of_every_command_has_an_example_of_it(page: str, tfsctl: Runner) -> None:
    result = tfsctl(*page.split(), "--help")
    assert result.exit_code == 0
    examples = result.partition("Examples:")[2]
    assert f"\n  tfsctl {page}" in examples


def example_lines() -> list[str]:
    lines: list[str] = []
    for name in HELP_LINES:
        built = typer.main.get_command(import_module(f"tfsctl.cli.{name}").app)
        pages = [built, *(built.commands.values() if isinstance(built, TyperGroup) else ())]
        lines += [line.strip() for page in pages for line in (page.help or "").splitlines() if line.startswith("  ")]
    return lines


@pytest.mark.parametrize("line", example_lines())
def test_options_in_examples_exist(line: str, tfsctl: Runner) -> None:
    words = line.partition(" | ")[0].split()
    command = words[1:3] if " ".join(words[1:3]) in PAGES else words[1:2]
    page = tfsctl(*command, "--help")
    assert words[0] == "tfsctl"
    assert all(word.partition("=")[0] in page for word in words if word.startswith("--"))


@pytest.mark.parametrize("page", ["", *PAGES])
def test_help_fits_into_a_narrow_terminal(page: str, tfsctl: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    prose = [line for line in tfsctl(*page.split(), "--help").splitlines() if "tfsctl " not in line]
    assert max(len(line) for line in prose) <= 80


def test_version_is_short_and_with_json_long(tfsctl: Runner) -> None:
    assert tfsctl("--version") == f"tfsctl {package.__version__}\n"
    assert tfsctl("--version", "--json").json.keys() >= {"tfsctl", "python", "tensorflow", "grpcio"}


@pytest.mark.parametrize(
    ("args", "message", "hint"),
    [
        (("prdict",), "No such command: 'prdict'", "tfsctl predict"),
        (("xyz",), "No such command: 'xyz'", "tfsctl --help"),
        (("--jsn",), "No such option: --jsn", "--json"),
        (("bench", "--num-test", "3"), "No such option: --num-test", "--num-tests"),
        (("bench", "--num-tests", "x"), "'--num-tests'", "tfsctl bench --help"),
        (("bench", "--num-tests"), "--num-tests", "--help"),
        (("export",), "Missing argument", "tfsctl export --help"),
        (("train",), "Missing command", "tfsctl train --help"),
        (("models", "one", "two"), "unexpected extra argument", "tfsctl models --help"),
    ],
)
def test_a_wrong_command_line_is_told_with_what_would_be_right(
    args: tuple[str, ...], message: str, hint: str, tfsctl: Runner
) -> None:
    result = tfsctl(*args)
    assert (result.exit_code, str(result)) == (2, "")
    error, _, hints = result.stderr.partition("Hint: ")
    assert message in error
    assert hint in hints


def test_json_errors_when_the_command_line_is_wrong(tfsctl: Runner) -> None:
    result = tfsctl("bench", "--num-test", "3", "--json")
    assert result.error["code"] == "INVALID_ARGUMENT"
    assert result.error["exit_status"] == 2


@pytest.mark.parametrize("args", [("--json", "models"), ("models", "--json")])
def test_shared_flags_may_stand_before_and_after_the_command(args: tuple[str, ...], tfsctl: Runner) -> None:
    result = tfsctl(*args, "--server", "127.0.0.1:1", "--rest")
    assert result.exit_code == 5
    assert result.error["code"] == "UNAVAILABLE"


def shown_server(tfsctl: Runner, *args: str) -> str:
    """Which server `predict` would ask."""
    line = tfsctl("predict", "m", "[1]", "--rest", "--dry-run", *args)
    return line.rpartition("http://")[2].partition("/")[0]


@pytest.mark.parametrize(
    ("line", "page"),
    [("bench --compare rest", "bench"), ("bench --junit", "bench"), ("label list --server", "label list")],
)
def test_an_option_without_its_value_names_the_page_of_its_command(tfsctl: Runner, line: str, page: str) -> None:
    result = tfsctl(*line.split())
    assert result.exit_code == 2
    assert result.stderr.endswith(f"Hint: `tfsctl {page} --help` shows what it takes.\n")


def test_help_shows_the_default_that_is_in_force_and_no_other(tfsctl: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "[default: this machine]" in " ".join(tfsctl("status", "--help").split())
    monkeypatch.setenv("TFSCTL_SERVER", "box:8500")
    page = " ".join(tfsctl("status", "--help").split())
    assert "for all commands. [default: box:8500]" in page
    assert "this machine" not in page


def test_precedence_is_flag_then_variables_then_file_then_default(
    tfsctl: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shown_server(tfsctl) == "127.0.0.1:8501"
    Path("tfsctl.toml").write_text('server = "shared-file:1"\n')
    assert shown_server(tfsctl) == "shared-file:1"
    Path("tfsctl.toml").write_text('server = "shared-file:1"\n[predict]\nserver = "own-file:1"\n')
    assert shown_server(tfsctl) == "own-file:1"
    monkeypatch.setenv("TFSCTL_SERVER", "shared-variable:1")
    assert shown_server(tfsctl) == "shared-variable:1"
    monkeypatch.setenv("TFSCTL_PREDICT_SERVER", "own-variable:1")
    assert shown_server(tfsctl) == "own-variable:1"
    assert shown_server(tfsctl, "--server", "flag:1") == "flag:1"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[predict]\ncolumner = true\n", "unknown key 'columner' in section 'predict'", "columnar"),
        ("[train.mnist]\nsed = 1\n", "unknown key 'sed' in section 'train.mnist'", "seed"),
        ("[pedict]\n", "unknown key 'pedict'", "predict"),
    ],
)
def test_an_unknown_key_in_the_file_is_refused_with_the_nearest(
    text: str, message: str, hint: str, tfsctl: Runner
) -> None:
    Path("tfsctl.toml").write_text(text)
    command = ("train", "mnist") if "mnist" in text else ("predict", "m", "[1]")
    result = tfsctl(*command)
    assert result.exit_code == 2
    assert message in result.stderr
    assert hint in result.stderr


def test_help_works_although_the_file_is_broken(tfsctl: Runner) -> None:
    Path("tfsctl.toml").write_text("= not TOML")
    assert tfsctl("predict", "--help").exit_code == 0
    assert tfsctl("predict", "m", "[1]").exit_code == 2


@pytest.mark.parametrize("place", ["TFSCTL_BENCH_NUM_TESTS", "tfsctl.toml"])
def test_a_bad_value_from_elsewhere_is_told_with_its_place(
    place: str, tfsctl: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    if place.isupper():
        monkeypatch.setenv(place, "many")
    else:
        Path(place).write_text('[bench]\nnum-tests = "many"\n')
    result = tfsctl("bench")
    assert result.exit_code == 2
    assert place in result.stderr.partition("Hint: ")[2]
