"""The flags that a command gives to TensorFlow Serving, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from tfsctl.check.finding import Finding
from tfsctl.check.finding_maker import found

_TRUE = frozenset({"true", "1", "True", "TRUE"})


@dataclass(frozen=True, slots=True)
class ServerArguments:
    """Flags by their names; what was found; and the arguments as they should be."""

    flags: Mapping[str, str]
    findings: tuple[Finding, ...]
    corrected: tuple[str, ...]

    def is_set(self, name: str) -> bool:
        """Whether a flag that is true or false is true."""
        return self.flags.get(name, "") in _TRUE


def read_server_arguments(arguments: Sequence[str]) -> ServerArguments:
    """Read the arguments as the server would, guessing what was meant where it would not understand them."""
    reader = _Reader(arguments)
    reader.read()
    return ServerArguments(reader.flags, (*reader.findings, *_check_polling(reader.flags)), tuple(reader.corrected))


class _Reader:
    def __init__(self, arguments: Sequence[str]) -> None:
        from tfsctl.serving.flags.table import ModelServerFlags, flags_of

        self._types = {flag.name: flag.type for flag in flags_of(ModelServerFlags)}
        self._rest = list(arguments)
        self.flags: dict[str, str] = {}
        self.findings: list[Finding] = []
        self.corrected: list[str] = []

    def read(self) -> None:
        while self._rest:
            argument = self._rest.pop(0)
            if argument == "--":
                self.corrected += [argument, *self._rest]
                return
            self._read_one(argument)

    def _read_one(self, argument: str) -> None:
        name, equals, value = argument.lstrip("-").partition("=")
        known = self._known(name) if argument.startswith("-") else None
        if known is None:
            self._unknown(argument, name)
            return
        if not equals and self._types[known] is not bool:
            has_value = bool(self._rest) and not self._rest[0].startswith("-")
            value = self._rest.pop(0) if has_value else ""
        written = f"--{known}={value}" if value or equals else f"--{known}"
        given = argument if equals or not value else f"{argument} {value}"
        self.flags[known] = value if value or equals else "true"
        self.corrected.append(written)
        if given != written:
            self._misspelled(given, written)
        elif not equals and self._types[known] is not bool:
            self.findings.append(
                found("server-flag-syntax", f"{argument} has no value.", correction=f"Write: --{known}=…")
            )

    def _known(self, name: str) -> str | None:
        plain = name.replace("-", "_")
        return plain if plain in self._types else None

    def _misspelled(self, given: str, written: str) -> None:
        self.findings.append(
            found("server-flag-syntax", f"The server does not understand {given}", correction=f"Write: {written}")
        )

    def _unknown(self, argument: str, name: str) -> None:
        if not argument.startswith("-"):
            message = f"{argument} is no flag; what follows the image goes to the server."
            self.findings.append(
                found("server-flag-syntax", message, correction="Leave it out, or write --name=value.")
            )
            return
        nearest = get_close_matches(name.replace("-", "_"), self._types, n=1)
        correction = f"Did you mean --{nearest[0]}?" if nearest else "Leave it out."
        self.findings.append(found("server-flag-unknown", f"The server has no flag {argument}", correction=correction))
        if nearest:
            self._rest.insert(0, f"--{nearest[0]}{argument.lstrip('-')[len(name) :]}")


def _check_polling(flags: Mapping[str, str]) -> Iterator[Finding]:
    seconds = flags.get("file_system_poll_wait_seconds", "")
    if seconds == "0":
        message = "--file_system_poll_wait_seconds=0: the server looks for versions once, when it starts."
        yield found("polling-off", message)
    elif seconds.startswith("-"):
        message = (
            f"--file_system_poll_wait_seconds={seconds}: the server never looks for versions, and so waits for ever."
        )
        yield found("polling-off", message)
