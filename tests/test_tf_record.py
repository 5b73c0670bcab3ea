"""TFRecord files: against TensorFlow's own reader and writer, and broken in every way a file breaks."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import google_crc32c
import pytest

from tfsctl.errors import DataLossError
from tfsctl.tf_record import TfRecordWriter, encode_record, read_records

RECORDS = [b"", b"a", b"\x00" * 12, bytes(range(256)) * 300]

# Reads the first file and prints each record as hex, then writes those records to the second.
TENSORFLOW = """
import sys
import tensorflow as tf

records = [record.numpy() for record in tf.data.TFRecordDataset(sys.argv[1])]
print("\\n".join(record.hex() for record in records))
with tf.io.TFRecordWriter(sys.argv[2]) as writer:
    for record in records:
        writer.write(record)
"""


def write(path: Path, records: list[bytes]) -> Path:
    with TfRecordWriter(path) as writer:
        for record in records:
            writer.write(record)
    return path


def test_files_are_those_of_tensorflow(tmp_path: Path) -> None:
    ours, theirs = write(tmp_path / "ours", RECORDS), tmp_path / "theirs"
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    run = subprocess.run(
        [sys.executable, "-c", TENSORFLOW, str(ours), str(theirs)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    assert [bytes.fromhex(line) for line in run.stdout.split("\n")[: len(RECORDS)]] == RECORDS
    assert theirs.read_bytes() == ours.read_bytes()
    assert list(read_records(theirs)) == RECORDS


def test_an_empty_file_has_no_records(tmp_path: Path) -> None:
    assert list(read_records(write(tmp_path / "empty", []))) == []


@pytest.mark.parametrize("num_bytes", range(1, len(encode_record(b"second"))))
def test_a_truncated_record_is_data_loss_after_the_whole_ones(tmp_path: Path, num_bytes: int) -> None:
    path = tmp_path / "cut"
    path.write_bytes(encode_record(b"first") + encode_record(b"second")[:num_bytes])
    records = read_records(path)
    assert next(records) == b"first"
    with pytest.raises(DataLossError, match=r"truncated record at 21 in .*cut"):
        next(records)


@pytest.mark.parametrize("bit", range(8 * len(encode_record(b"data"))))
def test_a_flipped_bit_is_noticed(tmp_path: Path, bit: int) -> None:
    content = bytearray(encode_record(b"data"))
    content[bit // 8] ^= 1 << bit % 8
    (path := tmp_path / "flipped").write_bytes(content)
    with pytest.raises(DataLossError, match=r"corrupted record at 0 \(Is this even a TFRecord file\?\) in .*flipped"):
        list(read_records(path))


def test_a_text_file_is_data_loss(tmp_path: Path) -> None:
    (path := tmp_path / "text").write_text("Hello, this is no TFRecord file.")
    with pytest.raises(DataLossError, match="corrupted record at 0"):
        list(read_records(path))


@pytest.mark.parametrize("length", [1 << 32, 1 << 62, (1 << 64) - 1])
def test_a_huge_length_does_not_allocate(tmp_path: Path, length: int) -> None:
    packed = struct.pack("<Q", length)
    crc = google_crc32c.value(packed)
    masked = (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF
    (path := tmp_path / "huge").write_bytes(packed + struct.pack("<I", masked) + b"few")
    with pytest.raises(DataLossError, match="truncated record at 0"):
        list(read_records(path))


def test_a_record_larger_than_one_read_is_whole(tmp_path: Path) -> None:
    record = os.urandom(1 << 20) * 20
    assert list(read_records(write(tmp_path / "large", [record, b"next"]))) == [record, b"next"]


def test_append_goes_on_after_what_is_there(tmp_path: Path) -> None:
    path = write(tmp_path / "log", [b"first"])
    with TfRecordWriter(path, append=True) as writer:
        writer.write(b"second")
        writer.flush()
        assert list(read_records(path)) == [b"first", b"second"]


def test_append_makes_a_missing_file(tmp_path: Path) -> None:
    with TfRecordWriter(tmp_path / "new", append=True) as writer:
        writer.write(b"first")
    assert list(read_records(tmp_path / "new")) == [b"first"]


@pytest.mark.parametrize("num_bytes", range(1, len(encode_record(b"second"))))
def test_append_cuts_off_a_truncated_record(tmp_path: Path, num_bytes: int) -> None:
    path = tmp_path / "log"
    path.write_bytes(encode_record(b"first") + encode_record(b"second")[:num_bytes])
    with TfRecordWriter(path, append=True) as writer:
        writer.write(b"third")
    assert list(read_records(path)) == [b"first", b"third"]


@pytest.mark.parametrize("content", [b"short", b"something else entirely"])
def test_append_leaves_a_file_of_another_kind_alone(tmp_path: Path, content: bytes) -> None:
    (path := tmp_path / "notes").write_bytes(content)
    with pytest.raises(DataLossError):
        TfRecordWriter(path, append=True)
    assert path.read_bytes() == content


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        next(read_records(tmp_path / "missing"))
