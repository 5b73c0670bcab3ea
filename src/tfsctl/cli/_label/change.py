"""Version labels given and taken away: on tfsctl's own server alone, or in the file that is another's configuration."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tfsctl.cli._label.found_labels import NAME_THE_FILE
from tfsctl.cli._model_config_input import check_config, read_config_text
from tfsctl.errors import (
    DeadlineExceededError,
    FailedPreconditionError,
    NotFoundError,
    UnavailableError,
    UnimplementedError,
    UsageError,
)

if TYPE_CHECKING:
    from tfsctl.cli._frame.console import Console
    from tfsctl.client import Client, VersionStatus
    from tfsctl.client.label_edit import EditedConfig

_ASSIGNMENT = re.compile(r"(.+)=([0-9]+)")
_MAX_INT64 = 2**63 - 1


@dataclass(frozen=True)
class LabelChange:
    """What is to become of the labels of a model."""

    model: str
    assign: Mapping[str, int] = field(default_factory=dict)
    drop: tuple[str, ...] = ()

    def applied(self, labels: Mapping[str, int]) -> dict[str, int]:
        """`labels` after the change."""
        kept = {label: version for label, version in labels.items() if label not in self.drop}
        return dict(sorted({**kept, **self.assign}.items()))


def parse_assignments(texts: Sequence[str]) -> dict[str, int]:
    """The versions by label; UsageError for what is not LABEL=VERSION."""
    assign: dict[str, int] = {}
    for text in texts:
        match = _ASSIGNMENT.fullmatch(text)
        if match is None or int(match[2]) > _MAX_INT64:
            raise UsageError(f"'{text}' is not LABEL=VERSION.", hint="Such as: stable=3.")
        if match[1] in assign:
            raise UsageError(f"The label {match[1]} is given twice.")
        assign[match[1]] = int(match[2])
    return assign


def change_on_server(change: LabelChange, client: Client, *, dry_run: bool) -> dict[str, int]:
    """Have tfsctl's own server do it, in one step; the labels that the model has then.

    Raises:
        UsageError: it is another server.
        NotFoundError: it has no such model, or no such label to take away.
        FailedPreconditionError: a version is not available, and not on its way.
    """
    statuses = client.status(change.model)
    try:
        if dry_run:
            labels = next((m.version_labels for m in client.models() if m.name == change.model), {})
            return change.applied(labels)
        return client.change_labels(change.model, assign=change.assign, drop=change.drop)
    except UnimplementedError as error:
        if client.address.protocol == "rest":
            raise
        raise UsageError(
            "This server cannot tell its configuration, and a reload would replace the whole of it.", hint=NAME_THE_FILE
        ) from error
    except NotFoundError as error:
        labels = next((m.version_labels for m in client.models() if m.name == change.model), {})
        error.hint = error.hint or f"{change.model} has the labels: {', '.join(labels) or 'none'}."
        raise
    except FailedPreconditionError as error:
        follows_file = "model config file" in error.message
        error.hint = "Change it there: --model-config-file FILE." if follows_file else _available(change, statuses)
        raise


@dataclass(frozen=True)
class ChangeInFile:
    """The way for any TensorFlow Serving: the file that is its configuration, and how it may be changed."""

    file: Path
    rewrite: bool = False
    allow_unavailable: bool = False

    def edit(self, change: LabelChange, console: Console) -> EditedConfig:
        """The changed configuration. Raises what `tfsctl.client.label_edit.edit_labels` raises, and UsageError."""
        from tfsctl.client.label_edit import edit_labels

        source, text = str(self.file), read_config_text(self.file)
        edited = edit_labels(
            text, change.model, assign=change.assign, drop=change.drop, source=source, rewrite=self.rewrite
        )
        check_config(edited.config, source=source, console=console)
        return edited

    def apply(self, change: LabelChange, edited: EditedConfig, client: Client) -> dict[str, int]:
        """Reload the server and replace the file: both, or neither as far as that is known.

        Raises:
            NotFoundError: the server has no such model.
            FailedPreconditionError: a version is not available.
            UnavailableError: somebody else has changed the file meanwhile.
            TfsctlError: the server refused, or the file cannot be written; the file is as it was.
        """
        from tfsctl.disk import replacing

        statuses = client.status(change.model)
        if not self.allow_unavailable:
            _check_available(change, statuses)
        path = self.file.resolve()  # What a link points at is to be changed, and not the link.
        with _locked(path), replacing(path) as temporary:
            temporary.write_bytes(edited.text.encode())
            shutil.copymode(path, temporary)
            if read_config_text(path) != edited.original:
                raise UnavailableError(f"{self.file} was changed by somebody else meanwhile.", hint="Try again.")
            try:
                client.reload(edited.config)
            except DeadlineExceededError as error:
                error.hint = (
                    f"The server may have taken the labels all the same. {self.file} was not changed: try again."
                )
                raise
        return edited.labels(change.model)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Wait until no other command is about to replace the file; which of them was first shows in its content."""
    from tfsctl.disk import disk_errors

    with disk_errors(path):
        file = path.open("rb")
    with file:
        if sys.platform != "win32":  # There a file that somebody has locked could not be replaced.
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _check_available(change: LabelChange, statuses: Sequence[VersionStatus]) -> None:
    """Raise, with TensorFlow Serving's words, what the server would; one that allows it has to be asked to."""
    available = {status.version for status in statuses if status.is_available}
    for version in change.assign.values():
        if version not in available:
            raise FailedPreconditionError(
                f"Request to assign label to version {version} of model {change.model}, which is not currently"
                " available for inference",
                hint=_available(change, statuses),
            )


def _available(change: LabelChange, statuses: Sequence[VersionStatus]) -> str:
    available = [str(status.version) for status in statuses if status.is_available]
    return f"Available versions of {change.model}: {', '.join(available) or 'none'}."
