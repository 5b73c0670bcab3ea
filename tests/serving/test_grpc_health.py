"""The standard health service and reflection, over a real gRPC connection."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest, ServerReflectionResponse

from serving.grpc_calls import CALL_SECONDS, GrpcCalls, connected, refusal
from serving.model_directory import add_version, remove_version, serve
from serving.slow_calls import slow_call
from tfsctl.protos import MODEL_SERVICE, PREDICTION_SERVICE

HEALTH = "grpc.health.v1.Health"
SERVING, NOT_SERVING, UNKNOWN = (
    HealthCheckResponse.SERVING,
    HealthCheckResponse.NOT_SERVING,
    HealthCheckResponse.SERVICE_UNKNOWN,
)


def check(calls: GrpcCalls, service: str) -> int:
    request = HealthCheckRequest(service=service).SerializeToString()
    return int(HealthCheckResponse.FromString(calls.raw(HEALTH, "Check", request)).status)


def watch(calls: GrpcCalls, service: str) -> Iterator[int]:
    """The statuses told, until the server ends the stream."""
    call = calls.channel.unary_stream(f"/{HEALTH}/Watch")
    for response in call(HealthCheckRequest(service=service).SerializeToString(), timeout=CALL_SECONDS):
        yield HealthCheckResponse.FromString(response).status


@pytest.mark.parametrize(
    "service", ["", "PredictionService", "ModelService", PREDICTION_SERVICE, MODEL_SERVICE, "half_plus_two"]
)
def test_services_and_models_that_answer_are_serving(calls: GrpcCalls, service: str) -> None:
    assert check(calls, service) == SERVING


def test_a_name_that_is_neither_is_not_found(calls: GrpcCalls) -> None:
    assert refusal(lambda: check(calls, "nope")) == ("NOT_FOUND", "Neither a service nor a model: nope")
    assert next(watch(calls, "nope")) == UNKNOWN


def test_bytes_that_are_no_health_request_are_an_internal_error(calls: GrpcCalls) -> None:
    assert refusal(lambda: calls.raw(HEALTH, "Check", b"\xff"))[0] == "INTERNAL"
    call = calls.channel.unary_stream(f"/{HEALTH}/Watch")
    assert refusal(lambda: next(call(b"\xff", timeout=CALL_SECONDS)))[0] == "INTERNAL"


def test_health_follows_a_model_that_goes_and_comes(zoo: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        add_version(zoo / "scalar", tmp_path / name, 1)
    with serve(tmp_path / "one", tmp_path / "two") as server, connected(server.grpc_address) as calls:
        model, whole, other = watch(calls, "one"), watch(calls, ""), watch(calls, "two")
        assert [next(model), next(whole), next(other)] == [SERVING] * 3
        remove_version(tmp_path / "one", 1)
        assert [next(model), next(whole)] == [NOT_SERVING] * 2
        assert check(calls, "two") == SERVING
        add_version(zoo / "scalar", tmp_path / "one", 2)
        assert [next(model), next(whole)] == [SERVING] * 2
        server.stop()
        assert [list(model), list(whole), list(other)] == [[NOT_SERVING]] * 3


def test_watching_clients_do_not_hold_up_a_server_that_stops(zoo: Path) -> None:
    with serve(zoo / "scalar") as server, connected(server.grpc_address) as calls:
        watchers = [watch(calls, "scalar") for _ in range(20)]
        assert [next(watcher) for watcher in watchers] == [SERVING] * 20
        server.stop()
        assert server.is_drained


def test_health_answers_while_all_threads_are_busy(zoo: Path) -> None:
    with serve(zoo / "slow", grpc_max_threads=1) as server, connected(server.grpc_address) as calls:
        running = slow_call(calls, seconds=2.0)
        assert check(calls, "slow") == SERVING
        assert not running.done()
        assert running.result()


def test_reflection_lists_the_services_and_describes_them(calls: GrpcCalls) -> None:
    services = reflect(calls, ServerReflectionRequest(list_services="")).list_services_response.service
    names = {service.name for service in services}
    own = {"tfsctl.ModelService"}
    assert names == {PREDICTION_SERVICE, MODEL_SERVICE, HEALTH, "grpc.reflection.v1alpha.ServerReflection"} | own
    for name in names - {"grpc.reflection.v1alpha.ServerReflection"}:
        assert reflect(calls, ServerReflectionRequest(file_containing_symbol=name)).HasField("file_descriptor_response")


def test_reflection_speaks_the_newer_version_too(calls: GrpcCalls) -> None:
    response = reflect(calls, ServerReflectionRequest(list_services=""), version="v1")
    assert len(response.list_services_response.service) == 5


def test_an_open_reflection_stream_does_not_hold_up_a_server_that_stops(zoo: Path) -> None:
    with serve(zoo / "scalar") as server, connected(server.grpc_address) as calls:
        requests = _Endless(ServerReflectionRequest(list_services="").SerializeToString())
        call = calls.channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
        responses = call(requests, timeout=CALL_SECONDS)
        assert next(responses)
        server.stop()
        assert server.is_drained
        requests.end()


class _Endless(Iterator[bytes]):
    """One request, and then none for as long as the test likes."""

    def __init__(self, request: bytes) -> None:
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._queue.put(request)

    def __next__(self) -> bytes:
        request = self._queue.get(timeout=CALL_SECONDS)
        if request is None:
            raise StopIteration
        return request

    def end(self) -> None:
        self._queue.put(None)


def reflect(calls: GrpcCalls, request: Any, version: str = "v1alpha") -> Any:
    call = calls.channel.stream_stream(f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo")
    (response,) = call(iter([request.SerializeToString()]), timeout=CALL_SECONDS)
    return ServerReflectionResponse.FromString(response)
