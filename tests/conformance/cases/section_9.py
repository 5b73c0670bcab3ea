"""§9: request logs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from google.protobuf import text_format

from conformance.case import MessageCase, ServerCase
from conformance.layout import Content
from conformance.play import Play
from conformance.steps import Answers, Reload
from serving.reload_calls import entry, listed
from serving.request_log_files import logged, wait_for_logged
from tfsctl.protos import PredictionLog

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


def _message(message: str, *names: str) -> MessageCase:
    """The fields, from 1."""
    fields = dict(enumerate(names, start=1))
    return MessageCase(section="9", what=f"fields of {message}", message=message, fields=fields)


CASES = (
    _message("LoggingConfig", "log_collector_config", "sampling_config", "custom_logging_config"),
    _message("LogCollectorConfig", "type", "filename_prefix"),
    _message("SamplingConfig", "sampling_rate", "attributes", "per_task_sampling_configs"),
    *LOGS,
)
