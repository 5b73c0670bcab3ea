"""A log's file on disks that fill up, beside other writers, and after crashes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tfsctl.errors import Code
from tfsctl.serving.request_log.file import RequestLogFile
from tfsctl.tf_record import encode_record, read_records

ONE, TWO = encode_record(b"one"), encode_record(b"two")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log"


def test_records_are_added_to_what_is_there(path: Path) -> None:
    for _ in range(2):
        file = RequestLogFile(path)
        assert file.write(ONE) is Code.OK
        assert file.write(TWO) is Code.OK
        file.close()
    assert list(read_records(path)) == [b"one", b"two"] * 2


def test_closed_file_is_opened_by_the_next_write(path: Path) -> None:
    file = RequestLogFile(path)
    for _ in range(2):
        assert file.write(ONE) is Code.OK
        file.close()
    assert list(read_records(path)) == [b"one", b"one"]


@pytest.mark.parametrize("torn", [ONE[:1], ONE[:12], ONE[:-1], encode_record(b"x" * 10_000)[:5000]])
def test_record_cut_off_by_a_crash_is_removed(path: Path, torn: bytes) -> None:
    path.write_bytes(ONE + torn)
    file = RequestLogFile(path)
    file.write(TWO)
    file.close()
    assert list(read_records(path)) == [b"one", b"two"]


@pytest.mark.parametrize("content", [b"my thesis, the only copy", b"{}", ONE + b"\0" * 40])
def test_file_that_holds_something_else_is_left_alone(
    path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_bytes(content)
    file = RequestLogFile(path)
    file.write(ONE)
    file.close()
    assert path.read_bytes() == content
    assert list(read_records(path.with_name("log.1"))) == [b"one"]
    assert [record.getMessage().rpartition(" ")[2] for record in caplog.records] == [str(path.with_name("log.1"))]


def test_two_writers_have_two_files(path: Path) -> None:
    first, second = RequestLogFile(path), RequestLogFile(path)
    for file, record in ((first, ONE), (second, TWO), (first, ONE)):
        assert file.write(record) is Code.OK
    first.close()
    second.close()
    assert list(read_records(path)) == [b"one", b"one"]
    assert list(read_records(path.with_name("log.1"))) == [b"two"]


def test_renamed_file_is_followed_by_a_new_one(path: Path) -> None:
    file = RequestLogFile(path)
    file.write(ONE)
    path.rename(path.with_name("old"))
    file.write(TWO)
    path.unlink()
    file.write(ONE)
    file.close()
    assert list(read_records(path.with_name("old"))) == [b"one"]
    assert list(read_records(path)) == [b"one"]


def test_full_disk_stops_it_once_and_space_lets_it_go_on(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.symlink_to("/dev/full")
    file = RequestLogFile(path, retry_seconds=0.0)
    assert [file.write(ONE), file.write(ONE)] == [Code.RESOURCE_EXHAUSTED] * 2
    path.unlink()
    assert [file.write(TWO), file.write(TWO)] == [Code.OK] * 2
    file.close()
    assert list(read_records(path)) == [b"two", b"two"]
    stops, goes_on = (record.getMessage() for record in caplog.records)
    assert stops.startswith(f"The request log {path} stops: No space left on device. Requests are answered as before;")
    assert goes_on == f"The request log {path} goes on"


def test_stopped_log_says_so_until_it_is_tried_again(path: Path) -> None:
    path.symlink_to("/dev/full")
    patient, hasty = RequestLogFile(path), RequestLogFile(path, retry_seconds=0.0)
    for file in (patient, hasty):
        assert file.problem() is Code.OK
        file.write(ONE)
        file.close()
    assert (patient.problem(), hasty.problem()) == (Code.RESOURCE_EXHAUSTED, Code.OK)


def test_log_may_start_on_a_full_disk_but_not_in_no_directory(tmp_path: Path) -> None:
    full = RequestLogFile(Path("/dev/full"))
    full.open()
    full.close()
    with pytest.raises(FileNotFoundError):
        RequestLogFile(tmp_path / "none/log").open()


LIMITED = """
import resource, sys
from pathlib import Path
from tfsctl.serving.request_log.file import RequestLogFile
from tfsctl.tf_record import encode_record
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.RLIM_INFINITY))
file = RequestLogFile(Path(sys.argv[1]), retry_seconds=0.0)
codes = [file.write(encode_record(b"x" * 3000)) for _ in range(5)]
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
codes.append(file.write(encode_record(b"y" * 3000)))
print(*[code.name for code in codes])
"""


def test_write_that_fits_only_in_part_leaves_nothing_behind(path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["OK"] * 3 + ["RESOURCE_EXHAUSTED"] * 2 + ["OK"]
    assert [record[:1] for record in read_records(path)] == [b"x"] * 3 + [b"y"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a file system")
def test_really_full_file_system_leaves_the_file_readable(tmp_path: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        file = RequestLogFile(tmp_path / "log", retry_seconds=0.0)
        codes = [file.write(encode_record(b"x" * 5000)) for _ in range(20)]
        file.close()
        num_ok = codes.count(Code.OK)
        assert 0 < num_ok < 20
        assert len(list(read_records(tmp_path / "log"))) == num_ok
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
