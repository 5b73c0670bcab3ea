"""What becomes of an engine's words, those of other releases and systems than the one here among them."""

from __future__ import annotations

import pytest

from tfsctl.container.engine_errors import error_of_engine

_ENDPOINT = "driver failed programming external connectivity on endpoint x (0ab): "
_IN_USE = "listen tcp4 127.0.0.1:8501: bind: address already in use"
_TAKEN = "Cannot listen on 127.0.0.1:8501: Address already in use"


@pytest.mark.parametrize(
    ("explanation", "message"),
    [
        (f"{_ENDPOINT}Bind for 127.0.0.1:8501 failed: port is already allocated", _TAKEN),
        (f"{_ENDPOINT}Error starting userland proxy: {_IN_USE}", _TAKEN),
        (f"Ports are not available: exposing port TCP 127.0.0.1:8501 -> 127.0.0.1:0: {_IN_USE}", _TAKEN),
        (
            'invalid mount config for type "bind": bind source path does not exist: /srv/my models/m',
            "The Docker daemon does not see /srv/my models/m.",
        ),
        (
            "Mounts denied: \nThe path /srv/models is not shared from the host and is not known to Docker.",
            "The Docker daemon does not see /srv/models.",
        ),
        (
            "no matching manifest for linux/arm64/v8 in the manifest list entries",
            "There is no IMAGE for linux/arm64/v8.",
        ),
        (
            "failed to create task for container: exec /usr/bin/server: exec format error: unknown",
            "IMAGE is built for another processor than this machine's.",
        ),
        (
            'could not select device driver "" with capabilities: [[gpu]]',
            'Docker has no GPU to give: could not select device driver "" with capabilities: [[gpu]]',
        ),
        ("write /var/lib/docker/tmp/x: no space left on device", "Docker's disk is full."),
        (
            "toomanyrequests: You have reached your pull rate limit.",
            "The registry has had enough requests from here.",
        ),
        ("something new", "Docker refuses (IMAGE): something new"),
    ],
)
def test_words_of_an_engine(explanation: str, message: str) -> None:
    assert error_of_engine(explanation, "IMAGE").message == message


@pytest.mark.parametrize(
    "why",
    [
        "dial tcp: lookup registry-1.docker.io: no such host",
        "dial tcp 192.0.2.1:443: i/o timeout",
        "net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)",
        "dial tcp: lookup registry-1.docker.io on 1.1.1.1:53: server misbehaving",
        "proxyconnect tcp: dial tcp 192.0.2.1:3128: connect: connection refused",
    ],
)
def test_no_network_in_all_its_wordings(why: str) -> None:
    error = error_of_engine(f'Get "https://registry-1.docker.io/v2/": {why}', "tensorflow/serving:latest")
    assert error.message.startswith(
        "tensorflow/serving:latest is not on this machine, and its registry cannot be reached"
    )
    assert "docker load" in (error.hint or "")
