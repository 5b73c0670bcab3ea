"""Clients over UNIX sockets, of a real server."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.model_directory import QUICK
from tfsctl.bench import BenchPlan, run
from tfsctl.client import ServerAddress, connect, parse_server
from tfsctl.errors import UnavailableError, UsageError
from tfsctl.serving import ModelConfig, Server, ServerConfig


@pytest.fixture(scope="module")
def sockets(zoo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The directory of a server's sockets, `grpc` and `rest`."""
    home = tmp_path_factory.mktemp("s")
    model = ModelConfig(name="half_plus_two", base_path=zoo / "half_plus_two")
    config = ServerConfig(
        **{**QUICK, "port": None, "rest_api_port": None},
        models=(model,),
        grpc_socket_path=home / "grpc",
        rest_api_socket_path=home / "rest",
    )
    with Server(config):
        yield home


@pytest.mark.parametrize("protocol", ["rest", "grpc"])
def test_a_socket_is_found_out_and_asked(sockets: Path, protocol: str) -> None:
    with connect(f"unix:{sockets / protocol}") as client:
        assert (client.address.protocol, client.address.port) == (protocol, None)
        assert client.predict("half_plus_two", [1.0]).outputs["y"].tolist() == [2.5]
        assert [model.name for model in client.models()] == ["half_plus_two"]


@pytest.mark.parametrize("protocol", ["rest", "grpc"])
def test_the_connection_for_load_goes_over_the_socket(sockets: Path, protocol: str) -> None:
    with connect(f"unix:{sockets / protocol}") as client:
        connection, request = client.connection("half_plus_two"), client.encode_predict("half_plus_two", [1.0])
        connection.open()
        for _ in range(3):
            reply = connection.send(request, timeout_seconds=10)
            assert client.decode_predict("half_plus_two", reply).outputs["y"].tolist() == [2.5]
        connection.close()


def test_a_url_says_that_it_is_rest(sockets: Path) -> None:
    url = f"http+unix://{str(sockets / 'rest').replace('/', '%2F')}"
    with connect(url) as client:
        assert client.address.url == url
        assert client.status("half_plus_two")[0].is_available


def test_the_line_for_curl_works(sockets: Path) -> None:
    with connect(f"unix:{sockets / 'rest'}") as client:
        line = client.request_line("half_plus_two", b'{"instances": [1.0]}')
    answer = subprocess.run([*shlex.split(line), "-s"], capture_output=True, check=True, timeout=30)
    assert b"2.5" in answer.stdout


def test_the_line_for_grpcurl_names_the_socket(sockets: Path) -> None:
    with connect(f"unix:{sockets / 'grpc'}") as client:
        words = shlex.split(client.request_line("half_plus_two", b'{"instances": [1.0]}'))
    assert words[:3] == ["grpcurl", "-unix", "-plaintext"]
    assert words[-2] == str(sockets / "grpc")


@pytest.mark.parametrize("protocol", ["rest", "grpc"])
def test_a_socket_where_nobody_listens_is_unavailable(protocol: str, tmp_path: Path) -> None:
    with (
        connect(f"unix:{tmp_path / 'none'}", protocol="rest" if protocol == "rest" else "grpc") as client,
        pytest.raises(UnavailableError, match="No such file or directory"),
    ):
        client.status("m")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("unix:/run/tf.sock", ServerAddress("localhost", socket="/run/tf.sock")),
        ("unix:///run/tf.sock", ServerAddress("localhost", socket="/run/tf.sock")),
        ("unix:tf.sock", ServerAddress("localhost", socket="tf.sock")),
        ("http+unix://%2Frun%2Ftf.sock", ServerAddress("localhost", protocol="rest", socket="/run/tf.sock")),
    ],
)
def test_sockets_are_addresses(text: str, address: ServerAddress) -> None:
    assert parse_server(text) == address
    assert address.is_loopback
    assert str(address) == f"unix:{address.socket}"


@pytest.mark.parametrize("text", ["unix:", "http+unix://"])
def test_a_socket_without_a_path_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="names no socket"):
        parse_server(text)


@pytest.mark.parametrize("protocol", ["rest", "grpc"])
def test_load_goes_over_the_socket(sockets: Path, protocol: str) -> None:
    report = run(BenchPlan(model="half_plus_two", server=f"unix:{sockets / protocol}", num_tests=20, concurrency=3))
    assert (report.num_tests, report.num_failed_calls, report.protocol) == (20, 0, protocol)
