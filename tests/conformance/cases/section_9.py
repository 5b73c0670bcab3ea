"""§9: the fields of the messages, request logs, and TLS."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import grpc
from google.protobuf import text_format

from conformance.case import FlagCase, RestCase, ScenarioCase, ServerCase
from conformance.layout import Content
from conformance.play import Play
from conformance.stage import Stage
from conformance.steps import Answers, Reload
from serving.certificates import authority, ssl_config_text, stranger
from serving.grpc_calls import connected, floats, model_spec, refusal
from serving.reload_calls import entry, listed
from serving.request_log_files import logged, wait_for_logged
from tfsctl.protos import PredictionLog
from tfsctl.serving.config_protos import SSLConfigProto

_LOG = "requests"
_FILES: Mapping[str, Content] = {"m/1": 1, "m/2": 2}
_case = partial(ServerCase, section="9", files=_FILES)
_UNKNOWN = "Cannot find LogCollector::Factory for type: {}"


def _logging(rate: float | None = 1.0, *, kind: str = "tfrecord", more: str = "") -> str:
    """A model's logging_config."""
    collector = f'log_collector_config {{ type: "{kind}" filename_prefix: "{{home}}/{_LOG}" }}'
    sampling = "" if rate is None else f"sampling_config {{ sampling_rate: {rate} {more} }}"
    return f"logging_config {{ {collector} {sampling} }}"


@dataclass(frozen=True)
class LogHas:
    """The log holds so many requests, and the last one has this, in text form."""

    number: int
    last: str = ""

    def __call__(self, play: Play) -> None:
        messages = wait_for_logged(play.home / f"{_LOG}.tfrecord", self.number)
        assert len(messages) == self.number
        expected = text_format.Parse(self.last, PredictionLog())
        both = PredictionLog()
        both.CopyFrom(messages[-1])
        both.MergeFrom(expected)
        # What is repeated would be there twice.
        assert both == messages[-1], messages[-1]


def _stays_empty(play: Play) -> None:
    path = play.home / f"{_LOG}.tfrecord"
    play.server.stop()
    assert not path.exists() or logged(path) == []


def _says_when(play: Play) -> None:
    (message,) = wait_for_logged(play.home / f"{_LOG}.tfrecord", 1)
    assert abs(message.log_metadata.timestamp_secs - time.time()) < 120


def _some_are_logged(play: Play) -> None:
    for _ in range(200):
        Answers("m", 2)(play)
    play.server.stop()
    assert 0 < len(logged(play.home / f"{_LOG}.tfrecord")) < 200


_METADATA = 'model_spec { name: "m" version { value: 2 } }'

LOGS = (
    _case(
        what="requests and answers are logged",
        more=_logging(),
        steps=(
            Answers("m", 2),
            LogHas(
                1,
                'predict_log { request { model_spec { name: "m" } } response { model_spec { version { value: 2 } } } }',
            ),
        ),
        difference="request log",
    ),
    _case(
        what="metadata of a logged request",
        more=_logging(),
        steps=(
            Answers("m", 2),
            LogHas(1, f"log_metadata {{ {_METADATA} sampling_config {{ sampling_rate: 1.0 }} }}"),
            _says_when,
        ),
        difference="request log",
    ),
    _case(
        what="a sampling rate of 0 logs nothing",
        more=_logging(0.0),
        steps=(Answers("m", 2), _stays_empty),
        difference="request log",
    ),
    _case(
        what="no sampling config logs nothing",
        more=_logging(None),
        steps=(Answers("m", 2), _stays_empty),
        difference="request log",
    ),
    _case(
        what="a sampling rate between 0 and 1 logs some",
        more=_logging(0.5),
        steps=(_some_are_logged,),
        difference="request log",
    ),
    _case(
        what="a log that a reload brings",
        config=listed(entry("m", "{home}/m")),
        steps=(Answers("m", 2), Reload(listed(entry("m", "{home}/m", _logging()))), Answers("m", 2), LogHas(1)),
        difference="request log",
    ),
    _case(
        what="a collector of an unknown type at the start",
        more=_logging(kind="other"),
        refused=("NOT_FOUND", _UNKNOWN.format("other")),
    ),
    _case(
        what="a collector of an unknown type in a reload",
        config=listed(entry("m", "{home}/m")),
        steps=(
            Reload(listed(entry("m", "{home}/m", _logging(kind="other"))), "NOT_FOUND", _UNKNOWN.format("other")),
            Answers("m", 2),
        ),
    ),
)


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

TLS = (
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


def _has_fields(_: Stage) -> None:
    fields = {field.number: field.name for field in SSLConfigProto.DESCRIPTOR.fields}
    assert fields == {1: "server_key", 2: "server_cert", 3: "custom_ca", 4: "client_verify"}


def _message(message: str, *names: str) -> MessageCase:
    """The fields, from 1."""
    return MessageCase(
        section="9", what=f"fields of {message}", message=message, fields=dict(enumerate(names, start=1))
    )


CASES = (
    _message("LoggingConfig", "log_collector_config", "sampling_config", "custom_logging_config"),
    _message("LogCollectorConfig", "type", "filename_prefix"),
    _message("SamplingConfig", "sampling_rate", "attributes", "per_task_sampling_configs"),
    _message(
        "LogMetadata",
        *("model_spec", "sampling_config", "saved_model_tags", "timestamp_secs", "dc", "request_origin"),
        "request_criticality",
    ),
    *LOGS,
    *TLS,
    ScenarioCase(section="9", what="fields of SSLConfig", play=_has_fields),
)
