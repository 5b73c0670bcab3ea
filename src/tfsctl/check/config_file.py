"""Checks a model config file: the text, each model in it, and the versions that would be loaded."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from tfsctl.check.config_labels import check_labels
from tfsctl.check.config_model import Locate, check_config_model
from tfsctl.check.config_text import ConfigText
from tfsctl.check.finding import Edit, Finding, ModelOutlook, Report, sorted_findings
from tfsctl.check.finding_maker import found
from tfsctl.check.subject import CheckOptions
from tfsctl.errors import NotFoundError

_DEFAULT_OPTIONS = CheckOptions()
_NO_FIELD = re.compile(r'Message type "(?P<type>[\w.]+)" has no field named "(?P<name>\w+)"')
# Line and column, perhaps the line itself, then what is wrong.
_PARSE_ERROR = re.compile(r"^\d+:\d+ : (?:'.*': )?(.*)$", re.DOTALL)


def check_config_file(
    path: str | os.PathLike[str],
    *,
    options: CheckOptions = _DEFAULT_OPTIONS,
    locate: Locate | None = None,
    allows_labels_at_start: bool = False,
) -> Report:
    """What a server would do with a ModelServerConfig in text form.

    `locate` says where on this machine the directory is that the file calls by a path, and None for one that the server
    would not find; without it a path means what it says. `allows_labels_at_start`: the server that starts with the
    file has --allow_version_labels_for_unavailable_models.

    Raises NotFoundError if there is no such file.
    """
    path = Path(path).expanduser()
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise NotFoundError(f"No such file or directory: {path}") from error
    except OSError as error:
        finding = found("unreadable", f"{path}: {error.strerror}", path=path)
        return Report(subject=str(path), findings=(finding,))
    config, findings = _parse(path, content)
    models: list[ModelOutlook] = []
    if config is not None:
        text = ConfigText(path, content.decode())
        models, model_findings = _check_models(text, config, options, locate)
        findings += [*model_findings, *check_labels(text, models, allows_at_start=allows_labels_at_start)]
    return Report(subject=str(path), models=tuple(models), findings=sorted_findings(findings))


def _parse(path: Path, content: bytes) -> tuple[Any, list[Finding]]:
    """The message, or None and why there is none."""
    from google.protobuf import text_format

    from tfsctl.protos import ModelServerConfig

    if not content:
        return None, [found("config-empty", "The file has no bytes at all.", path=path)]
    try:
        config = text_format.Parse(content.decode(), ModelServerConfig())
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        message = "It is no text: a byte is not UTF-8."
        return None, [found("config-unparsable", message, path=path, position=(line, column))]
    except text_format.ParseError as error:
        return None, [_unparsable(path, content.decode(), error)]
    if config.WhichOneof("config") == "custom_model_config":
        return None, [found("config-custom", "It has a custom_model_config.", path=path)]
    if not config.model_config_list.config:
        return None, [found("config-empty", "It names no model.", path=path)]
    return config, []


def _unparsable(path: Path, text: str, error: Any) -> Finding:
    line, column = error.GetLine() or 1, error.GetColumn() or 1
    match = _PARSE_ERROR.match(str(error))
    lines = text.splitlines()
    source = lines[line - 1].rstrip() if line <= len(lines) else ""
    message = (match[1] if match else str(error)).strip()
    edits = tuple(_respelled(path, message, source, (line, column)))
    correction = ""
    if edits:
        correction = f"Did you mean {edits[0].new}?"
    elif text.lstrip().startswith(("{", "[")):
        correction = 'It looks like JSON. Write: model_config_list { config { name: "m" … } }'
    return found(
        "config-unparsable",
        message if message.endswith(".") else f"{message}.",
        path=path,
        position=(line, column),
        evidence=[source, " " * (column - 1) + "^"] if source else (),
        edits=edits,
        correction=correction,
    )


def _respelled(path: Path, message: str, source: str, position: tuple[int, int]) -> Iterator[Edit]:
    """The edit that makes an unknown field the nearest one that there is."""
    from tfsctl.protos import ModelServerConfig

    match = _NO_FIELD.search(message)
    if match is None:
        return
    line, column = position
    descriptor = ModelServerConfig.DESCRIPTOR.file.pool.FindMessageTypeByName(match["type"])
    nearest = get_close_matches(match["name"], [field.name for field in descriptor.fields], n=1)
    # The parser may point behind the name.
    start = source.rfind(match["name"], 0, column - 1 + len(match["name"]))
    if nearest and start >= 0:
        yield Edit(path, line, start + 1, match["name"], nearest[0])


def _check_models(
    text: ConfigText, config: Any, options: CheckOptions, locate: Locate | None
) -> tuple[list[ModelOutlook], list[Finding]]:
    models: list[ModelOutlook] = []
    findings: list[Finding] = []
    seen: dict[str, int] = {}
    for number, model_config in enumerate(config.model_config_list.config):
        if model_config.name and model_config.name in seen:
            first_line, _ = text.position(seen[model_config.name], "name")
            findings.append(
                found(
                    "duplicate-model-name",
                    f"{model_config.name} is the name of the model in line {first_line}, too.",
                    path=text.path,
                    position=text.position(number, "name"),
                )
            )
        seen.setdefault(model_config.name, number)
        model, model_findings = check_config_model(text, number, model_config, options=options, locate=locate)
        models.append(model)
        findings += model_findings
    return models, findings
