"""Collects what is to be changed in a `docker run` command, and writes the command that is right."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from tfsctl.check.docker_run import DockerOption, DockerRun


class DockerCorrection:
    """Changes of one command. Several may concern one option: the last one counts."""

    def __init__(self, run: DockerRun) -> None:
        self._run = run
        self._words: dict[int, list[str]] = {}
        self._added: list[str] = []
        self._environment: dict[str, str | None] = {}
        self._arguments: list[str] | None = None
        self._image: str | None = None
        self._is_changed = bool(run.misplaced)

    def replace(self, option: DockerOption, words: Sequence[str]) -> None:
        """Write these words in place of an option; none takes it away."""
        self._words[id(option)] = list(words)
        self._is_changed = True

    def add(self, *words: str) -> None:
        """Add an option."""
        self._added += words
        self._is_changed = True

    def set_variable(self, name: str, value: str | None) -> None:
        """Give a variable of the environment a value; None takes it away."""
        self._environment[name] = value
        self._is_changed = True

    def set_image(self, image: str) -> None:
        """Take this image."""
        self._image = image
        self._is_changed = True

    def set_arguments(self, arguments: Sequence[str]) -> None:
        """Give the server these arguments."""
        self._arguments = list(arguments)
        self._is_changed = True

    def command(self) -> str | None:
        """The corrected command, an option a line; None if nothing is to be changed."""
        if not self._is_changed:
            return None
        groups = [[*self._run.program]]
        for option in (*self._run.options, *self._run.misplaced):
            words = self._words.get(id(option), list(option.words))
            if words and not self._is_replaced_variable(option):
                groups.append(words)
        groups += [["-e", f"{name}={value}"] for name, value in self._environment.items() if value is not None]
        groups += [self._added[i : i + 2] for i in range(0, len(self._added), 2)]
        groups.append([self._image or self._run.image or "tensorflow/serving"])
        arguments = self._run.arguments if self._arguments is None else self._arguments
        groups += [[argument] for argument in arguments]
        return " \\\n  ".join(shlex.join(group) for group in groups)

    def _is_replaced_variable(self, option: DockerOption) -> bool:
        return option.name == "env" and (option.value or "").partition("=")[0] in self._environment
