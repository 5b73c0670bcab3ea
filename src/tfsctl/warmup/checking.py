"""Checks a warm-up file: what is in it, and whether a server would load the version with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tfsctl.errors import DataLossError, NotFoundError, TfsctlError
from tfsctl.tf_record import read_records
from tfsctl.warmup.judging import judge
from tfsctl.warmup.location import find_version_dir, is_version_dir
from tfsctl.warmup.plan import MAX_RECORDS
from tfsctl.warmup.record import KINDS, model_specs
from tfsctl.warmup.trial import Trial


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one record, numbered from 1, or about the whole file, where `record` is None."""

    record: int | None
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckReport:
    """What a warm-up file holds.

    Attributes:
        path: The file.
        version_dir: The version it belongs to; None where there is no SavedModel next to it to compare it with.
        num_records: How many records can be read.
        kinds: How many of each: `predict`, `classify`, `regress`, `multi_inference`; others by the log's field.
        signatures: How many requests there are for each signature.
        problems: Why a server would refuse to load the version. After the first, a server does not look any further.
        doubts: What may be refused, but not by every model. None are left where the model could be asked.
    """

    path: Path
    version_dir: Path | None
    num_records: int
    kinds: Mapping[str, int]
    signatures: Mapping[str, int]
    problems: Sequence[Finding]
    doubts: Sequence[Finding]

    @property
    def is_accepted(self) -> bool:
        """Whether a server would load the version, as far as can be seen."""
        return not self.problems


def check_warmup_file(
    path: Path, *, tags: Sequence[str] = ("serve",), runs_model: bool = False, settles_doubts: bool = True
) -> CheckReport:
    """Check the warm-up file `path`, or that of a version directory, or of the newest version of a base path.

    The requests are compared with the signatures of the SavedModel next to it, if there is one. A server takes other
    shapes than a signature's as far as the graph does: with `settles_doubts` the model is loaded to run the requests of
    such shapes, if there are any. With `runs_model` all are run.

    Raises:
        NotFoundError: there is no such file.
        TfsctlError: the SavedModel, or the file, cannot be read; or the model cannot be loaded.
    """
    from tfsctl.serving.warmup.replay import warmup_file

    if path.is_file():
        file, version_dir = path, _version_dir_of(path)
    else:
        version_dir = find_version_dir(path)
        file = warmup_file(version_dir)
    if not file.exists():
        raise NotFoundError(f"No warmup data file found at {file}", hint=f"Make one: tfsctl warmup make {path}")
    if version_dir is None:
        check = _Check(file, None)
        check.read()
        return check.report()
    with closing(Trial(version_dir, tags=tags, runs_model=runs_model)) as trial:
        check = _Check(file, version_dir, trial)
        check.read()
    if settles_doubts and check.doubtful:
        check.settle_doubts(tags)
    return check.report()


def _version_dir_of(file: Path) -> Path | None:
    """The version that a file lies in, if it lies in one."""
    version_dir = file.absolute().parent.parent
    return version_dir if is_version_dir(version_dir) else None


def _place(finding: Finding) -> float:
    """Where it is met: what concerns the whole file is its end."""
    return float("inf") if finding.record is None else finding.record


@dataclass(slots=True)
class _Check:
    path: Path
    version_dir: Path | None
    trial: Trial | None = None
    num_records: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    signatures: Counter[str] = field(default_factory=Counter)
    problems: list[Finding] = field(default_factory=list)
    doubts: list[Finding] = field(default_factory=list)
    doubtful: dict[int, bytes] = field(default_factory=dict)  # Records that only the model can judge, by number.

    def read(self) -> None:
        """Look at every record."""
        from tfsctl.serving.warmup.replay import broken_file_text

        try:
            for record in read_records(self.path):
                self.num_records += 1
                self._check_record(record)
        except DataLossError as error:
            self.problems.append(Finding(None, broken_file_text(error)))

    def settle_doubts(self, tags: Sequence[str]) -> None:
        """Ask the model about what only it can judge. Where it does not answer, the doubts stay."""
        assert self.version_dir is not None
        verdicts = judge(self.version_dir, list(self.doubtful.values()), tags=tags)
        judged = dict(zip(self.doubtful, verdicts, strict=False))
        self.doubts = [doubt for doubt in self.doubts if doubt.record not in judged]
        self.problems += [Finding(number, verdict) for number, verdict in judged.items() if verdict]
        self.problems.sort(key=_place)

    def report(self) -> CheckReport:
        return CheckReport(
            path=self.path,
            version_dir=self.version_dir,
            num_records=self.num_records,
            kinds=dict(sorted(self.kinds.items())),
            signatures=dict(sorted(self.signatures.items())),
            problems=self.problems,
            doubts=self.doubts,
        )

    def _check_record(self, record: bytes) -> None:
        """Of those that no server reaches only the first is looked at: a long log is no warm-up file."""
        from tfsctl.serving.warmup.record import parse_record
        from tfsctl.serving.warmup.replay import too_many_records_text

        if self.num_records > MAX_RECORDS + 1:
            return
        try:
            log = parse_record(record, self.path)
            self._count(log)
            self._try(log, record)
        except TfsctlError as error:
            self.problems.append(Finding(self.num_records, error.message))
        if self.num_records > MAX_RECORDS:
            self.problems.append(Finding(self.num_records, too_many_records_text(self.path)))

    def _count(self, log: Any) -> None:
        from tfsctl.codec.model_spec_wire import read_model_spec

        kind = log.WhichOneof("log_type")
        self.kinds[KINDS.get(kind, kind or "empty")] += 1
        if kind in KINDS:
            self.signatures.update(read_model_spec(spec).resolved_signature_name for spec in model_specs(log))

    def _try(self, log: Any, record: bytes) -> None:
        kind = log.WhichOneof("log_type")
        if kind is None:
            self.doubts.append(Finding(self.num_records, "The record has no request and is passed over."))
        elif self.trial is not None:
            doubts = self.trial.run(log)
            if doubts:
                self.doubtful[self.num_records] = record
            self.doubts.extend(Finding(self.num_records, text) for text in doubts)
        elif kind not in KINDS:
            from tfsctl.serving.warmup.record import unsupported_kind

            raise unsupported_kind(log)
