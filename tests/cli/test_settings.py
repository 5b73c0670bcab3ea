from __future__ import annotations

from pathlib import Path

import pytest

from tfsctl.cli._settings import Settings, read_settings
from tfsctl.errors import UsageError


def test_read_settings_without_a_file_is_empty(tmp_path: Path) -> None:
    assert read_settings(tmp_path).default_map() == {}


def test_read_settings_finds_the_nearest_file_upwards(tmp_path: Path) -> None:
    (tmp_path / "tfsctl.toml").write_text("[bench]\nnum-tests = 5\n")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert read_settings(below).default_map() == {"bench": {"num_tests": 5}}
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.tfsctl.bench]\nnum-tests = 6\n")
    assert read_settings(below).default_map() == {"bench": {"num_tests": 6}}


def test_read_settings_passes_by_a_pyproject_that_is_not_about_tfsctl(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("this is not TOML at all")
    assert read_settings(tmp_path) == Settings()


def test_read_settings_prefers_tfsctl_toml_in_one_directory(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.tfsctl.bench]\nnum-tests = 6\n")
    (tmp_path / "tfsctl.toml").write_text("[bench]\nnum-tests = 5\n")
    assert read_settings(tmp_path).default_map() == {"bench": {"num_tests": 5}}


def test_read_settings_of_bad_toml_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "tfsctl.toml").write_text("[bench\n")
    with pytest.raises(UsageError, match=r"tfsctl\.toml is not valid TOML"):
        read_settings(tmp_path)


def test_server_is_a_default_of_every_client_command(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(values={"server": "a:1", "status": {"server": "b:2"}})
    assert settings.default_map()["predict"] == {"server": "a:1"}
    assert settings.default_map()["status"] == {"server": "b:2"}
    monkeypatch.setenv("TFSCTL_SERVER", "c:3")
    assert settings.default_map()["status"] == {"server": "c:3"}


def test_check_section_names_file_key_and_the_nearest_option() -> None:
    settings = Settings(Path("tfsctl.toml"), {"bench": {"num_test": 5}})
    with pytest.raises(UsageError, match=r"tfsctl\.toml: unknown key 'num-test' in section 'bench'") as caught:
        settings.check_section("bench", ["num_tests", "concurrency"])
    assert caught.value.hint == "Did you mean 'num-tests'?"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"bensh": {}}, "unknown key 'bensh'"),
        ({"bench": 3}, "'bench' must be a section"),
        ({"server": {}}, "'server' must be a single value"),
    ],
)
def test_check_sections_refuses_what_is_neither_command_nor_setting(values: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Settings(Path("tfsctl.toml"), values).check_sections(["bench"])
