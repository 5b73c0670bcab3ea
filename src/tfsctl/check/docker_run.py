"""A `docker run` command, taken apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tfsctl.errors import UsageError

_SHORT = {
    "p": "publish",
    "P": "publish-all",
    "v": "volume",
    "e": "env",
    "d": "detach",
    "i": "interactive",
    "t": "tty",
    "m": "memory",
    "u": "user",
    "w": "workdir",
    "h": "hostname",
    "l": "label",
    "a": "attach",
    "c": "cpu-shares",
    "q": "quiet",
}
_WITHOUT_VALUE = frozenset({
    *("detach", "interactive", "tty", "rm", "init", "privileged", "read-only", "publish-all", "no-healthcheck"),
    *("oom-kill-disable", "sig-proxy", "disable-content-trust", "quiet", "help", "use-api-socket"),
})  # fmt: skip
# What people write after the image, and what is no flag of the server.
_MISPLACED = frozenset({
    *("publish", "publish-all", "volume", "env", "env-file", "mount", "name", "rm", "detach", "tty", "interactive"),
    *("gpus", "network", "net", "restart", "memory", "cpus", "user", "runtime", "platform", "init", "read-only"),
})  # fmt: skip
_PROGRAMS = frozenset({"docker", "podman", "nerdctl", "nvidia-docker"})


@dataclass(frozen=True, slots=True)
class DockerOption:
    """An option by its long name without dashes, its value if it takes one, and the words it was written with."""

    name: str
    value: str | None
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DockerRun:
    """What a command says: `program`, such as `docker run`; options; the image; what goes to the server.

    `misplaced` are options that stand after the image; `arguments` are the rest of what stands there.
    """

    program: tuple[str, ...]
    options: tuple[DockerOption, ...]
    image: str | None
    arguments: tuple[str, ...] = ()
    misplaced: tuple[DockerOption, ...] = field(default=())

    def values(self, name: str) -> list[str]:
        """The values of an option, in their order, those that stand in the wrong place too."""
        return [option.value or "" for option in (*self.options, *self.misplaced) if option.name == name]

    def has(self, *names: str) -> bool:
        """Whether an option of one of these names was given."""
        return any(option.name in names for option in (*self.options, *self.misplaced))


def is_container_command(words: Sequence[str]) -> bool:
    """Whether a command begins as one that runs a container, `sudo` and variables before it passed over."""
    return bool(words) and _after_prefix(words)[1][:1] != [] and _base(_after_prefix(words)[1][0]) in _PROGRAMS


def parse_docker_run(words: Sequence[str]) -> DockerRun:
    """Take a command apart; raises UsageError where it does not run a container."""
    prefix, rest = _after_prefix(words)
    verb = next((i for i, text in enumerate(rest) if text in {"run", "create"}), None)
    if not rest or _base(rest[0]) not in _PROGRAMS or verb is None:
        raise UsageError(
            f"Not a command that runs a container: {' '.join(words[:4])} …",
            hint="Give one like: docker run -p 127.0.0.1:8501:8501 -v /srv/m:/models/m -e MODEL_NAME=m"
            " tensorflow/serving",
        )
    program = (*prefix, *rest[: verb + 1])
    options: list[DockerOption] = []
    position = verb + 1
    while position < len(rest) and rest[position].startswith("-") and rest[position] != "-":
        if rest[position] == "--":
            position += 1
            break
        taken, position = _take_option(rest, position)
        options += taken
    image = rest[position] if position < len(rest) else None
    arguments, misplaced = _arguments(rest[position + 1 :])
    return DockerRun(program, tuple(options), image, tuple(arguments), tuple(misplaced))


def _after_prefix(words: Sequence[str]) -> tuple[list[str], list[str]]:
    position = 0
    while position < len(words) and (words[position] == "sudo" or _is_assignment(words[position])):
        position += 1
    return list(words[:position]), list(words[position:])


def _is_assignment(text: str) -> bool:
    name, equals, _ = text.partition("=")
    return bool(equals) and name.isidentifier()


def _base(program: str) -> str:
    return program.replace("\\", "/").rpartition("/")[2].removesuffix(".exe")


def _take_option(words: Sequence[str], position: int) -> tuple[list[DockerOption], int]:
    """The option at `position`, or several short ones written as one word; and the position after it."""
    text = words[position]
    if text.startswith("--"):
        name, equals, value = text[2:].partition("=")
        if equals:
            return [DockerOption(name, value, (text,))], position + 1
        if name in _WITHOUT_VALUE:
            return [DockerOption(name, None, (text,))], position + 1
        taken = _with_next(name, words, position)
        return [taken], position + len(taken.words)
    options = []
    for i, letter in enumerate(text[1:], start=1):
        name = _SHORT.get(letter, letter)
        if name in _WITHOUT_VALUE:
            options.append(DockerOption(name, None, (f"-{letter}",)))
            continue
        attached = text[i + 1 :].removeprefix("=")
        if attached:
            return [*options, DockerOption(name, attached, (f"-{letter}", attached))], position + 1
        taken = _with_next(name, words, position)
        return [*options, DockerOption(name, taken.value, (f"-{letter}", *taken.words[1:]))], position + 2
    return options, position + 1


def _with_next(name: str, words: Sequence[str], position: int) -> DockerOption:
    if position + 1 >= len(words):
        return DockerOption(name, None, (words[position],))
    end = position + 2
    while name == "mount" and words[end - 1].endswith(",") and end < len(words):
        end += 1  # There was a space after a comma: Docker would take the rest for the image.
    return DockerOption(name, " ".join(words[position + 1 : end]), tuple(words[position:end]))


def _arguments(words: Sequence[str]) -> tuple[list[str], list[DockerOption]]:
    """What goes to the server, and the options of Docker among it."""
    arguments: list[str] = []
    misplaced: list[DockerOption] = []
    position = 0
    while position < len(words):
        if _is_misplaced(words[position]):
            taken, position = _take_option(words, position)
            misplaced += taken
        else:
            arguments.append(words[position])
            position += 1
    return arguments, misplaced


def _is_misplaced(text: str) -> bool:
    from tfsctl.serving.flags.table import ModelServerFlags, flags_of

    name = text.lstrip("-").partition("=")[0]
    if not text.startswith("-") or name.replace("-", "_") in {flag.name for flag in flags_of(ModelServerFlags)}:
        return False
    if text.startswith("--"):
        return name in _MISPLACED
    return len(text) > 1 and all(letter in _SHORT for letter in _letters(text))


def _letters(text: str) -> Iterator[str]:
    """The short options in a word, up to the first that takes a value."""
    for letter in text[1:]:
        yield letter
        if _SHORT.get(letter) not in _WITHOUT_VALUE:
            return
