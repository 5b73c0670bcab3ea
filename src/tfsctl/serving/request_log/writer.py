"""The thread that writes request logs, and the queue before it, which never makes a request wait."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NamedTuple

from tfsctl.errors import Code
from tfsctl.serving.request_log.file import RETRY_SECONDS, RequestLogFile
from tfsctl.tf_record import encode_record

_LOGGER = logging.getLogger("tfsctl.serving")

MAX_QUEUED_RECORDS = 4096
MAX_QUEUED_BYTES = 64 * 2**20
# Records are gathered for so long, so that many requests cost few writes.
_GATHER_SECONDS = 0.2
_MAX_WRITE_BYTES = 2**20
_CLOSE_SECONDS = 10.0


class _Record(NamedTuple):
    """One record to be written: see `RequestLogWriter.put`."""

    file: RequestLogFile
    num_bytes: int
    encode: Callable[[], bytes]
    told: Callable[[Code], object]


class RequestLogWriter:
    """Writes records in a thread of its own, within a second of `put`. Thread-safe. Ends with `close`."""

    def __init__(
        self,
        *,
        max_records: int = MAX_QUEUED_RECORDS,
        max_bytes: int = MAX_QUEUED_BYTES,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._retry_seconds = retry_seconds
        self._lock = threading.Lock()  # For the next four.
        self._records: deque[_Record] = deque()
        self._num_bytes = 0
        self._files: dict[Path, RequestLogFile] = {}
        self._wanted: frozenset[Path] = frozenset()
        self._wake = threading.Event()
        self._is_closing = threading.Event()
        # A daemon: a disk that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._work, name="request-log", daemon=True)
        self._thread.start()

    def file(self, path: Path) -> RequestLogFile:
        """The file at `path`, not opened; there is one for each path."""
        with self._lock:
            return self._files.setdefault(path, RequestLogFile(path, retry_seconds=self._retry_seconds))

    def keep_open(self, paths: Collection[Path]) -> None:
        """Close all other files when what is meant for them has been written."""
        with self._lock:
            self._wanted = frozenset(paths)
        self._wake.set()

    def put(
        self, file: RequestLogFile, num_bytes: int, *, encode: Callable[[], bytes], count: Callable[[Code], object]
    ) -> None:
        """Have a record written; it is dropped where the queue is full or its file's log is stopped. Returns at once.

        A record that is larger than the whole queue is taken if there is no other.

        Args:
            file: Where to; one of this writer's.
            num_bytes: About how much memory `encode` holds.
            encode: Makes the record's data, in the writing thread.
            count: Told once what has become of it.
        """
        problem = file.problem()
        if problem is Code.OK:
            with self._lock:
                total = self._num_bytes + num_bytes
                has_room = len(self._records) < self._max_records and total <= self._max_bytes
                if has_room or not self._records:
                    self._records.append(_Record(file, num_bytes, encode, count))
                    self._num_bytes = total
                else:
                    problem = Code.RESOURCE_EXHAUSTED
        if problem is not Code.OK:
            count(problem)
        elif not self._wake.is_set():
            self._wake.set()

    def close(self) -> None:
        """Write what is queued, and let go of all files. Idempotent."""
        self._is_closing.set()
        self._wake.set()
        self._thread.join(_CLOSE_SECONDS)

    def _work(self) -> None:
        is_closing = False
        while not is_closing:
            self._wake.wait()
            is_closing = self._is_closing.wait(_GATHER_SECONDS)
            self._wake.clear()  # Before the queue is emptied: what comes later sets it again.
            try:
                self._write_queued()
            except Exception:
                _LOGGER.exception("Writing the request log failed unexpectedly")
            self._close_files(is_closing=is_closing)

    def _write_queued(self) -> None:
        batches: dict[RequestLogFile, _Batch] = {}
        while (record := self._take()) is not None:
            batch = batches.setdefault(record.file, _Batch())
            batch.add(record)
            if batch.num_bytes >= _MAX_WRITE_BYTES:
                batches.pop(record.file).write(record.file)
            del record
        for file, batch in batches.items():
            batch.write(file)

    def _take(self) -> _Record | None:
        with self._lock:
            if not self._records:
                return None
            record = self._records.popleft()
            self._num_bytes -= record.num_bytes
            return record

    def _close_files(self, *, is_closing: bool) -> None:
        with self._lock:
            files = [file for path, file in self._files.items() if is_closing or path not in self._wanted]
        for file in files:
            file.close()


class _Batch:
    """Records for one file."""

    def __init__(self) -> None:
        self.num_bytes = 0
        self._encoded: list[bytes] = []
        self._told: list[Callable[[Code], object]] = []

    def add(self, record: _Record) -> None:
        try:
            encoded = encode_record(record.encode())
        except Exception:
            _LOGGER.exception("A request could not be logged to %s", record.file.path)
            record.told(Code.INTERNAL)
            return
        self.num_bytes += len(encoded)
        self._encoded.append(encoded)
        self._told.append(record.told)

    def write(self, file: RequestLogFile) -> None:
        if not self._encoded:
            return
        code = file.write(b"".join(self._encoded))
        for told in self._told:
            told(code)
