"""What gRPC carries besides calls: compression, settings of its engine, very large messages, calls given up."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest

from serving.grpc_calls import CALL_SECONDS, GrpcCalls, connected, floats, model_spec, open_channel, refusal, tensor
from serving.model_directory import serve
from serving.slow_calls import slow_call
from tfsctl.codec.tensor_proto import decode_tensor
from tfsctl.protos import PREDICTION_SERVICE, PredictRequest, PredictResponse
from tfsctl.serving import Server

PREDICT = f"/{PREDICTION_SERVICE}/Predict"
# Half of them are equal, so that they are worth compressing.
VALUES = np.tile(np.arange(5000, dtype=np.float32), 2)


def request_of(values: np.ndarray[Any, Any]) -> bytes:
    request = PredictRequest(model_spec=model_spec("identity_float32"), inputs={"x": tensor(values)})
    message: bytes = request.SerializeToString()
    return message


def values_of(response: bytes) -> np.ndarray[Any, Any]:
    (output,) = PredictResponse.FromString(response).outputs.values()
    return decode_tensor(output)


@pytest.fixture(scope="module")
def small(zoo: Path) -> Iterator[Server]:
    """A server that takes one MiB at most, and compresses its answers."""
    arguments = "grpc.max_receive_message_length=1048576,grpc.default_compression_algorithm=2"
    with serve(zoo / "identity_float32", rest_api_port=None, grpc_channel_arguments=arguments) as running:
        yield running


@pytest.mark.parametrize("compression", [grpc.Compression.Gzip, grpc.Compression.Deflate])
def test_compressed_requests_are_understood(calls: GrpcCalls, compression: grpc.Compression) -> None:
    call = calls.channel.unary_unary(PREDICT)
    response = call(request_of(VALUES), timeout=CALL_SECONDS, compression=compression)
    assert np.array_equal(values_of(response), VALUES)


def test_answers_are_not_compressed_unless_the_server_is_told_to(server: Server, small: Server) -> None:
    """The client leaves messages as they came, so that the test can see it."""
    for running, is_packed in ((server, False), (small, True)):
        with open_channel(running.grpc_address, per_message_decompression=0) as channel:
            response = channel.unary_unary(PREDICT)(request_of(VALUES), timeout=CALL_SECONDS)
        assert np.array_equal(values_of(gzip.decompress(response) if is_packed else response), VALUES)


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_limit_on_messages_may_be_lowered_and_counts_what_is_unpacked(
    small: Server, compression: grpc.Compression
) -> None:
    too_large = request_of(np.zeros(300_000, np.float32))
    with connected(small.grpc_address) as calls:
        call = calls.channel.unary_unary(PREDICT)
        code, text = refusal(lambda: call(too_large, timeout=CALL_SECONDS, compression=compression))
        assert (code, "larger than max" in text) == ("RESOURCE_EXHAUSTED", True)
        assert np.array_equal(values_of(call(request_of(VALUES), timeout=CALL_SECONDS)), VALUES)


def test_settings_that_grpc_does_not_know_are_ignored(zoo: Path) -> None:
    settings = "grpc.no_such_setting=1,of_mine=text"
    with (
        serve(zoo / "half_plus_two", rest_api_port=None, grpc_channel_arguments=settings) as server,
        connected(server.grpc_address) as calls,
    ):
        assert calls.predict("half_plus_two", {"x": floats(1.0)})["y"].tolist() == [2.5]


@pytest.mark.slow
def test_message_of_three_hundred_megabytes_passes_both_ways(calls: GrpcCalls) -> None:
    values = np.zeros(75_000_000, np.float32)
    values[[0, -1]] = 1.5, 2.5
    response = calls.channel.unary_unary(PREDICT)(request_of(values), timeout=120)
    assert len(response) > 300_000_000
    returned = values_of(response)
    assert (returned.size, returned[0], returned[-1]) == (values.size, 1.5, 2.5)


def test_call_that_is_cancelled_while_it_waits_is_never_run(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        serve(zoo / "slow", zoo / "half_plus_two", rest_api_port=None, grpc_max_threads=1) as server,
        connected(server.grpc_address) as calls,
    ):
        sought: list[str] = []
        is_running = threading.Event()
        manager = server.core._manager
        find = manager.handle

        def handle(name: str, version: int | None = None) -> Any:
            sought.append(name)
            is_running.set()
            return find(name, version)

        monkeypatch.setattr(manager, "handle", handle)
        running = slow_call(calls, seconds=0.5)
        assert is_running.wait(CALL_SECONDS)
        request = PredictRequest(model_spec=model_spec("half_plus_two"), inputs={"x": floats(1.0)})
        waiting = calls.channel.unary_unary(PREDICT).future(request.SerializeToString(), timeout=CALL_SECONDS)
        assert waiting.cancel()
        assert running.result()
        assert calls.predict("slow", {"seconds": tensor(np.array(0.0))})
        assert sought == ["slow", "slow"]
