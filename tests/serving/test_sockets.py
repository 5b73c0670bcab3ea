"""Servers on UNIX sockets: beside ports, or instead of them."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from serving.certificates import authority, write_ssl_config
from serving.grpc_calls import connected, floats
from serving.http_calls import RawConnection, get, post
from serving.model_directory import serve
from tfsctl.errors import FailedPreconditionError, ServerStartError, UsageError
from tfsctl.serving import ServerConfig
from tfsctl.serving.unix_socket import listen_unix

ONE = {"x": floats(1.0)}
REQUEST = post("/v1/models/half_plus_two:predict", b'{"instances": [1.0]}')


def at(setting: str, path: Path) -> dict[str, Any]:
    return {setting: path}


@pytest.fixture
def directory() -> Iterator[Path]:
    """A short path: those of sockets end after 107 bytes."""
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


def grpc_works(address: str) -> bool:
    with connected(address) as calls:
        return bool(calls.predict("half_plus_two", ONE)["y"] == 2.5)


def rest_works(at: int | Path) -> bool:
    with RawConnection(at) as connection:
        return b"2.5" in connection.ask(REQUEST).body


def test_both_apis_answer_on_sockets_and_ports(zoo: Path, directory: Path) -> None:
    paths: dict[str, Any] = {"grpc_socket_path": directory / "g", "rest_api_socket_path": directory / "r"}
    with serve(zoo / "half_plus_two", **paths) as server:
        assert grpc_works(f"unix:{directory}/g")
        assert grpc_works(server.grpc_address)
        assert rest_works(directory / "r")
        assert rest_works(server.rest_port or 0)
    assert list(directory.iterdir()) == []
    assert server.is_drained


def test_sockets_alone_have_addresses_of_their_own(zoo: Path, directory: Path) -> None:
    paths: dict[str, Any] = {"grpc_socket_path": directory / "g", "rest_api_socket_path": directory / "r"}
    with serve(zoo / "half_plus_two", port=None, rest_api_port=None, **paths) as server:
        assert (server.grpc_port, server.rest_port) == (None, None)
        assert (server.grpc_address, server.rest_address) == (f"unix:{directory}/g", f"unix:{directory}/r")
        assert grpc_works(server.grpc_address)
        assert rest_works(directory / "r")


def test_one_socket_alone_is_enough_to_be_reached(zoo: Path, directory: Path) -> None:
    with serve(zoo / "half_plus_two", port=None, rest_api_port=None, grpc_socket_path=directory / "g") as server:
        assert grpc_works(server.grpc_address)
        with pytest.raises(FailedPreconditionError):
            server.rest_address  # noqa: B018 (asking is what is tested)
    with pytest.raises(UsageError):
        ServerConfig(port=None, rest_api_port=None)


def test_ready_lines_name_the_sockets(zoo: Path, directory: Path, caplog: pytest.LogCaptureFixture) -> None:
    paths: dict[str, Any] = {"grpc_socket_path": directory / "g", "rest_api_socket_path": directory / "r"}
    with caplog.at_level("INFO", logger="tfsctl.serving"), serve(zoo / "half_plus_two", **paths) as server:
        lines = [record.getMessage() for record in caplog.records if " ..." in record.getMessage()]
    assert lines == [
        f"Running gRPC ModelServer at 127.0.0.1:{server.grpc_port} ...",
        f"Running gRPC ModelServer at UNIX socket {directory}/g ...",
        f"Exporting HTTP/REST API at:127.0.0.1:{server.rest_port} ...",
        f"Exporting HTTP/REST API at:UNIX socket {directory}/r ...",
    ]


@pytest.mark.parametrize("name", ["a b", "50%25", "a#b", "ü"])
def test_path_may_hold_what_urls_write_otherwise(zoo: Path, directory: Path, name: str) -> None:
    with serve(zoo / "half_plus_two", port=None, grpc_socket_path=directory / name) as server:
        assert server.grpc_address == f"unix:{directory / name}"
        assert grpc_works(f"unix:{quote(str(directory / name))}")
    assert not (directory / name).exists()


@pytest.mark.parametrize("setting", ["grpc_socket_path", "rest_api_socket_path"])
def test_socket_of_a_dead_server_is_replaced(zoo: Path, directory: Path, setting: str) -> None:
    listen_unix(directory / "s").close()
    with serve(zoo / "half_plus_two", port=None, rest_api_port=None, **at(setting, directory / "s")):
        assert grpc_works(f"unix:{directory}/s") if setting == "grpc_socket_path" else rest_works(directory / "s")


@pytest.mark.parametrize("setting", ["grpc_socket_path", "rest_api_socket_path"])
def test_socket_of_a_living_server_is_refused_and_left_alone(zoo: Path, directory: Path, setting: str) -> None:
    with serve(zoo / "half_plus_two", **at(setting, directory / "s")):
        other = serve(zoo / "half_plus_two", **at(setting, directory / "s"))
        with pytest.raises(ServerStartError, match="another process listens there"):
            other.start()
        assert grpc_works(f"unix:{directory}/s") if setting == "grpc_socket_path" else rest_works(directory / "s")


@pytest.mark.parametrize("setting", ["grpc_socket_path", "rest_api_socket_path"])
def test_file_in_the_way_is_refused_and_left_alone(zoo: Path, directory: Path, setting: str) -> None:
    (directory / "s").write_text("precious")
    with pytest.raises(ServerStartError, match="no socket is there"):
        serve(zoo / "half_plus_two", **at(setting, directory / "s")).start()
    assert (directory / "s").read_text() == "precious"


def test_rest_over_tls_speaks_it_on_its_socket_too(zoo: Path, directory: Path) -> None:
    settings: dict[str, Any] = {"ssl_config_file": write_ssl_config(directory), "rest_api_socket_path": directory / "r"}
    with (
        serve(zoo / "half_plus_two", rest_ssl=True, **settings),
        RawConnection(directory / "r", ssl_context=authority().client_context()) as connection,
    ):
        assert connection.ask(get("/readyz")).status == 200


def test_curl_asks_a_socket(zoo: Path, directory: Path) -> None:
    with serve(zoo / "half_plus_two", port=None, rest_api_port=None, rest_api_socket_path=directory / "r"):
        command = ["curl", "-sS", "--unix-socket", str(directory / "r"), "http://localhost/readyz"]
        answer = subprocess.run(command, capture_output=True, check=True, timeout=30)
    assert answer.stdout


def test_rest_that_is_optional_and_cannot_be_served_leaves_grpc(
    zoo: Path, directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (directory / "r").mkdir()
    with serve(zoo / "half_plus_two", rest_api_socket_path=directory / "r", rest_api_is_optional=True) as server:
        assert grpc_works(server.grpc_address)
        assert server.rest_port is None
    assert any("Failed to start HTTP Server" in record.getMessage() for record in caplog.records)
