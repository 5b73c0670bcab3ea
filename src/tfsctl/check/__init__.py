"""Explains what a server would do with a path, a config file or a `docker run` command, and what is wrong with it.

    report = check_path("models/half_plus_two")
    for finding in report.findings:
        print(finding.severity.value, finding.kind.id, finding.message)
    assert report.would_serve

Nothing is changed, no server is started, TensorFlow is not imported. Importing this package loads neither protobuf nor
numpy.
"""

from __future__ import annotations

from tfsctl.check.arguments import check_arguments
from tfsctl.check.config_file import check_config_file
from tfsctl.check.config_text import apply_edits
from tfsctl.check.docker_command import check_docker_command
from tfsctl.check.finding import (
    Edit,
    Finding,
    FindingKind,
    ModelOutlook,
    Report,
    Severity,
    SignatureOutlook,
    VersionOutlook,
)
from tfsctl.check.kinds import FAMILIES, KINDS
from tfsctl.check.path import check_path
from tfsctl.check.server_command import check_server_command
from tfsctl.check.subject import CheckOptions

__all__ = [
    "FAMILIES",
    "KINDS",
    "CheckOptions",
    "Edit",
    "Finding",
    "FindingKind",
    "ModelOutlook",
    "Report",
    "Severity",
    "SignatureOutlook",
    "VersionOutlook",
    "apply_edits",
    "check_arguments",
    "check_config_file",
    "check_docker_command",
    "check_path",
    "check_server_command",
]
