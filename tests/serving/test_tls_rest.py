"""REST over TLS, as a whole server does it and as usual clients ask."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
import requests

from serving.certificates import authority, ssl_config_text, write_identity, write_ssl_config
from serving.grpc_calls import connected, floats
from serving.model_directory import serve
from tfsctl.errors import InvalidArgumentError, UsageError
from tfsctl.serving import Server, ServerConfig

TARGET = "/v1/models/half_plus_two:predict"
BODY = b'{"instances": [1.0, 2.0, 5.0]}'
EXPECTED = {"predictions": [2.5, 3.0, 4.5]}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds the authority's certificate and the client's files."""
    path = tmp_path_factory.mktemp("tls")
    (path / "ca.pem").write_text(authority().certificate)
    write_identity(path, authority().client)
    return path


@pytest.fixture(scope="module")
def server(zoo: Path, directory: Path) -> Iterator[Server]:
    config = write_ssl_config(directory)
    with serve(zoo / "half_plus_two", ssl_config_file=config, rest_ssl=True, port=None) as running:
        yield running


@pytest.fixture(scope="module")
def mutual(zoo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that only knows clients of its authority."""
    config = write_ssl_config(tmp_path_factory.mktemp("mutual"), client_verify=True)
    with serve(zoo / "half_plus_two", ssl_config_file=config, rest_ssl=True, port=None) as running:
        yield running


def test_requests_predicts_over_https_and_keeps_the_connection(server: Server, directory: Path) -> None:
    url = f"https://{server.rest_address}{TARGET}"
    with requests.Session() as session:
        for _ in range(5):
            answer = session.post(url, data=BODY, timeout=30, verify=str(directory / "ca.pem"))
            assert (answer.status_code, answer.json()) == (200, EXPECTED)


def test_urllib_and_http_client_predict_over_https(server: Server) -> None:
    context = authority().client_context()
    with urllib.request.urlopen(f"https://{server.rest_address}{TARGET}", BODY, timeout=30, context=context) as answer:
        assert answer.status == 200
    connection = http.client.HTTPSConnection(server.rest_address, timeout=30, context=context)
    connection.request("POST", TARGET, iter([BODY[:7], BODY[7:]]), encode_chunked=True)
    assert connection.getresponse().status == 200
    connection.close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
@pytest.mark.parametrize("expect", ["", "Expect: 100-continue"])
def test_curl_predicts_over_https(server: Server, directory: Path, expect: str) -> None:
    url = f"https://{server.rest_address}{TARGET}"
    command = ["curl", "-sS", "--cacert", str(directory / "ca.pem"), "-H", expect, "-d", BODY.decode(), url]
    answer = subprocess.run(command, capture_output=True, check=True, timeout=30)
    assert json.loads(answer.stdout) == EXPECTED


def test_client_that_does_not_know_the_authority_refuses_the_server(server: Server) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.post(f"https://{server.rest_address}{TARGET}", data=BODY, timeout=30)


def test_client_in_the_clear_is_answered_with_a_page(server: Server) -> None:
    answer = requests.get(f"http://{server.rest_address}/v1/models", timeout=30)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "text/html")


def test_client_with_a_certificate_is_let_in(mutual: Server, directory: Path) -> None:
    answer = requests.post(
        f"https://{mutual.rest_address}{TARGET}",
        data=BODY,
        timeout=30,
        verify=str(directory / "ca.pem"),
        cert=(str(directory / "client.pem"), str(directory / "client-key.pem")),
    )
    assert answer.json() == EXPECTED


def test_client_without_a_certificate_is_not_let_in(mutual: Server, directory: Path) -> None:
    url = f"https://{mutual.rest_address}/v1/models"
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(url, timeout=30, verify=str(directory / "ca.pem"))


def test_file_without_rest_ssl_leaves_rest_in_the_clear(zoo: Path, tmp_path: Path) -> None:
    with serve(zoo / "half_plus_two", ssl_config_file=write_ssl_config(tmp_path)) as server:
        answer = requests.post(f"http://{server.rest_address}{TARGET}", data=BODY, timeout=30)
        assert answer.json() == EXPECTED


def test_rest_ssl_without_a_file_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="ssl_config_file"):
        ServerConfig(rest_ssl=True)


def test_mistake_in_the_file_is_found_before_models_are_loaded(
    zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ssl.config"
    path.write_text(ssl_config_text("/etc/key.pem", "/etc/cert.pem"))
    server = serve(zoo / "half_plus_two", ssl_config_file=path)
    loading: list[str] = []
    monkeypatch.setattr(server.core, "start_loading", lambda: loading.append("models"))
    with pytest.raises(InvalidArgumentError, match=f"{path}: server_key is not PEM text") as caught:
        server.start()
    assert caught.value.hint
    assert not loading


def test_rest_drains_over_tls(zoo: Path, tmp_path: Path, directory: Path) -> None:
    config = write_ssl_config(tmp_path)
    with requests.Session() as session:
        with serve(zoo / "half_plus_two", ssl_config_file=config, rest_ssl=True) as server:
            url = f"https://{server.rest_address}/readyz"
            assert session.get(url, timeout=30, verify=str(directory / "ca.pem")).status_code == 200
        # The session still holds its connection: the server has not waited for it.
        assert server.is_drained


def test_certificates_are_used_by_grpc_and_rest_at_once(zoo: Path, tmp_path: Path, directory: Path) -> None:
    config = write_ssl_config(tmp_path)
    credentials: Any = grpc.ssl_channel_credentials(authority().certificate.encode())
    with (
        serve(zoo / "half_plus_two", ssl_config_file=config, rest_ssl=True) as server,
        connected(server.grpc_address, credentials) as calls,
    ):
        assert calls.predict("half_plus_two", {"x": floats(1.0)})["y"].tolist() == [2.5]
        url = f"https://{server.rest_address}{TARGET}"
        assert requests.post(url, data=BODY, timeout=30, verify=str(directory / "ca.pem")).json() == EXPECTED


def test_server_says_which_protocol_it_speaks(server: Server) -> None:
    context = authority().client_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    raw = socket.create_connection(("127.0.0.1", server.rest_port or 0), timeout=30)
    with context.wrap_socket(raw, server_hostname="localhost") as connection:
        assert connection.selected_alpn_protocol() == "http/1.1"
