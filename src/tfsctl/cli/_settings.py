"""Defaults from a settings file: `[tool.tfsctl]` in pyproject.toml, or tfsctl.toml.

    server = "gpu-box:8500"         # for every command that asks a server
    [predict]
    timeout-seconds = 5             # the default of `tfsctl predict --timeout-seconds`

A flag and a `TFSCTL_*` variable come before the file. The nearest file counts, from the current directory upwards,
and tfsctl.toml before pyproject.toml where a directory has both.
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
# All that ask a server, with what is said to all of them at once: by key, in the file or as a variable.
CLIENT_COMMANDS = (
    "predict",
    "classify",
    "regress",
    "models",
    "status",
    "metadata",
    "bench",
    "reload",
    "label.list",
    "label.set",
    "label.drop",
)
_SHARED = {
    "server": SERVER_VARIABLE,
    "ssl_ca": "TFSCTL_SSL_CA",
    "ssl_cert": "TFSCTL_SSL_CERT",
    "ssl_key": "TFSCTL_SSL_KEY",
}
_GLOBAL_KEYS = (*_SHARED, "json", "quiet", "verbose")


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of one settings file, by command; keys are spelled with underscores."""

    path: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    def default_map(self) -> dict[str, Any]:
        """Defaults in the form typer takes: by command, then by option; `TFSCTL_SERVER` and its like are merged in."""
        defaults = _copied(self.values)
        for key, variable in _SHARED.items():
            shared = defaults.pop(key, None)
            from_environment = os.environ.get(variable)
            for command in CLIENT_COMMANDS:
                value = from_environment or _section(defaults, command).get(key) or shared
                if value is not None:
                    _section(defaults, command, make=True)[key] = value
        return defaults

    def check_section(self, section: str, known: Collection[str]) -> None:
        """Raise UsageError for a key of a command's section that is none of its options (`train.mnist`, say)."""
        values: Any = self.values
        for name in section.split("."):
            values = values.get(name, {}) if isinstance(values, Mapping) else {}
        for key in values:
            if key not in known:
                raise self._unknown_key(key, section, known)

    def check_sections(self, commands: Collection[str]) -> None:
        """Raise UsageError for a key at the top that is neither a command nor a setting for all commands."""
        for key, value in self.values.items():
            if key not in (*commands, *_GLOBAL_KEYS):
                raise self._unknown_key(key, "", (*commands, *_GLOBAL_KEYS))
            if (key in commands) != isinstance(value, Mapping):
                kind = "a section" if key in commands else "a single value"
                raise UsageError(f"{self.path}: '{key}' must be {kind}.")

    def _unknown_key(self, key: str, section: str, known: Collection[str]) -> UsageError:
        nearest = get_close_matches(key, known, n=1)
        hint = f"Did you mean '{_dashed(nearest[0])}'?" if nearest else f"Known: {', '.join(map(_dashed, known))}."
        where = f" in section '{section}'" if section else ""
        return UsageError(f"{self.path}: unknown key '{_dashed(key)}'{where}.", hint=hint)


def read_settings(directory: Path) -> Settings:
    """The settings that hold in `directory`; none at all is fine. UsageError for a file that is not TOML."""
    for path in _candidates(directory):
        values = _read(path)
        if values is not None:
            return Settings(path, _underscored(values))
    return Settings()


def _copied(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _copied(value) if isinstance(value, Mapping) else value for key, value in values.items()}


def _section(defaults: dict[str, Any], command: str, *, make: bool = False) -> dict[str, Any]:
    """The defaults of a command, `label.set` for `tfsctl label set`; where they are missing, `make` puts them there."""
    for name in command.split("."):
        defaults = defaults.setdefault(name, {}) if make else defaults.get(name, {})
    return defaults


def _candidates(directory: Path) -> Iterator[Path]:
    for folder in (directory, *directory.parents):
        yield folder / "tfsctl.toml"
        yield folder / "pyproject.toml"


def _read(path: Path) -> Mapping[str, Any] | None:
    """The tfsctl part of one file, None if there is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    is_project = path.name == "pyproject.toml"
    if is_project and "tool.tfsctl" not in text:
        return None  # Somebody else's file: not to be parsed, let alone complained about.
    document = _parse(path, text)
    if not is_project:
        return document
    section = document.get("tool", {}).get("tfsctl")
    return section if isinstance(section, Mapping) else None


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


def _dashed(key: str) -> str:
    return key.replace("_", "-")
