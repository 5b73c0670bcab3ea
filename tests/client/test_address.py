"""What people write after `--server`."""

from __future__ import annotations

import pytest

from tfsctl.client import ServerAddress, parse_server
from tfsctl.errors import UsageError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (None, ServerAddress("127.0.0.1")),
        ("", ServerAddress("127.0.0.1")),
        ("gpu-box", ServerAddress("gpu-box")),
        ("gpu-box:9000", ServerAddress("gpu-box", 9000)),
        (":9000", ServerAddress("127.0.0.1", 9000)),
        ("::1", ServerAddress("::1")),
        ("[::1]:9000", ServerAddress("::1", 9000)),
        ("http://gpu-box", ServerAddress("gpu-box", 8501, "rest")),
        ("http://gpu-box:80/tf/", ServerAddress("gpu-box", 80, "rest", path="/tf")),
        ("https://models.example.com", ServerAddress("models.example.com", 443, "rest", secure=True)),
        ("grpc://gpu-box", ServerAddress("gpu-box", 8500, "grpc")),
        ("GRPCS://gpu-box:9000", ServerAddress("gpu-box", 9000, "grpc", secure=True)),
    ],
)
def test_parse_server_understands_every_form(text: str | None, address: ServerAddress) -> None:
    assert parse_server(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "gpu-box:port",
        "gpu-box:70000",
        "gpu-box:0",
        "gpu box",
        "gpu-box/path",
        "ftp://gpu-box",
        "http://gpu-box/v1/models/m:predict",
        "grpc://gpu-box/path",
        "http://user:secret@gpu-box",
        "http://gpu-box?x=1",
    ],
)
def test_parse_server_of_anything_else_is_a_usage_error_with_the_forms(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_server(text)
    assert "HOST:PORT" in (caught.value.hint or "")


def test_a_protocol_brings_its_default_port_and_keeps_a_given_one() -> None:
    assert parse_server("gpu-box").with_protocol("grpc").port == 8500
    assert parse_server("gpu-box").with_protocol("rest").port == 8501
    assert parse_server("gpu-box:9").with_protocol("rest").port == 9


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://gpu-box:80/tf", "http://gpu-box:80/tf"),
        ("https://gpu-box", "https://gpu-box:443"),
        ("http://[::1]:8501", "http://[::1]:8501"),
    ],
)
def test_url_is_what_rest_paths_are_appended_to(text: str, url: str) -> None:
    assert parse_server(text).url == url


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("localhost", True), ("127.0.0.2", True), ("::1", True), ("gpu-box", False), ("10.0.0.1", False)],
)
def test_is_loopback_tells_this_machine_from_others(host: str, loopback: bool) -> None:
    assert ServerAddress(host).is_loopback is loopback
