"""Makes the options of a command out of a class of flags (`tfsctl.serving.flags.table`)."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeAlias

import typer

from tfsctl.serving.flags.table import Flag, ModelServerFlags, flags_of

# Reads the value of a kind of flag that typer does not know.
Parsers: TypeAlias = Mapping[str, Callable[[Any], Any]]
_Decorate: TypeAlias = Callable[[Callable[..., None]], Callable[..., None]]


def with_flags(flags_class: type[ModelServerFlags], *, parsers: Parsers) -> _Decorate:
    """Give a function's parameter `flags`, one object of `flags_class`, an option for each of its fields."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        names = [flag.name for flag in flags_of(flags_class)]

        @functools.wraps(function)
        def run(*args: Any, **values: Any) -> None:
            flags = flags_class(**{name: values.pop(name) for name in names})
            function(*args, **values, flags=flags)

        signature = inspect.signature(function, eval_str=True)
        own = [parameter for parameter in signature.parameters.values() if parameter.name != "flags"]
        options = [_option(flag, parsers) for flag in flags_of(flags_class)]
        run.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]  # It has one.
        return run

    return decorate


def _option(flag: Flag, parsers: Parsers) -> inspect.Parameter:
    dashed = flag.name.replace("_", "-")
    is_flag = flag.type is bool
    option = typer.Option(
        # `--no-flag` is how `--flag=false` is passed on.
        f"--{dashed}/--no-{dashed}" if is_flag else f"--{dashed}",
        metavar=flag.value or None,
        help=f"{flag.meaning}  [default: on]" if flag.default is True else flag.meaning,
        show_default=not is_flag and flag.default != "",
        rich_help_panel=flag.group,
        parser=parsers.get(flag.kind),
        # A variable that makes every server say its version and end would serve nobody.
        allow_from_autoenv=flag.name != "version",
    )
    return inspect.Parameter(
        flag.name, inspect.Parameter.KEYWORD_ONLY, default=flag.default, annotation=Annotated[flag.type, option]
    )
