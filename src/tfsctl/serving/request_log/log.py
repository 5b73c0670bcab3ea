"""Request logs: which of a server's requests are written down, by model (tensorflow-serving.md §9).

An answered request costs one random number where its model has a log, and one entry in a queue if it is chosen.
Where no model has a log it costs one look at an empty mapping.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from tfsctl.errors import Code, FailedPreconditionError
from tfsctl.model_spec import ModelSpec
from tfsctl.serving.config import ModelConfig, ServerConfig
from tfsctl.serving.metrics.families import Counter
from tfsctl.serving.request_log.config import RequestLogConfig
from tfsctl.serving.request_log.record import LogKind, log_metadata, prediction_log, sampling_config_bytes

if TYPE_CHECKING:
    from tfsctl.serving.request_log.writer import RequestLogWriter

# Makes a request and its response, serialized. Called later, in another thread.
Messages = Callable[[], tuple[bytes, bytes]]


class RequestLog:
    """The log of one model. Thread-safe.

    `tags` are the meta graph's, repeated in each record. `count` is told what has become of each record.
    """

    def __init__(
        self,
        config: RequestLogConfig,
        writer: RequestLogWriter,
        *,
        tags: Sequence[str],
        count: Callable[[Code], object],
    ) -> None:
        self.file = writer.file(config.path)
        self._rate = config.sampling_rate
        self._sampling_config = config.sampling_config or sampling_config_bytes(config.sampling_rate)
        self._writer = writer
        self._tags = tags
        self._count = count
        self._random = Random().random  # noqa: S311 (no secret). One call into C: threads may share it.

    def is_wanted(self) -> bool:
        """Whether the request just answered is to be written down: a matter of chance."""
        return self._random() < self._rate

    def add(self, kind: LogKind, used: ModelSpec, num_bytes: int, messages: Messages) -> None:
        """Write a request down. Returns at once.

        Args:
            kind: What it was.
            used: Model, version and signature that answered.
            num_bytes: About how much memory `messages` holds.
            messages: Gives request and response when they are written.
        """
        encode = partial(self._encode, kind, used, int(time.time()), messages)
        self._writer.put(self.file, num_bytes, encode=encode, count=self._count)

    def _encode(self, kind: LogKind, used: ModelSpec, timestamp_secs: int, messages: Messages) -> bytes:
        metadata = log_metadata(
            used, sampling_config=self._sampling_config, tags=self._tags, timestamp_secs=timestamp_secs
        )
        return prediction_log(kind, metadata, *messages())


class RequestLogs:
    """All request logs of a server.

    `by_model` is empty while nothing is logged: look before you ask for more. Thread-safe; `prepare` and `apply` are
    for one thread at a time.
    """

    def __init__(
        self,
        default: RequestLogConfig | None = None,
        *,
        tags: Sequence[str] = (),
        count: Counter | None = None,
    ) -> None:
        """`default` is for models that have none of their own; `count` is the metric request_log_count."""
        self.by_model: Mapping[str, RequestLog] = {}  # Replaced, never changed.
        self._default = default
        self._tags = tags
        self._count = count if count is not None else Counter("request_log_count", "model_name", "status_code")
        self._writer: RequestLogWriter | None = None
        self._lock = threading.Lock()  # Held to make the writer, and to close.
        self._is_closed = False

    def wanted(self, model_name: str) -> RequestLog | None:
        """The log in which to write down the request that the model has just answered; None for most."""
        log = self.by_model.get(model_name)
        return log if log is not None and log.is_wanted() else None

    def prepare(self, models: Iterable[ModelConfig]) -> Mapping[str, RequestLog]:
        """The logs for these models, for `apply`; new files are opened, and nothing else is changed.

        Raises FailedPreconditionError where a file cannot be written. A full disk is no reason.
        """
        configs = {model.name: model.logging or self._default for model in models}
        return {name: self._open(name, config) for name, config in configs.items() if config and config.sampling_rate}

    def apply(self, logs: Mapping[str, RequestLog]) -> None:
        """Let these logs, and no others, be in force from now on."""
        with self._lock:
            self.by_model = {} if self._is_closed else logs
            if self._writer is not None:
                self._writer.keep_open({log.file.path for log in logs.values()})

    def close(self) -> None:
        """Write what is still to be written, and let go of the files. Idempotent."""
        with self._lock:
            self._is_closed = True
            self.by_model = {}
            writer = self._writer
        if writer is not None:
            writer.close()

    def _open(self, model_name: str, config: RequestLogConfig) -> RequestLog:
        log = RequestLog(config, self._started_writer(), tags=self._tags, count=partial(self._counted, model_name))
        try:
            log.file.open()
        except OSError as error:
            raise FailedPreconditionError(
                f"Cannot write the request log {config.path}: {error.strerror}",
                hint="Its directory has to be there, and writable for the server.",
            ) from error
        return log

    def _started_writer(self) -> RequestLogWriter:
        with self._lock:
            if self._is_closed:
                raise FailedPreconditionError("The server is being stopped: no more requests are logged.")
            if self._writer is None:
                from tfsctl.serving.request_log.writer import RequestLogWriter  # Most servers have no log.

                self._writer = RequestLogWriter()
            return self._writer

    def _counted(self, model_name: str, code: Code) -> None:
        self._count.cell(model_name, code.name).increment()


def request_logs_of(config: ServerConfig, count: Counter) -> RequestLogs:
    """The logs of a server with this configuration; `count` is the metric request_log_count."""
    default = None
    if config.request_log is not None:
        default = RequestLogConfig(path=config.request_log, sampling_rate=config.request_log_sampling_rate)
    return RequestLogs(default, tags=config.saved_model_tags, count=count)
