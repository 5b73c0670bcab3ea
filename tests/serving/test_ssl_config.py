"""The file that says how to speak TLS: what is accepted, and what is said of the rest (tensorflow-serving.md §9)."""

from __future__ import annotations

import re
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from serving.certificates import authority, ssl_config_text, stranger, write_ssl_config
from tfsctl.errors import InvalidArgumentError, NotFoundError, TfsctlError
from tfsctl.serving.ssl_config import read_ssl_config, server_ssl_context

OURS = authority()
KEY, CERTIFICATE = OURS.server.key, OURS.server.certificate


def with_pass_phrase(key: str) -> str:
    loaded = serialization.load_pem_private_key(key.encode(), None)
    return loaded.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    ).decode()


def refusal(directory: Path, text: str) -> TfsctlError:
    path = directory / "ssl.config"
    path.write_text(text)
    with pytest.raises(InvalidArgumentError, match=str(path)) as caught:
        read_ssl_config(path)
    return caught.value


@pytest.mark.parametrize("client_verify", [False, True])
def test_texts_of_the_file_are_taken_over(tmp_path: Path, client_verify: bool) -> None:
    config = read_ssl_config(write_ssl_config(tmp_path, client_verify=client_verify))
    assert (config.server_key, config.server_cert) == (KEY, CERTIFICATE)
    assert config.client_verify is client_verify
    assert server_ssl_context(config).verify_mode == (ssl.CERT_REQUIRED if client_verify else ssl.CERT_NONE)


def test_context_speaks_nothing_older_than_tls_1_2(tmp_path: Path) -> None:
    context = server_ssl_context(read_ssl_config(write_ssl_config(tmp_path)))
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_key_is_on_disk_for_its_reader_only_and_not_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    load = ssl.SSLContext.load_cert_chain

    def load_and_look(self: ssl.SSLContext, certfile: Path, keyfile: Path, password: object) -> None:
        seen.extend(path.stat().st_mode & 0o777 for path in (certfile, keyfile, keyfile.parent))
        load(self, certfile, keyfile, password)  # type: ignore[arg-type]  # Whatever ssl_config.py passes.

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", load_and_look)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    read_ssl_config(write_ssl_config(tmp_path))
    assert seen == [0o600, 0o600, 0o700]
    assert [path.name for path in tmp_path.iterdir()] == ["ssl.config"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\n", "server_key is missing"),
        (ssl_config_text(KEY, ""), "server_cert is missing"),
        (ssl_config_text("", CERTIFICATE), "server_key is missing"),
        (ssl_config_text(stranger().server.key, CERTIFICATE), "server_key does not belong to the first certificate"),
        (ssl_config_text(KEY, KEY), "server_cert has no certificate"),
        (ssl_config_text(CERTIFICATE, CERTIFICATE), "server_key cannot be used"),
        (ssl_config_text(KEY[:100], CERTIFICATE), "server_key cannot be used"),
        (ssl_config_text(KEY, CERTIFICATE[:100]), "server_cert has no certificate"),
        (ssl_config_text(KEY, CERTIFICATE, custom_ca=KEY), "custom_ca has no certificate"),
        (ssl_config_text(with_pass_phrase(KEY), CERTIFICATE), "protected by a pass phrase"),
    ],
    ids=[
        "nothing",
        "no cert",
        "no key",
        "other key",
        "key as cert",
        "cert as key",
        "cut key",
        "cut cert",
        "ca",
        "pass",
    ],
)
def test_what_is_wrong_is_named_with_its_field(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in refusal(tmp_path, text).message


@pytest.mark.parametrize("field", ["server_key", "server_cert", "custom_ca"])
def test_path_in_place_of_pem_text_gets_a_hint(tmp_path: Path, field: str) -> None:
    texts = {"server_key": KEY, "server_cert": CERTIFICATE, "custom_ca": OURS.certificate, field: "/etc/tls/file.pem"}
    error = refusal(tmp_path, ssl_config_text(texts["server_key"], texts["server_cert"], custom_ca=texts["custom_ca"]))
    assert error.message.endswith(f"{field} is not PEM text.")
    assert f"{field} holds PEM text itself" in (error.hint or "")


@pytest.mark.parametrize("field", ["server_cert", "custom_ca", "server_key"])
def test_words_around_pem_blocks_may_be_in_any_letters(tmp_path: Path, field: str) -> None:
    texts = {"server_key": KEY, "server_cert": CERTIFICATE, "custom_ca": OURS.certificate}
    texts[field] = "subject=/O=Müller 証明書\n" + texts[field]
    path = tmp_path / "ssl.config"
    text = ssl_config_text(texts["server_key"], texts["server_cert"], custom_ca=texts["custom_ca"], client_verify=True)
    path.write_text(text, encoding="utf-8")
    context = server_ssl_context(read_ssl_config(path))
    assert len(context.get_ca_certs()) == 1


def test_file_that_is_no_text_proto_is_refused_with_its_message_type(tmp_path: Path) -> None:
    error = refusal(tmp_path, "server_key = 3")
    assert "tensorflow.serving.SSLConfig" in (error.hint or "")


def test_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"none\.config; No such file"):
        read_ssl_config(tmp_path / "none.config")


def test_clients_are_verified_by_the_machines_authorities_where_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trust(self: ssl.SSLContext, _purpose: ssl.Purpose) -> None:
        self.load_verify_locations(cadata=OURS.certificate)

    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", trust)
    path = tmp_path / "ssl.config"
    path.write_text(ssl_config_text(KEY, CERTIFICATE, client_verify=True))
    context = server_ssl_context(read_ssl_config(path))
    assert len(context.get_ca_certs()) == 1


def test_clients_cannot_be_verified_by_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", lambda *_: None)
    error = refusal(tmp_path, ssl_config_text(KEY, CERTIFICATE, client_verify=True))
    assert "trusts no authority" in error.message
    assert "custom_ca" in (error.hint or "")


def test_lines_of_the_guide_make_such_a_file(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs/guides/tls.md").read_text()
    programs = re.findall(r"^python3 -c '(.*?)'", guide, re.DOTALL | re.MULTILINE)
    files = {"server.key": KEY, "server.pem": CERTIFICATE, "ca.pem": OURS.certificate}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    verified = []
    for program in programs:
        command = [sys.executable, "-c", program, *files]
        made = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, timeout=30)
        (tmp_path / "ssl.config").write_bytes(made.stdout)
        verified.append(read_ssl_config(tmp_path / "ssl.config").client_verify)
    assert verified == [False, True]
