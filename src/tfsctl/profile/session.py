"""`tensorflow.ProfilerService` of a server, as its client (tensorflow-serving.md §2.1)."""

from __future__ import annotations

import tempfile
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tfsctl.client.address import GRPC_PORT, REST_PORT, ServerAddress, parse_server
from tfsctl.client.grpc_client import GrpcClient
from tfsctl.client.probing import is_reachable
from tfsctl.client.rest_errors import START_A_SERVER
from tfsctl.errors import (
    FailedPreconditionError,
    InternalError,
    TfsctlError,
    UnavailableError,
    UnimplementedError,
    UsageError,
)
from tfsctl.profiler_protos import PROFILER_SERVICE, ProfileRequest, ProfileResponse, TerminateRequest

if TYPE_CHECKING:
    from types import TracebackType

# Writing a large trace takes its time after the recording.
_ANSWER_SECONDS = 120.0
_PROBE_MS = 1
_REACH_SECONDS = 1.0
_ALREADY_ACTIVE = "profiling session active"
_HOST_NAME = "server"


class ProfilerSession:
    """Records what a server does. Close it, or use it as a context manager. `record` and `end` may run in two threads.

    Attributes:
        address: The server's gRPC address.
    """

    def __init__(self, address: ServerAddress) -> None:
        self.address = address
        self._client = GrpcClient(address)
        self._session_id = f"tfsctl-{uuid.uuid4().hex[:12]}"

    def __enter__(self) -> ProfilerSession:  # noqa: PYI034 (typing.Self came with Python 3.11)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()

    def check(self) -> None:
        """Record for an instant: says whether the server can, and has it load what that takes.

        Raises what `record` raises.
        """
        self._profile(_PROBE_MS)

    def record(self, seconds: float) -> bytes:
        """The trace of the next `seconds`, or until `end`: a serialized XSpace.

        Raises:
            UnimplementedError: the server has no profiler.
            UnavailableError: no server answers over gRPC, or somebody else is recording.
            FailedPreconditionError: the server keeps the trace for itself.
            TfsctlError: whatever the server says.
        """
        return self._profile(max(_PROBE_MS, round(seconds * 1000)))

    def end(self) -> None:
        """End the recording; `record` returns what there is."""
        request = TerminateRequest(session_id=self._session_id).SerializeToString()
        self._client.call(f"{PROFILER_SERVICE}/Terminate", request, timeout_seconds=_ANSWER_SECONDS)

    def _profile(self, milliseconds: int) -> bytes:
        # A server too old to answer with the trace writes it: where that is harmless, and perhaps this machine's.
        root = Path(tempfile.gettempdir()) / "tfsctl-profile"
        request = ProfileRequest(
            duration_ms=milliseconds,
            emit_xspace=True,
            repository_root=str(root),
            session_id=self._session_id,
            host_name=_HOST_NAME,
        )
        request.opts.duration_ms = milliseconds
        try:
            answer = self._client.call(
                f"{PROFILER_SERVICE}/Profile",
                request.SerializeToString(),
                timeout_seconds=milliseconds / 1000 + _ANSWER_SECONDS,
            )
        except TfsctlError as error:
            raise _explained(error, self.address) from error
        response = ProfileResponse.FromString(answer)
        if response.xspace or response.empty_trace:
            trace: bytes = response.xspace
            return trace
        return _read_back(root / self._session_id / f"{_HOST_NAME}.xplane.pb", self.address)


def profiler_address(load: ServerAddress, given: str | None) -> ServerAddress:
    """The gRPC address of the server whose requests go to `load`.

    Raises:
        UsageError: it is not known.
        UnavailableError: nor does anybody answer at `load`.
    """
    if given is not None:
        address = parse_server(given).with_tls(load.tls)
        if address.protocol == "rest":
            raise UsageError(f"{given} is a REST address: the profiler is on the gRPC port.")
        return address.with_protocol("grpc")
    if load.protocol == "grpc":
        return load
    if load.port == REST_PORT and load.socket is None and not load.path:
        return replace(load, protocol="grpc", port=GRPC_PORT)
    if not is_reachable(load, timeout_seconds=_REACH_SECONDS):
        raise UnavailableError(f"No server answers at {load}.", hint=START_A_SERVER)
    raise UsageError(
        f"{load} speaks REST, and a server is profiled over gRPC: its gRPC address is needed, too.",
        hint="Give it with --profiler HOST:PORT; or give it with --server, and the requests go there as well.",
    )


def _explained(error: TfsctlError, address: ServerAddress) -> TfsctlError:
    if isinstance(error, UnimplementedError):
        return UnimplementedError(
            f"{address} has no profiler.", hint="Start the server without --enable_profiler=false."
        )
    if isinstance(error, InternalError) and _ALREADY_ACTIVE in error.message.lower():
        return UnavailableError(
            f"Somebody is profiling {address} already.", hint="Try again when that is over, after a minute at most."
        )
    return error


def _read_back(path: Path, address: ServerAddress) -> bytes:
    """What an old server has written, where it is on this machine."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise FailedPreconditionError(
            f"{address} does not send traces. It has written this one to {path} on its own machine.",
            hint="Look at it there with TensorBoard, or use a newer TensorFlow Serving.",
        ) from error
