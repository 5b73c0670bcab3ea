"""Checks a path as a server's command line takes it: a base path, a directory of such, or what is mistaken for one."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from tfsctl.check.base_path import check_base_path
from tfsctl.check.directory import has_numbers, is_like_model, readable_children
from tfsctl.check.file_given import check_file
from tfsctl.check.finding import Finding, ModelOutlook, Report, sorted_findings
from tfsctl.check.finding_maker import found
from tfsctl.check.no_versions import check_no_versions
from tfsctl.check.subject import CheckOptions, saved_model_file, word
from tfsctl.check.version_given import check_version_given
from tfsctl.core import ServableConfig
from tfsctl.disk import to_disk_error
from tfsctl.errors import NotFoundError

_DEFAULT_OPTIONS = CheckOptions()


def check_path(path: str | os.PathLike[str], *, name: str = "", options: CheckOptions = _DEFAULT_OPTIONS) -> Report:
    """What a server would do with `path`: a model's base path, called `name`, or a directory of such.

    What people mistake for one of these is recognised, and the finding says what would be right. The versions that
    would be loaded are read and checked. Nothing is changed, and TensorFlow is not imported.

    Raises NotFoundError if there is nothing at `path`, and `TfsctlError` for what the system says beyond permissions.
    """
    path = Path(path).expanduser()
    try:
        if not path.exists():
            raise NotFoundError(f"No such file or directory: {path}", hint=_hint(path))
        return _check(path, name, options)
    except PermissionError as error:
        place = Path(str(error.filename or path))
        message = f"{place} cannot be read by this user."
        finding = found("unreadable", message, path=place, commands=[f"chmod -R a+rX {word(place)}"])
        return Report(subject=str(path), findings=(finding,))
    except (ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.ENAMETOOLONG:
            raise to_disk_error(error, path) from error
        raise NotFoundError(f"No such file or directory: {str(path)[:100]!r}") from error


def _check(path: Path, name: str, options: CheckOptions) -> Report:
    if not path.is_dir():
        return Report(subject=str(path), findings=sorted_findings(check_file(path, name)))
    if saved_model_file(path) is not None:
        return check_version_given(path, name, options)
    if has_numbers(path):
        return check_model(path, name, options)
    models = [child for child in readable_children(path) if child.is_dir() and has_numbers(child)]
    if models and not name:
        return _check_models(path, models, options)
    return Report(subject=str(path), findings=sorted_findings(check_no_versions(path, name)))


def check_model(base_path: Path, name: str, options: CheckOptions) -> Report:
    """What a server would do with the base path of one model."""
    config = ServableConfig(name=name or base_path.absolute().resolve().name, base_path=base_path)
    model, findings = check_base_path(config, options=options)
    return Report(subject=str(base_path), models=(model,), findings=sorted_findings(findings))


def _check_models(path: Path, models: list[Path], options: CheckOptions) -> Report:
    """A directory of models; one that has none of the right layout is not served, and nobody would say so."""
    outlooks: list[ModelOutlook] = []
    findings: list[Finding] = []
    for base_path in models:
        report = check_model(base_path, "", options)
        outlooks += report.models
        findings += report.findings
    for child in readable_children(path):
        if child.is_dir() and child not in models and is_like_model(child):
            findings += check_no_versions(child, "")
    return Report(subject=str(path), models=tuple(outlooks), findings=sorted_findings(findings))


def _hint(path: Path) -> str:
    from difflib import get_close_matches

    try:
        names = [child.name for child in path.absolute().parent.iterdir()]
    except OSError:
        names = []
    nearest = get_close_matches(path.name, names, n=1)
    if nearest:
        return f"Did you mean {path.parent / nearest[0]}?"
    return "Make a model first, for example: tfsctl export half_plus_two"
