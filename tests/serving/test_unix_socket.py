"""Files of UNIX sockets: whose they are, and what may be done to them."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tfsctl.errors import ServerStartError
from tfsctl.serving.unix_socket import check_can_listen_unix, file_identity, listen_unix, remove_socket


@pytest.fixture
def path() -> Iterator[Path]:
    """A short one: these paths end after 107 bytes."""
    with tempfile.TemporaryDirectory() as directory:
        yield Path(directory, "s")


def why(path: Path) -> str:
    with pytest.raises(ServerStartError, match=str(path)) as caught:
        check_can_listen_unix(path)
    with pytest.raises(ServerStartError):
        listen_unix(path)
    return caught.value.message


def leave_behind(path: Path) -> None:
    """What a server leaves that was killed."""
    listen_unix(path).close()
    assert path.is_socket()


def test_listening_makes_a_socket_that_takes_connections(path: Path) -> None:
    with listen_unix(path) as listener, socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        listener.setblocking(True)
        listener.accept()[0].close()


def test_socket_of_a_dead_server_is_replaced(path: Path) -> None:
    leave_behind(path)
    before = file_identity(path)
    check_can_listen_unix(path)
    assert file_identity(path) == before  # Checking changes nothing.
    with listen_unix(path), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))


def test_socket_of_a_living_server_is_left_alone(path: Path) -> None:
    with listen_unix(path), socket.socket(socket.AF_UNIX) as client:
        assert "another process listens there" in why(path)
        client.connect(str(path))


def test_socket_with_a_full_backlog_counts_as_living(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as first:
        busy.bind(str(path))
        busy.listen(0)
        first.setblocking(False)
        first.connect(str(path))
        assert "another process listens there" in why(path)


@pytest.mark.parametrize("kind", ["file", "directory"])
def test_anything_else_there_is_left_alone(path: Path, kind: str) -> None:
    path.write_text("precious") if kind == "file" else path.mkdir()
    assert "no socket is there" in why(path)
    assert path.is_dir() or path.read_text() == "precious"


def test_link_to_a_socket_is_left_alone(path: Path) -> None:
    leave_behind(path)
    link = path.with_name("link")
    link.symlink_to(path)
    assert "no socket is there" in why(link)


def test_directory_that_is_missing_is_named(path: Path) -> None:
    assert f"{path} is not a directory" in why(path / "s")


def test_path_that_is_too_long_is_refused_before_the_system_cuts_it(path: Path) -> None:
    assert "longer than" in why(path.with_name("s" * 120))


@pytest.mark.usefixtures("nobody")
def test_directory_where_nothing_may_be_made_is_named() -> None:
    assert "no file may be made in /proc" in why(Path("/proc/s"))


def test_only_the_servers_own_socket_is_removed(path: Path) -> None:
    leave_behind(path)
    identity = file_identity(path)
    listen_unix(path).close()
    # The system may give the new file the old number; then it is the same to us.
    if file_identity(path) != identity:
        remove_socket(path, identity)
        assert path.is_socket()
    remove_socket(path, file_identity(path))
    assert not path.exists()
    remove_socket(path, None)
