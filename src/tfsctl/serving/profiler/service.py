"""`tensorflow.ProfilerService`: a client records what TensorFlow does in this server (tensorflow-serving.md §2.1).

The codes and texts are those of TensorFlow's own service; so is that the client chooses where on this machine the trace
is written. TensorFlow's profiler is loaded by the first request.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from google.protobuf.message import DecodeError

from tfsctl.errors import (
    AlreadyExistsError,
    CancelledError,
    InternalError,
    InvalidArgumentError,
    TfsctlError,
    UnavailableError,
)
from tfsctl.profiler_protos import (
    PROFILER_SERVICE,
    MonitorRequest,
    MonitorResponse,
    ProfileRequest,
    ProfileResponse,
    TerminateRequest,
    TerminateResponse,
)
from tfsctl.runtime.profiler_session import ProfilerSession, TraceOptions
from tfsctl.serving.grpc.control_service import ControlMethod, WhenEnded
from tfsctl.serving.profiler.request_plane import with_requests
from tfsctl.serving.profiler.request_watch import RequestWatch
from tfsctl.serving.profiler.trace_file import check_place, save_trace
from tfsctl.serving.profiler.trace_summary import is_empty, summarize

# What is recorded is held in memory until the end.
_MAX_SECONDS = 60.0
# There are none above; TensorFlow takes small numbers only.
_MAX_LEVEL = 3


class ProfilerService:
    """`tensorflow.ProfilerService`. Thread-safe. `close` ends the recording in progress, whose client gets its part."""

    name: str = PROFILER_SERVICE

    def __init__(self, request_watch: RequestWatch | None = None) -> None:
        """`request_watch` reaches the front ends whose requests are timed while something is recorded."""
        self._request_watch = request_watch or RequestWatch()
        self._lock = threading.Lock()
        self._recording: _Recording | None = None
        self._is_closed = False

    def methods(self) -> Mapping[str, ControlMethod]:
        """The methods served; TensorFlow's continuous profiling is not among them."""
        return {"Profile": self.profile, "Terminate": self.terminate, "Monitor": self.monitor}

    def profile(self, request: bytes, *, when_ended: WhenEnded) -> bytes:
        """ProfileRequest to ProfileResponse: record for a time, then save the trace, or return it.

        It is returned where the client asks for that, or names no directory.

        Raises:
            InternalError: somebody is recording, or the trace cannot be written; TensorFlow's own service says so.
            InvalidArgumentError: the time or a name is out of bounds.
            CancelledError: the client has gone.
        """
        message = _parse(ProfileRequest, request)
        seconds = _seconds(message.opts.duration_ms or message.duration_ms)
        host_name = message.opts.override_hostname or message.host_name
        is_saved = bool(message.repository_root) and not message.emit_xspace
        if is_saved:
            check_place(message.repository_root, message.session_id, host_name)
        wait_seconds = _seconds_until(message.opts.start_timestamp_ns)
        with self._new_recording(message.session_id, when_ended) as recording:
            recording.pause(wait_seconds)
            xspace = recording.record(seconds, _trace_options(message.opts), self._request_watch)
        response = ProfileResponse(empty_trace=is_empty(xspace))
        if is_saved:
            save_trace(xspace, message.repository_root, message.session_id, host_name)
        else:
            response.xspace = xspace
        return _serialized(response)

    def terminate(self, request: bytes, *, when_ended: WhenEnded) -> bytes:
        """TerminateRequest to TerminateResponse: the recording of that session ends; its client gets its part."""
        del when_ended  # Nothing takes time here.
        message = _parse(TerminateRequest, request)
        with self._lock:
            if self._recording is not None and self._recording.session_id == message.session_id:
                self._recording.end()
        return _serialized(TerminateResponse())

    def monitor(self, request: bytes, *, when_ended: WhenEnded) -> bytes:
        """MonitorRequest to MonitorResponse: a few lines about the models' runs in a time. Raises as `profile` does.

        TensorFlow's own service has an answer on TPUs only.
        """
        message = _parse(MonitorRequest, request)
        seconds = _seconds(message.duration_ms)
        with self._new_recording(None, when_ended) as recording:
            xspace = recording.record(seconds, TraceOptions(), RequestWatch())
        text = summarize(xspace, recording.seconds, level=message.monitoring_level)
        if message.timestamp:
            text = f"Timestamp: {time.strftime('%H:%M:%S')}\n{text}"
        return _serialized(MonitorResponse(data=text))

    def close(self) -> None:
        """End the recording in progress and refuse further ones. Waits for nothing; may be called again."""
        with self._lock:
            self._is_closed = True
            if self._recording is not None:
                self._recording.end()

    @contextmanager
    def _new_recording(self, session_id: str | None, when_ended: WhenEnded) -> Iterator[_Recording]:
        recording = _Recording(session_id)
        with self._lock:
            if self._is_closed:
                raise UnavailableError("The server is shutting down.")
            if self._recording is not None:
                raise InternalError("Another profiling session active.")
            self._recording = recording
        try:
            if not when_ended(recording.cancel):
                raise CancelledError("The client has gone.")
            yield recording
        finally:
            with self._lock:
                self._recording = None


class _Recording:
    """One recording, and the ways to end it early. `seconds` is how long it took."""

    def __init__(self, session_id: str | None) -> None:
        self.session_id = session_id
        self.seconds = 0.0
        self._ended = threading.Event()
        self._is_cancelled = False

    def end(self) -> None:
        self._ended.set()

    def cancel(self) -> None:
        self._is_cancelled = True
        self._ended.set()

    def pause(self, seconds: float) -> None:
        self._ended.wait(seconds)

    def record(self, seconds: float, options: TraceOptions, request_watch: RequestWatch) -> bytes:
        """A serialized XSpace; raises CancelledError where nobody wants it any more."""
        try:
            session = ProfilerSession(options)
        except AlreadyExistsError as error:
            raise InternalError(error.message) from error
        start = time.monotonic()
        with request_watch.timing() as timer:
            self._ended.wait(seconds)
        self.seconds = time.monotonic() - start
        if self._is_cancelled:
            session.discard()
            raise CancelledError("The client has gone.")
        try:
            return with_requests(session.finish(), timer)
        except TfsctlError as error:
            raise InternalError(error.message) from error


def _trace_options(options: Any) -> TraceOptions:
    """Options without a version are not meant: TensorFlow takes its defaults instead."""
    if not options.version:
        return TraceOptions()
    return TraceOptions(
        host_tracer_level=min(options.host_tracer_level, _MAX_LEVEL),
        device_tracer_level=min(options.device_tracer_level, _MAX_LEVEL),
    )


def _seconds(milliseconds: int) -> float:
    seconds = milliseconds / 1000
    if seconds > _MAX_SECONDS:
        raise InvalidArgumentError(f"duration_ms must be at most {_MAX_SECONDS * 1000:.0f}: {milliseconds}")
    return seconds


def _seconds_until(timestamp_ns: int) -> float:
    """How long until a moment that several servers start at together; 0 where it is over."""
    seconds = max(0.0, timestamp_ns / 1e9 - time.time())
    if seconds > _MAX_SECONDS:
        raise InvalidArgumentError(f"start_timestamp_ns lies more than {_MAX_SECONDS:.0f} s ahead.")
    return seconds


def _parse(message_class: Any, request: bytes) -> Any:
    try:
        return message_class.FromString(request)
    except DecodeError as error:
        raise InternalError(f"Exception deserializing request! {error}") from error


def _serialized(message: Any) -> bytes:
    serialized: bytes = message.SerializeToString()
    return serialized
