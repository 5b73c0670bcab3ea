"""`tfsctl check` before a container is started: what is wrong shows there as a server that is never ready."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tfsctl.cli._docker.models import model_places
from tfsctl.errors import FailedPreconditionError

if TYPE_CHECKING:
    from tfsctl.check import CheckOptions, Finding
    from tfsctl.cli._frame.console import Console
    from tfsctl.cli._serve.flags import ServeFlags

# What a release of the official image is called after: TensorFlow's version.
_RELEASE = re.compile(r":(\d+\.\d+)")


def check_first(console: Console, paths: Sequence[str], flags: ServeFlags, *, image: str) -> None:
    """Warn of what may go wrong with the models that the arguments mean, or with the config file that names them.

    Raises FailedPreconditionError for the first thing that the server would not serve; its hint says what to do.
    """
    from tfsctl.check import Severity

    findings = _findings(paths, flags, _options(flags, image))
    for finding in findings:
        if finding.severity is Severity.ERROR:
            raise FailedPreconditionError(_told(finding), hint=_advice(finding))
    for finding in findings:
        if finding.severity is not Severity.NOTE:
            console.warn(_told(finding))


def _findings(paths: Sequence[str], flags: ServeFlags, options: CheckOptions) -> Sequence[Finding]:
    """What a check finds, errors first; places on a store are not looked at."""
    from tfsctl.check import check_config_file, check_path
    from tfsctl.check.finding import joined

    if flags.model_config_file:
        allows = flags.allow_version_labels_for_unavailable_models
        file = flags.model_config_file
        return check_config_file(file, options=options, locate=_locate, allows_labels_at_start=allows).findings
    local = [(place.name, place.base_path) for place in model_places(paths, flags)]
    reports = [check_path(path, name=name, options=options) for name, path in local if isinstance(path, Path)]
    return joined("", reports).findings


def _options(flags: ServeFlags, image: str) -> CheckOptions:
    from tfsctl.check import CheckOptions
    from tfsctl.container.image_reference import is_official

    release = _RELEASE.search(image) if is_official(image) else None
    return CheckOptions(
        tags=tuple(flags.saved_model_tags.split(",")),
        tensorflow_version=release[1] if release else "",
        is_official_image=is_official(image),
    )


def _locate(base_path: str) -> Path | None:
    """A path of the file as this machine sees it: the container gets it under another name, relative ones too."""
    from tfsctl.serving.models.location import parse_location

    place = parse_location(base_path)
    return place if isinstance(place, Path) else None


def _told(finding: Finding) -> str:
    is_placed = finding.line is None and str(finding.path or "") in finding.message
    return finding.message if is_placed else f"{finding.place}: {finding.message}"


def _advice(finding: Finding) -> str:
    """Why it matters, and what puts it right."""
    lines = [finding.reason, finding.correction, *finding.commands]
    return "\n".join(line for line in lines if line)
