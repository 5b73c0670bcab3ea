"""`C:` is a drive and no name, scheme, port or module, wherever a path may stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.runner import Runner
from tfsctl.check.shell_words import split_shell_line
from tfsctl.cli._predict.input import looks_like_input, names_file, split_pair
from tfsctl.serving.models.location import is_uri
from tfsctl.serving.models.model_discovery import discover

PATHS = [r"C:\models\m", "C:/models/m", r"\\host\share\m"]


@pytest.fixture
def windows_path(zoo: Path, tmp_path: Path) -> str:
    r"""A model that is called `C:\models\half`, as far as that is possible here."""
    (tmp_path / r"C:\models\half").symlink_to(zoo / "half_plus_two")
    return r"C:\models\half"


@pytest.mark.parametrize("path", PATHS)
def test_a_path_with_a_drive_is_no_uri(path: str) -> None:
    assert not is_uri(path)


def test_a_model_may_be_served_from_a_drive(windows_path: str) -> None:
    (named,) = discover([f"digits={windows_path}"])
    assert (named.name, Path(named.base_path).name) == ("digits", windows_path)
    (plain,) = discover([windows_path])
    assert Path(plain.base_path).name == windows_path


@pytest.mark.parametrize("path", [r"C:\a=b\m", "/data/a=b", r"..\a=b"])
def test_what_stands_before_an_equals_sign_in_a_missing_path_is_no_name(path: str, tfsctl: Runner) -> None:
    result = tfsctl("serve", path)
    assert result.exit_code == 3
    assert result.stderr.splitlines()[0].endswith(path)


@pytest.mark.parametrize("sign", ["x=", ""])
def test_an_input_file_may_stand_on_a_drive(sign: str) -> None:
    text = sign + r"@C:\data\x.json"
    assert looks_like_input(text)
    assert names_file(sign + r"@C:\data\x.npy")
    assert split_pair(text) == (("x", "=", r"@C:\data\x.json") if sign else None)


def test_an_input_file_on_a_drive_is_read(tfsctl: Runner) -> None:
    Path(r"C:\x.json").write_text("[1.0]")
    result = tfsctl("predict", "m", r"@C:\x.json", "--rest", "--dry-run")
    assert '{"instances": [1.0]}' in result


@pytest.mark.parametrize("path", PATHS[:2])
def test_export_of_a_missing_path_on_a_drive_speaks_of_no_module(path: str, tfsctl: Runner) -> None:
    result = tfsctl("export", path)
    assert result.exit_code == 4
    assert f"There is nothing to export by the name {path}." in result.stderr


def test_a_configuration_file_may_stand_on_a_drive(zoo: Path, tfsctl: Runner) -> None:
    Path(r"C:\models.config").write_text(
        f'model_config_list {{ config {{ name: "h" base_path: "{zoo}/half_plus_two" model_platform: "tensorflow" }} }}'
    )
    assert tfsctl("check", r"C:\models.config").exit_code == 0
    missing = tfsctl("serve", "--model-config-file", r"C:\none.config", "--port", "0", "--rest-api-port", "0")
    assert r"C:\none.config" in missing.stderr


def test_a_docker_command_of_a_windows_shell_keeps_its_backslashes() -> None:
    words = split_shell_line(r"docker run -v C:\models\m:/models/m tensorflow/serving")
    assert words[3] == r"C:\models\m:/models/m"
    assert split_shell_line(r"docker run -v a\ b:/models/m x")[3] == "a b:/models/m"
