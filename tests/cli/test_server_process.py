from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest

from tfsctl.cli._serve.server_process import server_process
from tfsctl.errors import ServerStartError


def test_server_process_answers_inside_the_block_and_is_gone_after_it(zoo: Path, tmp_path: Path) -> None:
    shutil.copytree(zoo / "half_plus_two", tmp_path / "models" / "half_plus_two")
    with server_process(tmp_path / "models", log=tmp_path / "log") as server:
        host, _, port = server.rest.rpartition(":")
        socket.create_connection((host, int(port)), timeout=10).close()
    assert server.process.returncode == 0
    assert "Loaded half_plus_two/1" in (tmp_path / "log").read_text()


def test_server_process_that_cannot_start_says_what_the_server_said(tmp_path: Path) -> None:
    with (
        pytest.raises(ServerStartError, match="No such file") as caught,
        server_process(tmp_path / "missing", log=tmp_path / "log"),
    ):
        pass
    assert "tfsctl export" in (caught.value.hint or "")
