"""The layout of help pages: plain text that fits any terminal, examples as they were written, options in groups."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any


def write_docstring(text: str, formatter: Any) -> None:
    """Write a docstring into a help page; a paragraph with an indented line is an example and is not re-wrapped."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        formatter.write_paragraph()
        lines = paragraph.splitlines()
        if any(line.startswith(" ") for line in lines):
            for line in lines:
                formatter.write(line + "\n")
        else:
            formatter.write_text(paragraph)


def write_parameters(parameters: Iterable[Any], ctx: Any, formatter: Any) -> None:
    """Write arguments and options into a help page, by group."""
    groups: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
    for parameter in parameters:
        parameter.show_envvar = False  # One line at the end says it for all.
        record = parameter.get_help_record(ctx)
        if record is not None:
            kind = "Arguments" if parameter.param_type_name == "argument" else "Options"
            group = groups.setdefault(getattr(parameter, "rich_help_panel", None) or kind, [])
            # Older releases of typer escape the bracket for rich even where rich does not print.
            group.append((_left_column(parameter, record[0]), _one_default(record[1].replace("\\[", "["))))
    for title, records in groups.items():
        if records:
            with formatter.section(title):
                formatter.write_dl(records)


def _one_default(text: str) -> str:
    """The description of a parameter, where a default that is set takes the place of what would be without."""
    first, *defaults = text.split("[default: ")
    return f"{first}[default: {defaults[-1]}" if len(defaults) > 1 else text


def _left_column(parameter: Any, text: str) -> str:
    """The name of a parameter in a help page, without what newer releases of typer add to it."""
    if parameter.param_type_name == "argument":
        return parameter.metavar or text
    # `--no-flag` is how `--flag=false` is passed on, and no news for anybody.
    return text.split(" / --no-", maxsplit=1)[0]


def write_sources(section: str, formatter: Any) -> None:
    """Write where else the options of a command can be set."""
    prefix = f"TFSCTL_{section}".upper().replace(".", "_").replace("-", "_")
    formatter.write_paragraph()
    formatter.write_text(
        f"Defaults can be set in the environment, as {prefix}_<OPTION>,"
        f" or in pyproject.toml, below [tool.tfsctl.{section}]."
    )
