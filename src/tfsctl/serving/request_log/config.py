"""Which requests of a model are written down, and where (tensorflow-serving.md §9)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfsctl.errors import InvalidArgumentError, NotFoundError, UsageError

# Names that a model's configuration may call the one collector by: it writes TFRecord files.
COLLECTOR_TYPES = ("", "tfrecord", "file")
FILE_NAME_SUFFIX = ".tfrecord"


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestLogConfig:
    """The request log of a model; models with the same path share the file.

    Attributes:
        path: The file that records are added to. A relative one is made absolute here, once.
        sampling_rate: How many of the requests are written down, from 0 to 1; each is chosen by itself.
        sampling_config: The serialized SamplingConfig that each record repeats; empty: the rate and nothing else.
    """

    path: Path
    sampling_rate: float = 1.0
    sampling_config: bytes = b""

    def __post_init__(self) -> None:
        if not 0 <= self.sampling_rate <= 1:
            raise UsageError(f"The sampling rate of a request log must be between 0 and 1: {self.sampling_rate}")
        object.__setattr__(self, "path", Path(os.path.abspath(Path(self.path).expanduser())))


def read_logging_config(message: Any, *, model_name: str) -> RequestLogConfig:
    """What a LoggingConfig message asks for.

    Attributes to sample by and rates for single tasks mean nothing here; they are repeated in the records.

    Raises:
        NotFoundError: the type of the log collector is not known.
        InvalidArgumentError: there is no usable file name, a rate beyond 0 and 1, or a custom configuration.
    """
    collector, sampling = message.log_collector_config, message.sampling_config
    if collector.type not in COLLECTOR_TYPES:
        raise NotFoundError(
            f"Cannot find LogCollector::Factory for type: {collector.type}", hint='The one there is: type: "tfrecord"'
        )
    if message.HasField("custom_logging_config"):
        raise InvalidArgumentError(f"custom_logging_config is not supported, model name is {model_name}")
    prefix = collector.filename_prefix
    if not prefix or prefix.endswith("/"):
        raise InvalidArgumentError(
            f'filename_prefix "{prefix}" of logging_config names no file, model name is {model_name}'
        )
    return RequestLogConfig(
        path=Path(prefix + FILE_NAME_SUFFIX),
        sampling_rate=sampling.sampling_rate,
        sampling_config=sampling.SerializeToString(),
    )
