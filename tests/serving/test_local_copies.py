"""The directory for copies: made when needed, gone at the end, and what killed servers left is swept up."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tfsctl.errors import CancelledError, ResourceExhaustedError
from tfsctl.serving.remote.local_copies import LocalCopies


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_nothing_is_made_before_it_is_needed(temporary: Path) -> None:
    LocalCopies().close()
    assert list(temporary.iterdir()) == []


def test_copies_are_directories_of_their_own_and_all_are_gone_at_the_end(temporary: Path) -> None:
    copies = LocalCopies()
    one, other = (copies.new_directory("s3://b/m/1", num_bytes=1) for _ in range(2))
    (one / "saved_model.pb").touch()
    copies.remove(one)
    assert (one.exists(), other.exists()) == (False, True)
    copies.close()
    copies.close()
    assert list(temporary.iterdir()) == []


def test_copy_that_has_no_room_is_refused_before_a_byte_is_read(temporary: Path) -> None:
    copies = LocalCopies()
    with pytest.raises(
        ResourceExhaustedError, match=r"copy s3://b/m/1: it has \d+\.0 MB, and .* MB are free"
    ) as caught:
        copies.new_directory("s3://b/m/1", num_bytes=10**18)
    assert "TMPDIR" in str(caught.value.hint)
    copies.close()


def test_no_copy_is_made_after_the_end(temporary: Path) -> None:
    copies = LocalCopies()
    copies.close()
    with pytest.raises(CancelledError):
        copies.new_directory("s3://b/m/1", num_bytes=1)
    assert list(temporary.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Nothing is locked there")
def test_what_a_killed_server_left_is_removed_but_not_what_a_running_one_has(temporary: Path) -> None:
    script = (
        "import os, sys, tempfile; from tfsctl.serving.remote.local_copies import LocalCopies\n"
        "tempfile.tempdir = sys.argv[1]; copies = LocalCopies()\n"
        "print(copies.new_directory('x', num_bytes=1), flush=True); os._exit(9)"
    )
    command = [sys.executable, "-c", script, str(temporary)]
    killed = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    orphan = Path(killed.stdout.strip())
    assert orphan.is_dir(), killed.stderr

    running, new = LocalCopies(), LocalCopies()
    kept = running.new_directory("s3://b/m/1", num_bytes=1)
    new.new_directory("s3://b/m/2", num_bytes=1)
    assert (orphan.exists(), kept.exists()) == (False, True)
    running.close()
    new.close()
    assert list(temporary.iterdir()) == []
