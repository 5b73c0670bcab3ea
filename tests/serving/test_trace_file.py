"""Traces in files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfsctl.errors import InternalError, InvalidArgumentError
from tfsctl.serving.profiler.trace_file import check_place, save_trace


def test_trace_lies_where_tensorboard_looks(tmp_path: Path) -> None:
    root = tmp_path / "plugins/profile"

    path = save_trace(b"trace", str(root), "2024_05_06", "host:8500")

    assert path == root / "2024_05_06/host_8500.xplane.pb"
    assert path.read_bytes() == b"trace"
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(path.parent.iterdir()) == [path]


def test_later_trace_takes_the_place_of_a_former_one(tmp_path: Path) -> None:
    for content in (b"former", b"later"):
        path = save_trace(content, str(tmp_path), "session", "host")

    assert path.read_bytes() == b"later"


def test_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "session").mkdir()
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / "session/host.xplane.pb").symlink_to(tmp_path / "precious")

    path = save_trace(b"trace", str(tmp_path), "session", "host")

    assert not path.is_symlink()
    assert (tmp_path / "precious").read_bytes() == b"precious"


def test_trace_that_cannot_be_written_is_an_internal_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(InternalError, match="Not a directory"):
        save_trace(b"trace", str(tmp_path / "file"), "session", "host")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("root", "session", "host"),
    [
        ("gs://bucket/logs", "session", "host"),
        ("/tmp", "../elsewhere", "host"),
        ("/tmp", "..", "host"),
        ("/tmp", "session", "a/../../b"),
        ("/tmp", "session", "a\0b"),
    ],
)
def test_place_elsewhere_is_refused(root: str, session: str, host: str) -> None:
    with pytest.raises(InvalidArgumentError):
        check_place(root, session, host)
    check_place("/tmp/logs/plugins/profile", "2024_05_06_07_08_09", "10.0.0.1:8500")
