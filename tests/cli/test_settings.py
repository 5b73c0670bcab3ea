from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from tfsctl.cli._frame.settings import Setting, Settings, SettingsFile, read_settings, user_path
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


def settings_of(values: dict[str, object], name: str = "tfsctl.toml") -> Settings:
    return Settings((SettingsFile(Path(name), values),))


def test_what_is_said_to_all_commands_is_found_for_each_and_its_own_section_comes_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = settings_of({"server": "a:1", "status": {"server": "b:2"}})
    found = settings.find("predict", "server", is_shared=True)
    assert found == Setting("a:1", path=Path("tfsctl.toml"), key="server")
    own = settings.find("status", "server", is_shared=True)
    assert own == Setting("b:2", path=Path("tfsctl.toml"), key="status.server")
    monkeypatch.setenv("TFSCTL_SERVER", "c:3")
    assert settings.find("status", "server", is_shared=True) == Setting("c:3", variable="TFSCTL_SERVER")
    assert settings.find("wait", "server") is None


def test_the_key_of_a_setting_in_pyproject_begins_with_its_table() -> None:
    found = settings_of({"label": {"set": {"dry_run": True}}}, "pyproject.toml").find("label.set", "dry_run")
    assert found is not None
    assert found.key == "tool.tfsctl.label.set.dry-run"
    assert found.place == "pyproject.toml, key tool.tfsctl.label.set.dry-run"


def test_the_projects_file_comes_before_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFSCTL_CONFIG_DIR", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "config.toml").write_text("[bench]\nnum-tests = 5\nconcurrency = 2\n")
    (tmp_path / "tfsctl.toml").write_text("[bench]\nnum-tests = 6\n")
    settings = read_settings(tmp_path)
    assert settings.default_map() == {"bench": {"num_tests": 6, "concurrency": 2}}
    assert [file.path.name for file in settings.files] == ["tfsctl.toml", "config.toml"]


def test_the_users_file_is_where_platformdirs_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TFSCTL_CONFIG_DIR")
    for home in ("", str(tmp_path), "relative"):
        monkeypatch.setenv("XDG_CONFIG_HOME", home)
        assert user_path() == platformdirs.user_config_path("tfsctl", appauthor=False) / "config.toml"


def test_check_section_names_file_key_and_the_nearest_option() -> None:
    settings = settings_of({"bench": {"num_test": 5}})
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
        settings_of(values).check_sections(["bench"])
