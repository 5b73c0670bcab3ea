"""Brings the files of one version to the disk: piece by piece, a few at the same time, and to be cut short."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

from tfsctl.disk import disk_errors
from tfsctl.errors import CancelledError, UnavailableError
from tfsctl.serving.remote.file import RemoteFile

PIECE_BYTES = 8 << 20
NUM_THREADS = 4
_CHECK_SECONDS = 0.1

Read = Callable[[RemoteFile, int, int], bytes]
"""The bytes of a file from the first place up to the second."""


@dataclass(frozen=True, slots=True)
class _Piece:
    file: RemoteFile
    start: int
    end: int


class Download:
    """`files` on their way into the empty directory `target`. `run` once. It is given up when `is_wanted` says no.

    Memory holds a piece for each of the threads that `slots` lets in, over all downloads that share it.
    """

    def __init__(
        self,
        read: Read,
        files: Sequence[RemoteFile],
        target: Path,
        *,
        slots: threading.Semaphore,
        is_wanted: Callable[[], bool],
    ) -> None:
        self._read = read
        self._files = files
        self._target = target
        self._slots = slots
        self._is_wanted = is_wanted
        self._pieces: deque[_Piece] = deque()
        self._is_over = threading.Event()
        self._ends: SimpleQueue[Exception | None] = SimpleQueue()  # What became of each thread; None is well.

    def run(self) -> None:
        """Return when all is there.

        Raises:
            CancelledError: it is not wanted any more. Pieces that are being read are not waited for.
            ResourceExhaustedError: the disk is full. Other errors of the disk are those of `tfsctl.disk.disk_errors`.
            UnavailableError: a file was shortened meanwhile.
            TfsctlError: what `read` raises.
        """
        with disk_errors(self._target):
            for file in self._files:
                path = self._target / file.path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
        self._pieces.extend(piece for file in self._files for piece in _pieces(file))
        num_threads = min(NUM_THREADS, len(self._pieces))
        for _ in range(num_threads):
            threading.Thread(target=self._work, name="tfsctl-download", daemon=True).start()
        try:
            for _ in range(num_threads):
                self._wait_for_thread()
        finally:
            self._is_over.set()

    def _wait_for_thread(self) -> None:
        """Until one ends. Raises what it ended with."""
        while self._is_wanted():
            try:
                end = self._ends.get(timeout=_CHECK_SECONDS)
            except Empty:
                continue
            if end is not None:
                raise end
            return
        raise CancelledError("The download was cut short: this version is not wanted any more.")

    def _work(self) -> None:
        end: Exception | None = None
        try:
            while not self._is_over.is_set():
                self._fetch(self._pieces.popleft())
        except IndexError:
            pass  # No piece is left.
        except Exception as error:  # noqa: BLE001 (whatever it is, the thread that waits has to hear of it)
            end = error
        self._ends.put(end)

    def _fetch(self, piece: _Piece) -> None:
        with self._slots:
            if self._is_over.is_set():
                return
            content = self._read(piece.file, piece.start, piece.end)
            if len(content) != piece.end - piece.start:
                raise changed_error(piece.file.uri)
            path = self._target / piece.file.path
            # Not the mode that makes files: a directory that was removed meanwhile must stay away.
            with disk_errors(path), path.open("r+b") as file:
                file.seek(piece.start)
                file.write(content)


def changed_error(uri: str) -> UnavailableError:
    """The error for what is being written on the store while it is read."""
    return UnavailableError(
        f"{uri} changed while it was downloaded.", hint="It is tried again. Write saved_model.pb last."
    )


def _pieces(file: RemoteFile) -> list[_Piece]:
    return [_Piece(file, start, min(file.size, start + PIECE_BYTES)) for start in range(0, file.size, PIECE_BYTES)]
