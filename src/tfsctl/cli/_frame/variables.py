"""Environment variables that begin with TFSCTL_: which there are, and what somebody may have meant by others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from tfsctl.cli._frame.settings import CONFIG_DIR_VARIABLE, OUTPUT_KEYS, SHARED_VARIABLES

_PREFIX = "TFSCTL_"
# With it a shell asks for completions, or for its script.
COMPLETION_VARIABLE = "_TFSCTL_COMPLETE"
# Beside the variables of options: what is said to all commands at once, and what is no option.
GENERAL_VARIABLES = (
    *SHARED_VARIABLES.values(),
    *(_PREFIX + key.upper() for key in OUTPUT_KEYS),
    CONFIG_DIR_VARIABLE,
    "TFSCTL_NO_CONFIG",
    "TFSCTL_STATE_DIR",
    "TFSCTL_MNIST_URL",
    "TFSCTL_DEBUG",
)


def complaints(
    environment: Iterable[str], own: Collection[str], *, prefix: str, commands: Collection[str] = ()
) -> Iterator[str]:
    """A line for each variable that means nothing to anybody, with the nearest name.

    Args:
        environment: The names of the variables that are set.
        own: Those of the options of the command that runs.
        prefix: What those begin with, such as `TFSCTL_PREDICT_`.
        commands: The names of all commands: what belongs to another one is left to it.
    """
    known = {*own, *GENERAL_VARIABLES}
    others = tuple(f"{_PREFIX}{name.upper().replace('-', '_')}_" for name in commands)
    for name in sorted(environment):
        if not name.startswith(_PREFIX) or name in known:
            continue
        if name.startswith(others) and not name.startswith(prefix):
            continue
        yield f"The environment variable {name} means nothing to tfsctl.{_guess(name, known)}"


def _guess(name: str, known: Collection[str]) -> str:
    from difflib import get_close_matches

    nearest = get_close_matches(name, known, n=1, cutoff=0.8)
    return f" Did you mean {nearest[0]}?" if nearest else ""
