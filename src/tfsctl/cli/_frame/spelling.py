"""How options may be spelled: TensorFlow Serving's way is turned into ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tfsctl.errors import UsageError

_TRUE = ("1", "true", "True", "TRUE")
_FALSE = ("0", "false", "False", "FALSE")


def respelled(args: Iterable[str], parameters: Sequence[Any]) -> Iterable[str]:
    """`--rest_api_port=1` becomes `--rest-api-port=1`, `--flag=true` becomes `--flag`, until `--`.

    Raises UsageError for a flag that is given another value, and for `-option`.
    """
    rest = iter(args)
    for arg in rest:
        if arg == "--":
            yield arg
            break
        if not arg.startswith("--"):
            _refuse_single_dash(arg, parameters)
            yield arg
            continue
        name, equals, value = arg.partition("=")
        dashed = name.replace("_", "-")
        yield _flag(dashed, value, parameters) if equals and _is_flag(dashed, parameters) else dashed + equals + value
    yield from rest


def _refuse_single_dash(arg: str, parameters: Sequence[Any]) -> None:
    """`-server` would be taken for the options -s, -e and so on."""
    typed = arg.partition("=")[0]
    meant = "-" + typed.replace("_", "-")
    if arg.startswith("-") and len(typed) > len("-x") and any(meant in parameter.opts for parameter in parameters):
        raise UsageError(f"No such option: {typed}", hint=f"Did you mean {meant}?")


def _is_flag(option: str, parameters: Sequence[Any]) -> bool:
    return any(getattr(parameter, "is_flag", False) and option in parameter.opts for parameter in parameters)


def _flag(option: str, value: str, parameters: Sequence[Any]) -> str:
    if value in _TRUE:
        return option
    negations = [n for p in parameters if option in p.opts for n in p.secondary_opts]
    if value in _FALSE and negations:
        return str(negations[0])
    wanted = "true or false" if negations else "true"
    raise UsageError(f"Invalid value for {option}: '{value}' is not {wanted}.")
