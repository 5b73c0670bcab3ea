"""Load over gRPC: our own HTTP/2 against grpcio's servers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
import pytest

from bench.loads import Numbers
from stub_servers import Refusal
from tfsctl.bench import BenchPlan
from tfsctl.bench.level import Level
from tfsctl.bench.level_result import LevelResult
from tfsctl.bench.measurement import Measurement
from tfsctl.bench.truth import Verdict
from tfsctl.client import connect

Answer = Callable[[bytes, grpc.ServicerContext], bytes]
_MEBI = 1 << 20


@contextmanager
def grpc_server(answer: Answer, options: Sequence[tuple[str, int]] = ()) -> Iterator[str]:
    """A gRPC server that answers any method; gives its address."""

    class Handler(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # generic in the stubs only
        def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes]:
            def call(request: bytes, context: grpc.ServicerContext) -> bytes:
                try:
                    return answer(request, context)
                except Refusal as refusal:
                    context.abort(refusal.code, refusal.details)

            return grpc.unary_unary_rpc_method_handler(call)

    limits = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    with ThreadPoolExecutor(16) as pool:
        server = grpc.server(pool, handlers=[Handler()], options=[*limits, *options])
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield f"grpc://127.0.0.1:{port}"
        finally:
            server.stop(0).wait()


def load(
    answer: Answer, level: Level, *, options: Sequence[tuple[str, int]] = (), workload: Numbers | None = None,
    **plan: object,
) -> LevelResult:  # fmt: skip
    values: dict[str, object] = {"model": "m", "warmup_requests": 0, "processes": 1, **plan}
    with grpc_server(answer, options) as address, connect(address) as client:
        made = BenchPlan(**values)  # type: ignore[arg-type]  # Whatever a test wants.
        measurement = Measurement(made, client, workload or Numbers())
        try:
            return measurement.measure(level)
        finally:
            measurement.close()


def right(request: bytes, context: grpc.ServicerContext) -> bytes:
    return b"right"


class Large(Numbers):
    """Requests and replies beyond every window and frame, of which each reply must be the request."""

    num_requests = 5

    def request(self, number: int) -> bytes:
        return bytes([number % 5]) * 3 * _MEBI

    def judge(self, number: int, reply: bytes) -> Verdict:
        return Verdict(reply == self.request(number))


@pytest.mark.parametrize("connections", [1, 3, None])
def test_each_request_is_sent_once_however_connections_are_shared(connections: int | None) -> None:
    seen: list[int] = []

    def note(request: bytes, context: grpc.ServicerContext) -> bytes:
        seen.append(int(request))
        return b"right"

    result = load(note, Level(8), num_tests=200, connections=connections)
    assert (sorted(seen), result.latencies.count, result.num_errors) == (list(range(200)), 200, 0)


def test_messages_of_any_size_go_both_ways() -> None:
    result = load(lambda request, context: request, Level(4), num_tests=20, connections=2, workload=Large())
    assert (result.latencies.count, result.num_wrong) == (20, 0)


def test_a_refusal_is_told_in_the_servers_words() -> None:
    def refuse(request: bytes, context: grpc.ServicerContext) -> bytes:
        raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, "100 % ungültig")

    result = load(refuse, Level(2), num_tests=4)
    assert (result.failed_calls, result.first_failure) == ({"INVALID_ARGUMENT": 4}, "100 % ungültig")


def test_a_call_beyond_its_deadline_fails_and_the_others_go_on() -> None:
    def stall_once(request: bytes, context: grpc.ServicerContext) -> bytes:
        if request == b"1":
            threading.Event().wait(1.0)
        return b"right"

    result = load(stall_once, Level(2), num_tests=20, timeout_seconds=0.3, connections=1)
    assert (result.failed_calls, result.latencies.count) == ({"DEADLINE_EXCEEDED": 1}, 19)


def test_no_more_streams_are_opened_than_the_server_allows() -> None:
    result = load(right, Level(6), num_tests=60, connections=1, options=[("grpc.max_concurrent_streams", 2)])
    assert (result.latencies.count, result.num_failed) == (60, 0)


def test_a_connection_that_the_server_wants_to_end_is_replaced_without_a_loss() -> None:
    options = [("grpc.max_connection_age_ms", 100), ("grpc.max_connection_age_grace_ms", 5000)]
    result = load(right, Level(4), duration_seconds=1.0, connections=2, options=options)
    assert result.failed_calls == {}
    assert result.latencies.count > 0


def test_a_server_that_goes_away_fails_the_calls() -> None:
    def break_off(request: bytes, context: grpc.ServicerContext) -> bytes:
        if request == b"3":
            context.abort(grpc.StatusCode.UNAVAILABLE, "Socket closed")
        return b"right"

    assert load(break_off, Level(1), num_tests=5).failed_calls == {"UNAVAILABLE": 1}


def test_compressed_messages_are_understood() -> None:
    def compress(request: bytes, context: grpc.ServicerContext) -> bytes:
        context.set_compression(grpc.Compression.Gzip)
        return request

    result = load(compress, Level(2), num_tests=10, workload=Large(), gzip=True)
    assert (result.latencies.count, result.num_wrong) == (10, 0)
