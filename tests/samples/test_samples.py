"""Every sample's README can be followed to the letter: its commands run, and print what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.transcript import SAMPLES, Ports, Step, free_ports, run_readme, steps
from tfsctl.serving import ModelConfig, Server, ServerConfig

_READMES = sorted(path.parent.name for path in SAMPLES.glob("*/README.md"))
# Asks a server that the reader has already.
_NEEDS_SERVER = "clients"


@pytest.fixture
def server(zoo: Path) -> Iterator[Ports]:
    models = (ModelConfig(name="half_plus_two", base_path=zoo / "half_plus_two"),)
    with Server(ServerConfig(models=models, port=0, rest_api_port=0)) as server:
        assert server.grpc_port is not None
        assert server.rest_port is not None
        yield Ports(server.grpc_port, server.rest_port)


@pytest.mark.slow
@pytest.mark.parametrize("sample", [name for name in _READMES if name != _NEEDS_SERVER])
def test_a_readme_can_be_followed(sample: str, tmp_path: Path) -> None:
    with free_ports() as ports:
        assert run_readme(sample, tmp_path, ports) == []


@pytest.mark.slow
def test_clients_get_their_answers(server: Ports, tmp_path: Path) -> None:
    assert run_readme(_NEEDS_SERVER, tmp_path, server) == []


def test_every_readme_has_commands() -> None:
    assert [name for name in _READMES if not steps(SAMPLES / name / "README.md")] == []


def test_every_sample_is_listed() -> None:
    listed = (SAMPLES / "README.md").read_text()
    folders = sorted(path.name for path in SAMPLES.iterdir() if path.is_dir() and path.name != "__pycache__")
    assert [name for name in folders if f"({name}/" not in listed] == []


def test_other_output_than_shown_is_noticed() -> None:
    step = Step("tfsctl models", "a …\nb")
    assert step.is_answered_by("", "a 1\n2\nb\n")
    assert not step.is_answered_by("a 1\nc\n")
