"""What a LoggingConfig may say (tensorflow-serving.md §9)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format

from tfsctl.errors import InvalidArgumentError, NotFoundError, TfsctlError, UsageError
from tfsctl.protos import ModelServerConfig
from tfsctl.serving.request_log.config import RequestLogConfig, read_logging_config


def read(text: str) -> RequestLogConfig:
    config: Any = ModelServerConfig()
    message = config.model_config_list.config.add().logging_config
    return read_logging_config(text_format.Parse(text, message), model_name="m")


def collector(kind: str = "", prefix: str = "/log/m") -> str:
    return f'log_collector_config {{ type: "{kind}" filename_prefix: "{prefix}" }}'


@pytest.mark.parametrize("kind", ["", "tfrecord", "file"])
def test_collector_writes_a_file_that_begins_with_the_prefix(kind: str) -> None:
    config = read(collector(kind) + "sampling_config { sampling_rate: 0.25 attributes: 3 }")
    assert (config.path, config.sampling_rate) == (Path("/log/m.tfrecord"), 0.25)
    assert len(config.sampling_config) > 9


def test_no_rate_means_never() -> None:
    assert read(collector()).sampling_rate == 0


def test_relative_prefix_is_below_the_current_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert read(collector(prefix="logs/m")).path == tmp_path / "logs/m.tfrecord"


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (collector("sponge"), NotFoundError, "^Cannot find LogCollector::Factory for type: sponge$"),
        (collector(prefix=""), InvalidArgumentError, 'filename_prefix "" of logging_config names no file'),
        (collector(prefix="/log/"), InvalidArgumentError, 'filename_prefix "/log/" .* model name is m'),
        (collector() + "sampling_config { sampling_rate: 1.5 }", InvalidArgumentError, "between 0 and 1: 1.5"),
        (collector() + "sampling_config { sampling_rate: nan }", InvalidArgumentError, "between 0 and 1: nan"),
        (collector() + "custom_logging_config { }", InvalidArgumentError, "custom_logging_config is not supported"),
    ],
)
def test_what_cannot_be_done_is_refused(text: str, error: type[TfsctlError], message: str) -> None:
    with pytest.raises(error, match=message):
        read(text)


def test_rate_below_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match=r"between 0 and 1: -0\.1$"):
        RequestLogConfig(path=Path("/log"), sampling_rate=-0.1)
