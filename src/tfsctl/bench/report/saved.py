"""Reports that are kept: by name in the user's state directory, or as a file of the user's own."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfsctl.bench.report.report import BenchReport
from tfsctl.disk import disk_errors, replacing
from tfsctl.errors import InvalidArgumentError, NotFoundError, UsageError
from tfsctl.user_state import state_path

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


def saved_path(name: str) -> Path:
    """Where the report of that name is: a name with a slash, or that ends in `.json`, is a file's path.

    Raises:
        UsageError: it is neither.
    """
    if "/" in name or os.sep in name or name.endswith(".json"):
        return Path(name).expanduser()
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"'{name}' cannot be the name of a report.",
            hint="Letters, digits, '-', '_' and '.' are fine; FILE.json or a path with a slash is a file.",
        )
    return state_path("bench") / f"{name}.json"


def save(report: Mapping[str, Any], name: str) -> Path:
    """Write a report's JSON, in place of an older one of that name; where it is. Raises as `disk_errors` does."""
    path = saved_path(name)
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(report, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def load(name: str) -> BenchReport:
    """The report of that name.

    Raises:
        NotFoundError: there is none.
        InvalidArgumentError: the file is no report.
    """
    path = saved_path(name)
    if not path.is_file():
        raise NotFoundError(f"There is no saved report {path}.", hint=_saved_names(name))
    with disk_errors(path):
        content = path.read_bytes()
    try:
        document = json.loads(content)
    except ValueError as error:
        raise InvalidArgumentError(f"{path} is not JSON: {error}.") from error
    if not isinstance(document, dict):
        raise InvalidArgumentError(f"{path} is no report.")
    try:
        return BenchReport.from_json(document)
    except InvalidArgumentError as error:
        raise InvalidArgumentError(f"{path}: {error.message}", hint=error.hint) from error


def _saved_names(name: str) -> str:
    names = sorted(file.stem for file in state_path("bench").glob("*.json"))
    if not names:
        return f"Save one: tfsctl bench --save {name}"
    return f"Saved are {', '.join(names[:20])}."
