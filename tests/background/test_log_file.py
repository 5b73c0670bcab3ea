from __future__ import annotations

from pathlib import Path

import pytest

from tfsctl.background import log_lines
from tfsctl.errors import NotFoundError


@pytest.mark.parametrize("text", ["a\nb\nc\n", "a\nb\nc", "a\r\nb\r\nc\r\n"])
@pytest.mark.parametrize(
    ("num_lines", "expected"), [(None, "abc"), (0, ""), (1, "c"), (2, "bc"), (3, "abc"), (9, "abc")]
)
def test_the_last_lines_are_read(text: str, num_lines: int | None, expected: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(text.encode())
    assert "".join(log_lines(log, num_lines=num_lines)) == expected


def test_the_last_lines_of_a_long_log_are_read(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("".join(f"line {number}\n" for number in range(50_000)))
    assert list(log_lines(log, num_lines=20_000)) == [f"line {number}" for number in range(30_000, 50_000)]


def test_what_comes_is_followed_to_the_last_line(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"old\nnew \xc3")
    more = [b"\xa9\n", b"next\nlast", b""]

    def is_alive() -> bool:
        piece = more.pop(0)
        with log.open("ab") as file:
            file.write(piece)
        return bool(more)

    assert list(log_lines(log, num_lines=1, is_alive=is_alive)) == ["new é", "next", "last"]


def test_a_log_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="log"):
        list(log_lines(tmp_path / "log"))
