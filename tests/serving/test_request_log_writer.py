"""The queue before a log's file: bounded, never waiting, and every record accounted for."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tfsctl.errors import Code
from tfsctl.serving.request_log.writer import RequestLogWriter
from tfsctl.tf_record import read_records


class Held:
    """A record whose encoding waits until it may go on, and so holds up the writing thread."""

    def __init__(self) -> None:
        self.is_reached = threading.Event()
        self.may_go_on = threading.Event()

    def encode(self) -> bytes:
        self.is_reached.set()
        assert self.may_go_on.wait(20)
        return b"held"


@pytest.fixture
def held() -> Iterator[Held]:
    held = Held()
    yield held
    held.may_go_on.set()


def ignore(_: Code) -> None:
    pass


def data(value: bytes) -> Callable[[], bytes]:
    return lambda: value


def test_what_is_put_is_written_and_counted(tmp_path: Path) -> None:
    writer, codes = RequestLogWriter(), Counter[Code]()
    file = writer.file(tmp_path / "log")
    for number in range(1000):
        writer.put(file, 10, encode=data(b"%d" % number), count=lambda code: codes.update([code]))
    writer.close()
    assert list(read_records(tmp_path / "log")) == [b"%d" % number for number in range(1000)]
    assert codes == {Code.OK: 1000}


def test_full_queue_drops_and_counts(tmp_path: Path, held: Held) -> None:
    writer, codes = RequestLogWriter(max_records=3), Counter[Code]()
    file = writer.file(tmp_path / "log")
    writer.put(file, 1, encode=held.encode, count=ignore)
    assert held.is_reached.wait(20)
    for number in range(5):
        writer.put(file, 1, encode=data(b"%d" % number), count=lambda code: codes.update([code]))
    assert codes == {Code.RESOURCE_EXHAUSTED: 2}
    held.may_go_on.set()
    writer.close()
    assert list(read_records(tmp_path / "log")) == [b"held", b"0", b"1", b"2"]


def test_queue_is_bounded_in_bytes_but_takes_one_large_record(tmp_path: Path, held: Held) -> None:
    writer, codes = RequestLogWriter(max_bytes=100), Counter[Code]()
    file = writer.file(tmp_path / "log")
    writer.put(file, 1, encode=held.encode, count=ignore)
    assert held.is_reached.wait(20)
    for name, num_bytes in ((b"large", 1000), (b"small", 1)):
        writer.put(file, num_bytes, encode=data(name), count=lambda code: codes.update([code]))
    assert codes == {Code.RESOURCE_EXHAUSTED: 1}
    held.may_go_on.set()
    writer.close()
    assert list(read_records(tmp_path / "log")) == [b"held", b"large"]


def test_record_that_cannot_be_made_costs_only_itself(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    writer, codes = RequestLogWriter(), Counter[Code]()
    file = writer.file(tmp_path / "log")
    for encode in (data(b"a"), lambda: bytes(1 // 0), data(b"b")):
        writer.put(file, 1, encode=encode, count=lambda code: codes.update([code]))
    writer.close()
    assert list(read_records(tmp_path / "log")) == [b"a", b"b"]
    assert codes == {Code.OK: 2, Code.INTERNAL: 1}
    assert [record.getMessage() for record in caplog.records] == [f"A request could not be logged to {tmp_path}/log"]


def test_stopped_log_takes_nothing_until_it_is_tried_again(tmp_path: Path) -> None:
    writer, codes = RequestLogWriter(), Counter[Code]()
    full, good = writer.file(Path("/dev/full")), writer.file(tmp_path / "log")
    is_counted = threading.Event()
    writer.put(full, 1, encode=data(b"x"), count=lambda _: is_counted.set())
    assert is_counted.wait(20)
    writer.put(full, 1, encode=data(b"x"), count=lambda code: codes.update([code]))
    assert codes == {Code.RESOURCE_EXHAUSTED: 1}
    writer.put(good, 1, encode=data(b"y"), count=ignore)
    writer.close()
    assert list(read_records(tmp_path / "log")) == [b"y"]


def test_many_threads_lose_nothing(tmp_path: Path) -> None:
    writer, files = RequestLogWriter(), [tmp_path / "a", tmp_path / "b"]

    def put(path: Path) -> None:
        for _ in range(500):
            writer.put(writer.file(path), 1, encode=data(b"x" * 100), count=ignore)

    threads = [threading.Thread(target=put, args=(path,)) for path in files * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    assert [len(list(read_records(path))) for path in files] == [1000, 1000]


def test_close_may_be_called_again_and_without_records() -> None:
    writer = RequestLogWriter()
    writer.close()
    writer.close()
