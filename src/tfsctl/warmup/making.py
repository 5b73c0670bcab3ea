"""Writes the warm-up file of a version: complete or not at all, and such as its server accepts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from tfsctl.disk import disk_errors, replacing
from tfsctl.errors import AlreadyExistsError, InvalidArgumentError, TfsctlError, error_for
from tfsctl.signature import Signature
from tfsctl.tf_record import TfRecordWriter
from tfsctl.warmup.example_features import made_up_example
from tfsctl.warmup.location import find_version_dir, model_name, version_number
from tfsctl.warmup.log_sample import sample_log
from tfsctl.warmup.plan import MAX_RECORDS, WarmupPlan
from tfsctl.warmup.record import KINDS, model_specs
from tfsctl.warmup.request import RequestMaker
from tfsctl.warmup.trial import Trial


@dataclass(frozen=True, kw_only=True, slots=True)
class WarmupReport:
    """A warm-up file that was written.

    Attributes:
        path: The file.
        model_name: The name of the base path's directory.
        version: The version's number; 0 for a directory that no server takes for a version.
        num_records: How many requests it has.
        num_bytes: Its size.
        kinds: How many of each: `predict`, `classify`, `regress`, `multi_inference`.
        signatures: How many requests there are for each signature.
        remarks: What was left out, and why; and what may be refused by the model.
    """

    path: Path
    model_name: str
    version: int
    num_records: int
    num_bytes: int
    kinds: Mapping[str, int]
    signatures: Mapping[str, int]
    remarks: Sequence[str]


def make_warmup_file(plan: WarmupPlan) -> WarmupReport:
    """Write what `plan` says.

    Raises:
        NotFoundError: no version, signature or log is there, or the log has no requests of the model.
        AlreadyExistsError: the version has a warm-up file, and `force` was not given.
        InvalidArgumentError: the inputs do not fit the signature, or are more than 1000 requests.
        TfsctlError: what the model says to a request; or what the disk says (tfsctl.disk).
    """
    from tfsctl.serving.warmup.replay import warmup_file

    version_dir = find_version_dir(plan.path)
    path = warmup_file(version_dir)
    if path.exists() and not plan.force:
        raise AlreadyExistsError(f"{path} exists already.", hint="Replace it with --force.")
    with _trying(version_dir, plan) as trial:
        requests = _Requests(plan, version_dir, trial)
        requests.collect()
    if not requests.records:
        raise InvalidArgumentError("No request is left to write.", hint="; ".join(requests.remarks) or None)
    if len(requests.records) > MAX_RECORDS:
        raise InvalidArgumentError(
            f"{len(requests.records)} requests are more than the {MAX_RECORDS} that a server takes."
        )
    with replacing(path) as temporary, TfRecordWriter(temporary) as writer:
        for record in requests.records:
            writer.write(record)
    return requests.report(path)


@contextmanager
def _trying(version_dir: Path, plan: WarmupPlan) -> Iterator[Trial]:
    trial = Trial(version_dir, tags=plan.tags, runs_model=plan.is_tried)
    try:
        yield trial
    finally:
        trial.close()


class _Requests:
    """The requests for one version, tried as they are collected."""

    def __init__(self, plan: WarmupPlan, version_dir: Path, trial: Trial) -> None:
        self._plan = plan
        self._version_dir = version_dir
        self._trial = trial
        self._model_name = plan.log_model_name or model_name(version_dir)
        make_example = cache(partial(made_up_example, version_dir, plan.tags))
        self._maker = RequestMaker(plan, self._model_name, trial.info.signatures, make_example)
        self._kinds: Counter[str] = Counter()
        self._signatures: Counter[str] = Counter()
        self.records: list[bytes] = []
        self.remarks: list[str] = []

    def collect(self) -> None:
        if self._plan.log is not None:
            self._collect_from_log(self._plan.log)
        elif self._plan.all_signatures:
            for signature in self._maker.signatures.values():
                refusal = self._make_up(signature)
                if refusal is not None:
                    self.remarks.append(f'Signature "{signature.name}" is left out: {refusal.message}')
        elif self._plan.bodies:
            for number, record in enumerate(self._maker.given(), 1):
                self._add_or_raise(record, number)
        else:
            signature = self._maker.chosen()
            refusal = self._make_up(signature)
            if refusal is not None:
                raise error_for(
                    refusal.code,
                    f'A request made up for signature "{signature.name}" is refused: {refusal.message}',
                    hint="Nothing was written. Give INPUTs that the model takes.",
                )

    def report(self, path: Path) -> WarmupReport:
        return WarmupReport(
            path=path,
            model_name=self._model_name,
            version=version_number(self._version_dir),
            num_records=len(self.records),
            num_bytes=path.stat().st_size,
            kinds=dict(sorted(self._kinds.items())),
            signatures=dict(sorted(self._signatures.items())),
            remarks=tuple(dict.fromkeys(self.remarks)),
        )

    def _collect_from_log(self, path: Path) -> None:
        with disk_errors(path):
            sample = sample_log(path, self._model_name, max_records=self._plan.max_records)
        if sample.num_requests > len(sample.records):
            self.remarks.append(f"Took {len(sample.records)} of {sample.num_requests} requests of the log.")
        refused: Counter[str] = Counter()
        for record in sample.records:
            reason = self._add_if_accepted(record)
            if reason is not None:
                refused[reason] += 1
        self.remarks += [f"Left out {count} that would be refused: {reason}" for reason, count in refused.items()]
        if sample.end is not None:
            self.remarks.append(f"The log was read up to a {sample.end}.")

    def _make_up(self, signature: Signature) -> TfsctlError | None:
        """Add a request for a signature, or return why there is none that would be accepted."""
        refusal: TfsctlError | None = None
        for strings_are_examples in (False, True):
            try:
                for record in list(self._maker.made_up(signature, strings_are_examples=strings_are_examples)):
                    self._try_and_add(record)
            except TfsctlError as error:  # noqa: PERF203 (there are two)
                refusal = refusal or error
            else:
                return None
        return refusal

    def _add_if_accepted(self, record: bytes) -> str | None:
        """Returns why it is not."""
        try:
            self._try_and_add(record)
        except TfsctlError as error:
            return error.message
        return None

    def _add_or_raise(self, record: bytes, number: int) -> None:
        try:
            self._try_and_add(record)
        except TfsctlError as error:
            hint = "Nothing was written: a server would not load the version with this request."
            raise error_for(error.code, f"Request {number} is refused: {error.message}", hint=hint) from error

    def _try_and_add(self, record: bytes) -> None:
        log = _parse(record)
        self.remarks.extend(self._trial.run(log))
        self._add(record, log)

    def _add(self, record: bytes, log: Any) -> None:
        from tfsctl.codec.model_spec_wire import read_model_spec

        self.records.append(record)
        self._kinds[KINDS[log.WhichOneof("log_type")]] += 1
        self._signatures.update(read_model_spec(spec).resolved_signature_name for spec in model_specs(log))


def _parse(record: bytes) -> Any:
    from tfsctl.protos import PredictionLog

    return PredictionLog.FromString(record)
