"""Defaults from settings files: `[tool.tfsctl]` in pyproject.toml, tfsctl.toml, and the user's own config.toml.

    server = "gpu-box:8500"         # for every command that asks a server
    [predict]
    timeout-seconds = 5             # the default of `tfsctl predict --timeout-seconds`

A flag and a `TFSCTL_*` variable come before the files. Of those two count: the project's, which is the nearest from the
current directory upwards, tfsctl.toml before pyproject.toml where a directory has both; and then the user's.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from tfsctl.errors import UsageError

SERVER_VARIABLE = "TFSCTL_SERVER"
CONFIG_DIR_VARIABLE = "TFSCTL_CONFIG_DIR"
# What can be said to all commands at once that have the option: by key in a file, or as a variable.
SHARED_VARIABLES = {
    "server": SERVER_VARIABLE,
    "ssl_ca": "TFSCTL_SSL_CA",
    "ssl_cert": "TFSCTL_SSL_CERT",
    "ssl_key": "TFSCTL_SSL_KEY",
}
# Options of `tfsctl` itself, which all commands have too.
OUTPUT_KEYS = ("json", "quiet", "verbose", "no_color")
_GLOBAL_KEYS = (*SHARED_VARIABLES, *OUTPUT_KEYS)
_PROJECT_TABLE = "tool.tfsctl"


@dataclass(frozen=True, slots=True)
class Setting:
    """A value that stands somewhere else than on the command line, and where.

    Attributes:
        value: What stands there; text if it is a variable's.
        variable: The environment variable, None for a file.
        path: The file, None for a variable.
        key: The key in the file, with its sections.
    """

    value: Any
    variable: str | None = None
    path: Path | None = None
    key: str = ""

    @property
    def place(self) -> str:
        """Where the value stands, for people."""
        return f"{self.variable} in the environment" if self.variable else f"{self.path}, key {self.key}"


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """The values of one file, by command; keys are spelled with underscores."""

    path: Path
    values: Mapping[str, Any]

    def find(self, section: str, key: str) -> Setting | None:
        """A key's value in a section, `label.set` for `tfsctl label set`; at the top where the section is empty."""
        values: Any = self.values
        for name in section.split(".") if section else ():
            values = values.get(name) if isinstance(values, Mapping) else None
        value = values.get(key) if isinstance(values, Mapping) else None
        if value is None or isinstance(value, Mapping):
            return None
        table = _PROJECT_TABLE if self.path.name == "pyproject.toml" else ""
        place = ".".join(part for part in (table, section, dashed(key)) if part)
        return Setting(value, path=self.path, key=place)


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of all settings files; those of the first come before those of the next."""

    files: tuple[SettingsFile, ...] = field(default_factory=tuple)

    def default_map(self) -> dict[str, Any]:
        """Defaults in the form typer takes: by command, then by option. What several commands share is not in it."""
        defaults: dict[str, Any] = {}
        for file in reversed(self.files):
            _merge(defaults, file.values)
        for key in SHARED_VARIABLES:
            defaults.pop(key, None)
        return defaults

    def find(self, section: str, key: str, *, is_shared: bool = False) -> Setting | None:
        """What a command's option is set to; a key that `is_shared` may also stand in its variable, or at a file's top.

        The option's own variable is not asked: typer knows it.
        """
        variable = SHARED_VARIABLES[key] if is_shared else ""
        if value := os.environ.get(variable):
            return Setting(value, variable=variable)
        for file in self.files:
            found = file.find(section, key) or (file.find("", key) if is_shared else None)
            if found is not None:
                return found
        return None

    def check_section(self, section: str, known: Collection[str]) -> None:
        """Raise UsageError for a key of a command's section that is none of its options (`train.mnist`, say)."""
        for file in self.files:
            values: Any = file.values
            for name in section.split("."):
                values = values.get(name, {}) if isinstance(values, Mapping) else {}
            for key in values:
                if key not in known:
                    raise _unknown_key(file.path, key, section, known)

    def check_sections(self, commands: Collection[str]) -> None:
        """Raise UsageError for a key at the top that is neither a command nor a setting for all commands."""
        for file in self.files:
            for key, value in file.values.items():
                if key not in (*commands, *_GLOBAL_KEYS):
                    raise _unknown_key(file.path, key, "", (*commands, *_GLOBAL_KEYS))
                if (key in commands) != isinstance(value, Mapping):
                    kind = "a section" if key in commands else "a single value"
                    raise UsageError(f"{file.path}: '{dashed(key)}' must be {kind}.")


def _unknown_key(path: Path, key: str, section: str, known: Collection[str]) -> UsageError:
    nearest = get_close_matches(key, known, n=1)
    hint = f"Did you mean '{dashed(nearest[0])}'?" if nearest else f"Known: {', '.join(map(dashed, known))}."
    where = f" in section '{section}'" if section else ""
    return UsageError(f"{path}: unknown key '{dashed(key)}'{where}.", hint=hint)


def read_settings(directory: Path) -> Settings:
    """The settings that hold in `directory`; none at all is fine. UsageError for a file that is not TOML."""
    project = next((found for path in project_paths(directory) if (found := _read(path)) is not None), None)
    user = _read(user_path())
    return Settings(tuple(file for file in (project, user) if file is not None))


def project_paths(directory: Path) -> Iterator[Path]:
    """Where a project's settings may be, the first that has any being the one that counts."""
    for folder in (directory, *directory.parents):
        yield folder / "tfsctl.toml"
        yield folder / "pyproject.toml"


def user_path() -> Path:
    """Where the user's own settings are, whether there are any or not: `~/.config/tfsctl/config.toml` on Linux."""
    directory = os.environ.get(CONFIG_DIR_VARIABLE)
    if directory:
        return Path(directory).absolute() / "config.toml"
    home = os.environ.get("XDG_CONFIG_HOME", "")
    if sys.platform == "linux" and (os.path.isabs(home) or "HOME" in os.environ):
        # What platformdirs says too; importing it takes as long as reading a file a hundred times.
        return Path(home if os.path.isabs(home) else Path.home() / ".config", "tfsctl", "config.toml")
    from platformdirs import user_config_path

    return user_config_path("tfsctl", appauthor=False) / "config.toml"


def dashed(key: str) -> str:
    """A key as people write it."""
    return key.replace("_", "-")


def _merge(target: dict[str, Any], values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        if isinstance(value, Mapping):
            section = target.setdefault(key, {})
            if isinstance(section, dict):
                _merge(section, value)
        else:
            target[key] = value


def _read(path: Path) -> SettingsFile | None:
    """The tfsctl part of one file, None if there is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    is_project = path.name == "pyproject.toml"
    if is_project and _PROJECT_TABLE not in text:
        return None  # Somebody else's file: not to be parsed, let alone complained about.
    document = _parse(path, text)
    section = document.get("tool", {}).get("tfsctl") if is_project else document
    return SettingsFile(path, _underscored(section)) if isinstance(section, Mapping) else None


def _parse(path: Path, text: str) -> Mapping[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}.") from error


def _underscored(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key.replace("-", "_"): _underscored(value) if isinstance(value, Mapping) else value
        for key, value in values.items()
    }
