"""Replays the warm-up file of a version before clients reach it (tensorflow-serving.md §5).

The first requests of a TensorFlow model are slow: graphs are optimized, memory is taken. With a warm-up file those are
requests of ours. They go the way of a client's, through batching too where that is on, but are not counted as requests.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Protocol

from tfsctl.errors import (
    CancelledError,
    DataLossError,
    FailedPreconditionError,
    InvalidArgumentError,
    PermissionDeniedError,
    UnavailableError,
)
from tfsctl.serving.inference.predictor import Predictor
from tfsctl.serving.models.servable import Servable
from tfsctl.serving.warmup.cost import learning_costs
from tfsctl.serving.warmup.record import parse_record, run_record
from tfsctl.tf_record import read_records

MAX_WARMUP_RECORDS = 1000
_FILE = "assets.extra/tf_serving_warmup_requests"
_LOGGER = logging.getLogger("tfsctl.serving")


class WarmupObserver(Protocol):
    """Told of warm-ups (tensorflow-serving.md §7.2). Called by several threads; must be quick, never raise."""

    def file_read(self, version_dir: Path, *, status: str, seconds: float, num_records: int) -> None:
        """A file was read to its end, or to where it is corrupt; not called where a record failed.

        `status` is `OK`, or the code and text of what is wrong.
        """

    def version_unloaded(self, version_dir: Path) -> None:
        """The version is gone."""


class _WarmupFileError(DataLossError):
    """The file is at fault, not a request in it."""


def warmup_file(version_dir: Path) -> Path:
    """Where the warm-up file of a version is, if it has one."""
    return version_dir / _FILE


def warm_up(
    servable: Servable,
    version_dir: Path,
    *,
    num_request_iterations: int = 0,
    check_method_name: bool = False,
    observer: WarmupObserver | None = None,
    is_wanted: Callable[[], bool] = lambda: True,
) -> None:
    """Run the requests of the version's warm-up file on `servable`, one after the other; nothing if there is no file.

    Args:
        servable: The loaded version, not yet available.
        version_dir: Its directory.
        num_request_iterations: How often each request is run; less than 1 means once.
        check_method_name: Whether signatures must have been exported for what they are asked to do.
        observer: Told of a file that was read.
        is_wanted: Asked before each run; the rest is given up when it says no.

    Raises:
        DataLossError: the file is no TFRecord file, or broken.
        InvalidArgumentError: a record is no PredictionLog, or there are more than 1000; the 1001st is still run.
        UnimplementedError: a record is of a kind that cannot be replayed.
        CancelledError: the version is not wanted any more.
        TfsctlError: what a client would be told who sends a request of the file; or the file cannot be read.
    """
    path = warmup_file(version_dir)
    if not path.exists():
        _LOGGER.debug("No warmup data file found at %s", path)
        return
    learning = Servable(id=servable.id, model=learning_costs(servable.model))
    predictor = Predictor(check_method_name=check_method_name)

    def run(record: bytes) -> None:
        log = parse_record(record, path)
        for _ in range(max(1, num_request_iterations)):
            if not is_wanted():
                raise CancelledError(f"Warm-up of {servable.id} was given up: the version is not wanted any more.")
            run_record(log, learning, predictor)

    _LOGGER.info("Starting to read warmup data for model at %s", path)
    started = perf_counter()
    num_records, error = _replay(path, run)
    seconds = perf_counter() - started
    if observer is not None:
        status = "OK" if error is None else f"{error.code.name}: {error}"
        observer.file_read(version_dir, status=status, seconds=seconds, num_records=num_records)
    if error is not None:
        raise error
    _LOGGER.info(
        "Finished reading warmup data for model at %s. Number of warmup records read: %d. Elapsed time: %.3f s",
        path,
        num_records,
        seconds,
    )


def _replay(path: Path, run: Callable[[bytes], None]) -> tuple[int, _WarmupFileError | None]:
    """Run all records: how many there were, and what is wrong with the file after these."""
    num_records = 0
    try:
        for record in _read(path):
            run(record)
            num_records += 1
            if num_records > MAX_WARMUP_RECORDS:
                raise InvalidArgumentError(too_many_records_text(path))
    except _WarmupFileError as error:
        return num_records, error
    return num_records, None


def too_many_records_text(path: Path) -> str:
    """What is said of a file with more than 1000 records."""
    return f"Number of warmup records exceeds the maximum ({MAX_WARMUP_RECORDS}) at {path}"


def broken_file_text(error: DataLossError) -> str:
    """What is said of a file that is no TFRecord file, or a broken one; `error` is the reader's."""
    return f"{error}. Please verify your warmup data is in TFRecord format."


def _read(path: Path) -> Iterator[bytes]:
    try:
        yield from read_records(path)
    except DataLossError as error:
        raise _WarmupFileError(broken_file_text(error), hint=error.hint) from None
    except PermissionError as error:
        raise PermissionDeniedError(f"{path}; {error.strerror}") from None
    except IsADirectoryError as error:
        raise FailedPreconditionError(f"{path}; {error.strerror}") from None
    except OSError as error:
        raise UnavailableError(f"{path}; {error.strerror or error}") from error
