"""Bringing files to the disk: in pieces, several at once, never more than the slots allow, and to be cut short."""

from __future__ import annotations

import errno
import io
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tfsctl.errors import CancelledError, NotFoundError, ResourceExhaustedError, UnavailableError
from tfsctl.serving.remote import download as remote_download
from tfsctl.serving.remote.download import Download
from tfsctl.serving.remote.file import RemoteFile

WAIT_SECONDS = 20.0


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_download, "PIECE_BYTES", 10)


def a_file(path: str, size: int) -> RemoteFile:
    return RemoteFile(path=path, uri=f"s3://b/m/1/{path}", size=size, mark="")


def content(file: RemoteFile, start: int, end: int) -> bytes:
    return bytes(place % 251 for place in range(start, end))


def download(
    read: Callable[[RemoteFile, int, int], bytes],
    target: Path,
    *files: RemoteFile,
    num_slots: int = 8,
    is_wanted: Callable[[], bool] = lambda: True,
) -> None:
    slots = threading.BoundedSemaphore(num_slots)
    Download(read, files, target, slots=slots, is_wanted=is_wanted).run()


@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 20, 1234])
def test_download_puts_the_pieces_together(tmp_path: Path, size: int) -> None:
    file = a_file("variables/v", size)
    download(content, tmp_path, file, a_file("saved_model.pb", 3))
    assert (tmp_path / "variables/v").read_bytes() == content(file, 0, size)
    assert (tmp_path / "saved_model.pb").read_bytes() == b"\0\1\2"


def test_download_reads_no_more_at_once_than_there_are_slots(tmp_path: Path) -> None:
    num_reading, most, lock = 0, 0, threading.Lock()

    def read(file: RemoteFile, start: int, end: int) -> bytes:
        nonlocal num_reading, most
        with lock:
            num_reading += 1
            most = max(most, num_reading)
        threading.Event().wait(0.001)  # Lets the others come in, if they may.
        with lock:
            num_reading -= 1
        assert end - start <= 10
        return content(file, start, end)

    download(read, tmp_path, a_file("v", 300), num_slots=2)
    assert most <= 2


def test_download_ends_with_the_first_error(tmp_path: Path) -> None:
    def read(file: RemoteFile, start: int, end: int) -> bytes:
        if file.path == "gone":
            raise NotFoundError("gone")
        return content(file, start, end)

    with pytest.raises(NotFoundError, match="gone"):
        download(read, tmp_path, a_file("v", 100), a_file("gone", 1))


def test_file_that_became_shorter_has_changed(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="s3://b/m/1/v changed while it was downloaded") as caught:
        download(lambda *_: b"x", tmp_path, a_file("v", 5))
    assert caught.value.hint == "It is tried again. Write saved_model.pb last."


def test_download_that_is_not_wanted_any_more_ends_at_once(tmp_path: Path) -> None:
    is_reading, may_read = threading.Event(), threading.Event()

    def read(file: RemoteFile, start: int, end: int) -> bytes:
        is_reading.set()
        assert may_read.wait(WAIT_SECONDS)
        return content(file, start, end)

    with pytest.raises(CancelledError):
        download(read, tmp_path, a_file("v", 100), is_wanted=lambda: not is_reading.is_set())
    may_read.set()


def test_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, content: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "open", lambda *_: Full())
    with pytest.raises(ResourceExhaustedError, match=f"No space left to write {tmp_path}/v"):
        download(content, tmp_path, a_file("v", 5))
