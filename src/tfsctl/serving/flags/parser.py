"""Reads a command line of `tensorflow_model_server`, and says what one may hold (tensorflow-serving.md §8, §14)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar

from tfsctl.errors import UsageError
from tfsctl.serving.flags.table import Flag, ModelServerFlags, flags_of

TRUE = ("true", "1", "True", "TRUE")
FALSE = ("false", "0", "False", "FALSE")

_INTEGER_BITS = {"int32": 31, "int64": 63}
_Flags = TypeVar("_Flags", bound=ModelServerFlags)


def parse_flags(flags: type[_Flags], args: Sequence[str], *, defaults: Mapping[str, Any] | None = None) -> _Flags:
    """The flags of class `flags` that `args` give; the last one wins.

    Takes `--name=value`, and `--name value` but for booleans, whose name alone is true. Dashes in names do as
    underscores do. `defaults` go before the class's own.

    Raises UsageError for anything else, with the nearest name in the hint.
    """
    by_name = {flag.name: flag for flag in flags_of(flags)}
    rest = iter(args)
    values = dict(defaults or {})
    for arg in rest:
        if arg == "--":
            _refuse_all(rest)
            break
        flag, value = _next_flag(arg, rest, by_name)
        values[flag.name] = to_value(flag, value)
    return flags(**values)


def to_value(flag: Flag, text: str) -> Any:
    """The value that `text` stands for; UsageError, naming the flag, where it stands for none."""
    if flag.type is bool:
        return to_bool(flag.name, text)
    if flag.type is str:
        return text
    # Underscores between digits are Python's, and nobody else's.
    value = _number(flag.type, text) if "_" not in text else None
    if value is None:
        what = "a whole number" if flag.type is int else "a number"
        raise UsageError(f"Invalid value for --{flag.name}: '{text}' is not {what}.")
    bits = _INTEGER_BITS.get(flag.kind)
    if bits is not None and not -(2**bits) <= value < 2**bits:
        raise UsageError(f"Invalid value for --{flag.name}: '{text}' does not fit into an {flag.kind}.")
    return value


def _number(number_type: type, text: str) -> Any:
    try:
        return number_type(text)
    except ValueError:
        return None


def to_bool(name: str, text: str) -> bool:
    """The truth that `text` says of flag `name`; UsageError where it says none."""
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    raise UsageError(f"Invalid value for --{name}: '{text}' is not true or false.")


def usage(flags: type[ModelServerFlags], *, program: str, defaults: Mapping[str, Any] | None = None) -> str:
    """What a command line may hold: a line for each flag, as TF Serving lists them."""
    lines = [f"usage: {program} [--flag=value ...]", "Flags:"]
    for flag in flags_of(flags):
        default = (defaults or {}).get(flag.name, flag.default)
        lines.append(f"\t{f'--{flag.name}={_shown(default)}':<42}\t{flag.kind}\t{flag.meaning}")
    return "\n".join(lines)


def _next_flag(arg: str, rest: Iterator[str], by_name: Mapping[str, Flag]) -> tuple[Flag, str]:
    given, equals, value = arg.partition("=")
    flag = by_name.get(given.removeprefix("--").replace("-", "_")) if given.startswith("--") else None
    if flag is None:
        raise _unknown(given, by_name)
    if equals:
        return flag, value
    if flag.type is bool:
        return flag, TRUE[0]
    following = next(rest, None)
    if following is None or following.startswith("--"):
        raise UsageError(f"--{flag.name} needs a value: --{flag.name}=…")
    return flag, following


def _unknown(given: str, by_name: Mapping[str, Flag]) -> UsageError:
    name = given.removeprefix("--").replace("-", "_")
    if not given.startswith("--"):
        return UsageError(
            f"unknown argument: {given}", hint="Flags are written --name=value, booleans too: --enable_batching=true."
        )
    nearest = get_close_matches(name, by_name, n=1)
    return UsageError(f"unknown argument: {given}", hint=f"Did you mean --{nearest[0]}?" if nearest else None)


def _refuse_all(args: Iterator[str]) -> None:
    for arg in args:
        raise UsageError(f"unknown argument: {arg}", hint="Nothing may follow `--`.")


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
