"""§9: TLS for gRPC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc

from conformance.case import FlagCase, RestCase, ScenarioCase
from conformance.play import Play
from conformance.stage import Stage
from serving.certificates import authority, ssl_config_text, stranger
from serving.grpc_calls import connected, floats, model_spec, refusal
from tfsctl.serving.config_protos import SSLConfigProto


def _has_fields(_: Stage) -> None:
    fields = {field.number: field.name for field in SSLConfigProto.DESCRIPTOR.fields}
    assert fields == {1: "server_key", 2: "server_cert", 3: "custom_ca", 4: "client_verify"}


def _ssl(play: Play, credentials: Any) -> float:
    with connected(f"localhost:{play.server.grpc_port}", credentials) as calls:
        return float(calls.predict("m", {"x": floats(0.0)})["y"][0])


def _trusting(identity: Any = None) -> Any:
    """What a client needs that trusts the test's authority."""
    key, chain = (identity.key.encode(), identity.certificate.encode()) if identity else (None, None)
    return grpc.ssl_channel_credentials(authority().certificate.encode(), key, chain)


def _answers_tls(identity: Callable[[], Any] | None = None) -> Callable[[Play], None]:
    def step(play: Play) -> None:
        assert _ssl(play, _trusting(identity() if identity else None)) == 1.0

    return step


def _refuses_tls(identity: Callable[[], Any] | None = None) -> Callable[[Play], None]:
    def step(play: Play) -> None:
        assert refusal(lambda: _ssl(play, _trusting(identity() if identity else None)))[0] == "UNAVAILABLE"

    return step


def _refuses_the_clear(play: Play) -> None:
    with connected(f"localhost:{play.server.grpc_port}") as calls:
        assert refusal(lambda: calls.status(model_spec("m")))[0] == "UNAVAILABLE"


def _socket_speaks_tls(play: Play) -> None:
    options = [("grpc.ssl_target_name_override", "localhost")]
    with grpc.secure_channel(f"unix:{play.home}/grpc.sock", _trusting(), options=options) as channel:
        assert grpc.channel_ready_future(channel).result(20) is None


def _file(*, client_verify: bool = False, custom_ca: bool = True, key: str = "", certificate: str = "") -> bytes:
    ours = authority()
    text = ssl_config_text(
        key or ours.server.key,
        certificate or ours.server.certificate,
        custom_ca=ours.certificate if custom_ca else "",
        client_verify=client_verify,
    )
    return text.encode()


def _tls(what: str, file: bytes, *steps: Any, **more: Any) -> FlagCase:
    more = {"flags": ("--ssl_config_file={home}/ssl.config",), **more}
    return FlagCase(section="9", what=what, files={"m/1": 1, "ssl.config": file}, steps=steps, **more)


def _reads_pem(_: Stage) -> None:
    """With `\\n` for line ends, as in a text proto."""
    assert b"\\n-----END " in _file()


_IN_CLEAR = RestCase(
    section="", what="", target="/v1/models/m:predict", body='{"inputs": 0.0}', json='{"outputs": 1.0}'
)

CASES = (
    ScenarioCase(section="9", what="fields of SSLConfig", play=_has_fields),
    _tls("grpc speaks tls", _file(), _answers_tls(), _refuses_the_clear),
    _tls("rest does not", _file(), _IN_CLEAR),
    _tls("no client is asked for a certificate", _file(custom_ca=False), _answers_tls()),
    _tls("custom_ca alone asks for none", _file(), _answers_tls(lambda: stranger().client)),
    _tls(
        "client_verify requires a certificate of custom_ca",
        _file(client_verify=True),
        _answers_tls(lambda: authority().client),
        _refuses_tls(),
        _refuses_tls(lambda: stranger().client),
    ),
    _tls(
        "the same on a unix socket",
        _file(),
        _socket_speaks_tls,
        flags=("--ssl_config_file={home}/ssl.config", "--grpc_socket_path={home}/grpc.sock"),
    ),
    ScenarioCase(section="9", what="keys and certificates are texts with escaped line ends", play=_reads_pem),
    _tls(
        "the path of a file is no key",
        _file(key="/etc/ssl/server.key"),
        refused=("INVALID_ARGUMENT", "{home}/ssl.config: server_key is not PEM text."),
        difference="ssl file",
    ),
    _tls(
        "a file that is no message",
        b"server_key = 1",
        refused=("INVALID_ARGUMENT", "Invalid protobuf file: '{home}/ssl.config'"),
        difference="ssl file",
    ),
)
