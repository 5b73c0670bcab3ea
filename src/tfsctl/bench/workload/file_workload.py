"""Workloads from files: which kind it is, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tfsctl.bench.workload.array_rows import load_arrays, load_lines, load_table
from tfsctl.bench.workload.digits import takes_digits
from tfsctl.bench.workload.json_rows import load_json, load_json_lines
from tfsctl.bench.workload.judge_choice import DEFAULT_TOLERANCE, choose_judge
from tfsctl.bench.workload.judging import RecordedJudge
from tfsctl.bench.workload.labels import check_count, read_truth
from tfsctl.bench.workload.levels import Levels
from tfsctl.bench.workload.loaded_rows import LoadedRows, to_row_inputs
from tfsctl.bench.workload.logged_requests import load_log
from tfsctl.bench.workload.picture_rows import find_idx, load_idx, load_pictures
from tfsctl.bench.workload.prepared import PreparedWorkload
from tfsctl.bench.workload.request_inputs import ListedInputs
from tfsctl.client.array_files import ARRAY_SUFFIXES
from tfsctl.client.pictures import PICTURE_SUFFIXES
from tfsctl.data_type import DataType
from tfsctl.errors import DataLossError, UsageError

if TYPE_CHECKING:
    from tfsctl.bench.plan import BenchPlan
    from tfsctl.bench.workload.inputs_plan import InputsPlan
    from tfsctl.client.predict_codec import PredictCodec
    from tfsctl.signature import Signature

    CodecOf = Callable[[str], PredictCodec]

_FORMS = "--inputs takes .npz, .npy, .json, .jsonl, .csv, .txt, pictures, folders of them, IDX files, and request logs."


def file_workload(path: Path, plan: BenchPlan, codec_of: CodecOf) -> PreparedWorkload:
    """The workload of the file or directory that a plan names.

    `codec_of` gives the codec for a signature of the model by name, empty for the plan's own.

    Raises UsageError for a file that cannot be read, or whose options do not go with it; InvalidArgumentError for one
    that has what the signature does not take.
    """
    with _usage_errors(path):
        if not path.exists():
            raise UsageError(f"{path}: no such file or directory.", hint=_FORMS)
        if path.suffix.lower() == ".jsonl":
            return _json_lines_workload(path, plan, codec_of(plan.signature_name))
        if _is_log(path):
            return _log_workload(path, plan, codec_of)
        return _rows_workload(path, plan, codec_of)


@contextmanager
def _usage_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except DataLossError as error:
        raise UsageError(f"{path} cannot be used: {error.message}", hint=error.hint) from error
    except OSError as error:
        raise UsageError(f"{error.filename or path}: {error.strerror or error}.", hint=_FORMS) from error


def _is_log(path: Path) -> bool:
    named = {*ARRAY_SUFFIXES, *PICTURE_SUFFIXES, ".json", ".csv", ".txt"}
    return path.is_file() and path.suffix.lower() not in named and find_idx(path) is None


def _rows_workload(path: Path, plan: BenchPlan, codec_of: CodecOf) -> PreparedWorkload:
    wanted = plan.inputs
    idx = find_idx(path) if path.suffix.lower() not in PICTURE_SUFFIXES else None
    codec = codec_of(plan.signature_name)
    max_requests = wanted.max_requests(plan.limit)
    max_rows = None if max_requests is None else max_requests * _rows_in_request(wanted, codec.signature)
    loaded = (
        load_idx(idx, codec.signature, max_rows=max_rows) if idx else _load(path, codec.signature, wanted, max_rows)
    )
    labels, labels_path = loaded.labels, path
    if wanted.truth_path is not None:
        labels, labels_path = read_truth(wanted.truth_path, wanted), wanted.truth_path
        is_part = max_rows is not None and loaded.noun != "rows"  # Not all pictures were read.
        labels = labels[: _num_rows(loaded)] if is_part else labels
    inputs = to_row_inputs(
        loaded,
        codec.signature,
        batch_size=wanted.batch_size,
        max_requests=max_requests,
        levels=_levels(wanted, codec.signature, is_idx=idx is not None),
    )
    judge = None
    if labels is not None:
        check_count(labels, _num_rows(loaded), labels_path=labels_path, path=path)
        known = labels[: inputs.num_rows]
        judge = choose_judge(known, loaded.class_names, codec.signature, plan=wanted, path=labels_path)
    else:
        _check_truth_options(wanted, path)
    rows = f", {inputs.batch_size} in a request" if inputs.batch_size > 1 else ""
    first = "the first " if inputs.num_rows < _num_rows(loaded) else ""
    description = f"{first}{inputs.num_rows:,} {loaded.noun} of {path.name}{rows}"
    return PreparedWorkload(codec, inputs, description=description, judge=judge)


def _load(path: Path, signature: Signature, plan: InputsPlan, max_rows: int | None) -> LoadedRows:
    suffix = path.suffix.lower()
    if path.is_dir() or suffix in PICTURE_SUFFIXES:
        return load_pictures(path, signature, plan, max_rows=max_rows)
    if suffix in ARRAY_SUFFIXES:
        return load_arrays(path, signature, plan)
    if suffix == ".json":
        return load_json(path, signature, plan)
    return load_table(path, signature, plan) if suffix == ".csv" else load_lines(path, signature)


def _num_rows(loaded: LoadedRows) -> int:
    return len(next(iter(loaded.columns.values())))


def _rows_in_request(plan: InputsPlan, signature: Signature) -> int:
    """How many rows a request may carry at most."""
    fixed = [spec.shape[0] for spec in signature.inputs.values() if spec.shape]
    return max(plan.batch_size or 1, *fixed, 1)


def _levels(plan: InputsPlan, signature: Signature, *, is_idx: bool) -> Levels | None:
    """What is still to be done to levels; MNIST's own signature wants its digits from 0 to 1."""
    if all(spec.dtype is DataType.STRING for spec in signature.inputs.values()):
        return None  # The pictures' files as they are.
    normalize = plan.pictures.normalize or (is_idx and takes_digits(signature))
    if not normalize and not plan.pictures.invert:
        return None
    return Levels(invert=plan.pictures.invert, normalize=normalize)


def _check_truth_options(plan: InputsPlan, path: Path) -> None:
    if plan.output is not None or plan.tolerance is not None:
        raise UsageError(
            f"{path} has no right answers that an output could be compared with.",
            hint="Give them with --truth FILE or --label-key NAME, or leave out --output and --tolerance.",
        )


def _json_lines_workload(path: Path, plan: BenchPlan, codec: PredictCodec) -> PreparedWorkload:
    _check_whole(plan.inputs, path)
    _check_truth_options(plan.inputs, path)
    requests = load_json_lines(path, codec.signature, max_requests=plan.inputs.max_requests(plan.limit))
    return PreparedWorkload(codec, ListedInputs(requests), description=f"{len(requests):,} requests of {path.name}")


def _log_workload(path: Path, plan: BenchPlan, codec_of: CodecOf) -> PreparedWorkload:
    _check_whole(plan.inputs, path)
    max_requests = plan.inputs.max_requests(plan.limit)
    logged = load_log(path, plan.model, signature_name=plan.signature_name, max_requests=max_requests)
    codec = codec_of(logged.signature_name)
    tolerance = DEFAULT_TOLERANCE if plan.inputs.tolerance is None else plan.inputs.tolerance
    if not logged.has_answers:
        _check_truth_options(plan.inputs, path)
    end = ", whose last record is cut off" if logged.is_cut_off else ""
    return PreparedWorkload(
        codec,
        ListedInputs(logged.requests),
        description=f"{len(logged.requests):,} requests of {path.name}{end}",
        judge=RecordedJudge(logged.answers_of(plan.inputs.output), tolerance) if logged.has_answers else None,
    )


def _check_whole(plan: InputsPlan, path: Path) -> None:
    """UsageError for options that cannot be for requests that go as they were recorded."""
    for option, given in (
        ("--batch-size", plan.batch_size),
        ("--truth", plan.truth_path),
        ("--label-key", plan.label_key),
    ):
        if given is not None:
            raise UsageError(f"{path} has whole requests, which go as they are.", hint=f"Leave out {option}.")
    if plan.pictures.is_any:
        raise UsageError(f"{path} has whole requests, and no pictures.", hint="Leave out the options for pictures.")
