"""What each option of each command would be if it were not typed, and where that comes from."""

from __future__ import annotations

import enum
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tfsctl.cli._frame.command import AnyContext, is_shared, section_of, variables_of
from tfsctl.cli._frame.settings import Setting, Settings, dashed

_DEFAULT_IN_HELP = re.compile(r"\[default: (.+?)\]")
_DEFAULT = Setting(None)


@dataclass(frozen=True, slots=True)
class EffectiveOption:
    """An option and its value.

    Attributes:
        command: `label set`, say; empty for what was said to all commands at once.
        option: Its key in a settings file.
        value: As it stands there, or the default.
        setting: Where it stands; neither a variable nor a path for a default.
        default_text: What help says of a default that is not a value itself.
    """

    command: str
    option: str
    value: Any
    setting: Setting = _DEFAULT
    default_text: str = field(default="", compare=False)

    @property
    def is_default(self) -> bool:
        """Whether it is set nowhere."""
        return self.setting is _DEFAULT

    @property
    def kind(self) -> str:
        """`environment`, `file` or `default`."""
        return "environment" if self.setting.variable else "default" if self.is_default else "file"

    def to_json(self) -> dict[str, Any]:
        """For scripts."""
        path = self.setting.path
        origin = {
            "kind": self.kind,
            "variable": self.setting.variable,
            "path": str(path) if path is not None else None,
            "key": self.setting.key or None,
        }
        return {"command": self.command or None, "option": self.option, "value": self.value, "origin": origin}


def effective_options(root: AnyContext, settings: Settings, commands: Iterable[str]) -> Iterator[EffectiveOption]:
    """The options of commands, in the order of their help; sub-commands follow one another."""
    for name in commands:
        built = root.command.get_command(root, name)
        context = type(root)(built, info_name=name, parent=root)
        if hasattr(built, "commands"):
            for part, sub_command in built.commands.items():
                yield from _options_of(type(root)(sub_command, info_name=part, parent=context), settings)
        else:
            yield from _options_of(context, settings)


def general_options(root: AnyContext, settings: Settings) -> Iterator[EffectiveOption]:
    """The options of `tfsctl` itself, such as `--json`."""
    for option in _options_of(root, settings):
        if option.option != "no-config":
            yield option


def said_to_all(options: Iterable[EffectiveOption]) -> list[EffectiveOption]:
    """The same, with one line in place of many where a value was given to all commands at once."""
    found: dict[EffectiveOption, None] = {}
    for option in options:
        is_general = option.setting.variable == f"TFSCTL_{option.option.upper().replace('-', '_')}" or (
            option.kind == "file" and option.setting.key.removeprefix("tool.tfsctl.") == option.option
        )
        command = "" if is_general else option.command
        found[EffectiveOption(command, option.option, option.value, option.setting, option.default_text)] = None
    return list(found)


def _options_of(ctx: AnyContext, settings: Settings) -> Iterator[EffectiveOption]:
    section, variables = section_of(ctx), variables_of(ctx, ctx.command)
    for parameter in ctx.command.params:
        if not variables.get(parameter.name) and parameter.param_type_name == "option":
            continue  # It can be set on the command line alone.
        setting = _setting(parameter, section, variables, settings)
        default = parameter.get_default(ctx)
        said = _DEFAULT_IN_HELP.search(parameter.help or "")
        yield EffectiveOption(
            section.replace(".", " "),
            dashed(parameter.name),
            _plain(default if setting is _DEFAULT else setting.value),
            setting,
            said[1] if said else "",
        )


def _setting(parameter: Any, section: str, variables: dict[str, str], settings: Settings) -> Setting:
    variable = variables.get(parameter.name, "")
    if value := os.environ.get(variable):
        return Setting(value, variable=variable)
    return settings.find(section, parameter.name, is_shared=is_shared(parameter)) or _DEFAULT


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value
