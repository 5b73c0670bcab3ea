"""Checks one version: its files, its graph, its signatures, its warm-up requests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tfsctl.check.finding import Finding, Severity, VersionOutlook
from tfsctl.check.finding_maker import found
from tfsctl.check.graph_view import GraphView
from tfsctl.check.ops import check_ops
from tfsctl.check.signatures import check_signatures, signature_outlooks
from tfsctl.check.subject import CheckOptions, VersionSubject
from tfsctl.check.tensorflow_version import check_tensorflow_version
from tfsctl.check.variables import check_variables
from tfsctl.check.version_files import check_assets, check_no_saved_model, check_readable, check_size, num_bytes
from tfsctl.check.warmup_records import check_warmup_records
from tfsctl.errors import DataLossError, NotFoundError, TfsctlError, UnimplementedError
from tfsctl.saved_model import describe_meta_graph, find_meta_graph, read_saved_model_proto


def check_version(
    path: Path, version: int, *, options: CheckOptions, is_only_version: bool
) -> tuple[VersionOutlook, list[Finding]]:
    """What would come of the version directory `path`; `is_only_version`: there is no other to serve in its place."""
    findings = list(check_readable(path))
    if findings:
        return VersionOutlook(version=version, path=path, is_loadable=False), findings
    try:
        subject = _read(path, options=options, is_only_version=is_only_version)
    except TfsctlError as error:
        return VersionOutlook(version=version, path=path, is_loadable=False), [_unread(path, error, options)]
    findings += _all_findings(subject)
    is_loadable = not any(finding.severity is Severity.ERROR for finding in findings)
    outlook = VersionOutlook(
        version=version,
        path=path,
        is_loadable=is_loadable,
        num_bytes=num_bytes(path),
        tensorflow_version=subject.info.tensorflow_version,
        signatures=signature_outlooks(subject) if is_loadable else (),
    )
    return outlook, findings


def _all_findings(subject: VersionSubject) -> Iterator[Finding]:
    yield from check_variables(subject)
    yield from check_assets(subject)
    yield from check_size(subject.path)
    yield from check_ops(subject)
    yield from check_signatures(subject)
    yield from check_tensorflow_version(subject)
    yield from check_warmup_records(subject)


def _read(path: Path, *, options: CheckOptions, is_only_version: bool) -> VersionSubject:
    meta_graph = find_meta_graph(path, _not_empty(path), options.tags)
    return VersionSubject(
        path=path,
        is_only_version=is_only_version,
        meta_graph=meta_graph,
        info=describe_meta_graph(path, meta_graph),
        graph=GraphView(meta_graph),
        options=options,
    )


def _not_empty(path: Path) -> object:
    """The SavedModel message; a file without a graph in it parses too, and is as good as truncated."""
    saved_model = read_saved_model_proto(path)
    if not saved_model.meta_graphs:
        raise DataLossError(f"{path} has no graph in it.")
    return saved_model


def _unread(path: Path, error: TfsctlError, options: CheckOptions) -> Finding:
    """The finding for a version whose graph could not be read."""
    from tfsctl.check.unread_version import tags_not_found, unparsable

    if isinstance(error, DataLossError):
        return unparsable(path)
    if isinstance(error, UnimplementedError):
        return found("session-bundle", f"{path} is a SessionBundle.", path=path / "export.meta")
    if isinstance(error, NotFoundError) and "meta graph" in error.message:
        return tags_not_found(path, options)
    if isinstance(error, NotFoundError):
        return check_no_saved_model(path)
    return found("unreadable", error.message, path=path)
