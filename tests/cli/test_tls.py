"""Commands that ask a server over TLS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from cli.runner import Runner
from serving.model_directory import QUICK
from tfsctl.serving import ModelConfig, Server, ServerConfig


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with an authority, a client's certificate with its key, and the configuration of a server."""
    home = tmp_path_factory.mktemp("pki")
    authority = trustme.CA()
    server, client = authority.issue_cert("localhost"), authority.issue_cert("client.example")
    authority.cert_pem.write_to_path(home / "ca.pem")
    client.cert_chain_pems[0].write_to_path(home / "client.pem")
    client.private_key_pem.write_to_path(home / "client.key")
    parts = {
        "server_key": server.private_key_pem,
        "server_cert": server.cert_chain_pems[0],
        "custom_ca": authority.cert_pem,
    }
    lines = [f"{name}: {blob.bytes().decode()!r}" for name, blob in parts.items()]
    (home / "ssl.config").write_text("\n".join([*lines, "client_verify: true"]))
    return home


@pytest.fixture(scope="module")
def server(zoo: Path, pki: Path) -> Iterator[Server]:
    """A server that wants to see a certificate, over both protocols."""
    model = ModelConfig(name="half_plus_two", base_path=zoo / "half_plus_two")
    config = ServerConfig(**QUICK, models=(model,), ssl_config_file=pki / "ssl.config", rest_ssl=True)
    with Server(config) as running:
        yield running


@pytest.fixture(params=["rest", "grpc"])
def ask(request: pytest.FixtureRequest, server: Server, pki: Path) -> tuple[str, ...]:
    """The options that reach the server and satisfy it."""
    port = server.rest_port if request.param == "rest" else server.grpc_port
    files = (
        "--ssl-ca",
        str(pki / "ca.pem"),
        "--ssl-cert",
        str(pki / "client.pem"),
        "--ssl-key",
        str(pki / "client.key"),
    )
    return ("--server", f"localhost:{port}", *files)


@pytest.mark.parametrize(
    "command",
    [
        "predict [1.0]",
        "regress x=1.0 --signature-name regress_x_to_y",
        "models",
        "status half_plus_two",
        "metadata half_plus_two",
        "label list",
        "bench half_plus_two --num-tests 5 --concurrency 2",
    ],
)
def test_every_command_speaks_tls(tfsctl: Runner, ask: tuple[str, ...], command: str) -> None:
    result = tfsctl(*command.split(), *ask)
    assert result.exit_code == 0, result.stderr


def test_labels_are_changed_over_tls(tfsctl: Runner, server: Server, pki: Path) -> None:
    files = (
        "--ssl-ca",
        str(pki / "ca.pem"),
        "--ssl-cert",
        str(pki / "client.pem"),
        "--ssl-key",
        str(pki / "client.key"),
    )
    result = tfsctl("label", "set", "half_plus_two", "stable=1", "--server", f"localhost:{server.grpc_port}", *files)
    assert result.exit_code == 0, result.stderr


def test_the_files_may_come_from_the_environment_and_the_settings(
    tfsctl: Runner, server: Server, pki: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("tfsctl.toml").write_text(f'server = "grpcs://localhost:{server.grpc_port}"\nssl-ca = "{pki / "ca.pem"}"\n')
    monkeypatch.setenv("TFSCTL_SSL_CERT", str(pki / "client.pem"))
    monkeypatch.setenv("TFSCTL_SSL_KEY", str(pki / "client.key"))
    assert tfsctl("predict", "[1.0]").json == [2.5]


def test_what_is_missing_is_told(tfsctl: Runner, server: Server, pki: Path) -> None:
    url = f"https://localhost:{server.rest_port}"
    unknown = tfsctl("predict", "[1.0]", "--server", url)
    assert (unknown.exit_code, "--ssl-ca FILE" in unknown.stderr) == (5, True)
    unnamed = tfsctl("predict", "[1.0]", "--server", url, "--ssl-ca", str(pki / "ca.pem"))
    assert (unnamed.exit_code, "--ssl-cert FILE --ssl-key FILE" in unnamed.stderr) == (5, True)
    plain = tfsctl("predict", "half_plus_two", "[1.0]", "--server", url.replace("https", "http"))
    assert (plain.exit_code, f"Write {url}" in plain.stderr) == (5, True)
    nowhere = tfsctl("predict", "[1.0]", "--server", url, "--ssl-ca", "nowhere.pem")
    assert (nowhere.exit_code, "nowhere.pem: No such file" in nowhere.stderr) == (2, True)
