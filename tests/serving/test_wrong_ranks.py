"""Inputs of a wrong number of dimensions do not end a server whose model has convolutions."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from serving.grpc_calls import GrpcCalls, connected, model_spec, refusal, tensor
from serving.model_directory import serve
from serving.rest_calls import RestCalls
from serving.warmup_files import model_with, predict_log
from serving.watched_server import WatchedServer
from tfsctl.errors import InvalidArgumentError, TfsctlError
from tfsctl.protos import PredictRequest

IMAGE = np.zeros((1, 28, 28, 1), np.float32)


@pytest.fixture(scope="module", params=[(), ("--enable_batching",)], ids=["plain", "batched"])
def server(request: pytest.FixtureRequest, zoo: Path) -> Iterator[WatchedServer]:
    with WatchedServer("--model_name=cnn", f"--model_base_path={zoo / 'cnn'}", *request.param) as running:
        yield running


def predict(calls: GrpcCalls, images: np.ndarray[Any, Any]) -> Any:
    request = PredictRequest(model_spec=model_spec("cnn"))
    request.inputs["images"].CopyFrom(tensor(images))
    return calls.send_predict(request)


def test_rest_answers_400_and_goes_on(server: WatchedServer) -> None:
    with closing(RestCalls(f"127.0.0.1:{server.rest_port}")) as calls:
        for instances in ([1.0], [[1.0]], [[[[[1.0]]]]]):
            status, body = calls.predict("cnn", instances)
            assert status == 400
            assert body["error"].startswith("convolution input must be 4-dimensional: [1")
        assert calls.predict("cnn", IMAGE.tolist())[0] == 200
    server.must_be_well()


def test_grpc_answers_invalid_argument_and_goes_on(server: WatchedServer) -> None:
    with connected(f"127.0.0.1:{server.port}") as calls:
        for shape in [(1,), (28, 28, 1), (0,), (2, 2, 28, 28, 1), (0, 2**40, 1, 1)]:
            code, text = refusal(lambda shape=shape: predict(calls, np.zeros(shape, np.float32)))  # type: ignore[misc]
            assert code == "INVALID_ARGUMENT", text
        assert predict(calls, IMAGE).outputs["scores"].tensor_shape.dim[1].size == 10
    server.must_be_well()


def test_good_requests_beside_wrong_ones_get_their_answers(server: WatchedServer) -> None:
    def ask(number: int) -> str:
        if number % 2:
            return refusal(lambda: predict(calls, np.zeros((1, 28, 28), np.float32)))[0]
        return "OK" if predict(calls, IMAGE).outputs else "empty"

    with connected(f"127.0.0.1:{server.port}") as calls, ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, range(40))) == ["OK", "INVALID_ARGUMENT"] * 20
    server.must_be_well()


@pytest.mark.parametrize("enable_batching", [False, True])
def test_warm_up_with_a_wrong_rank_fails_the_load(zoo: Path, tmp_path: Path, enable_batching: bool) -> None:
    model_with(zoo, tmp_path / "cnn", [predict_log(images=np.zeros(3, np.float32))])

    with pytest.raises(TfsctlError) as caught, serve(tmp_path / "cnn", enable_batching=enable_batching):
        pass
    error = caught.value.__cause__ or caught.value
    assert isinstance(error, InvalidArgumentError) or "4-dimensional: [3]" in str(error)


def test_model_of_unknown_rank_loads_without_being_tried_with_a_scalar(zoo: Path) -> None:
    with serve(zoo / "ranks", zoo / "ranks_tf1") as running, closing(RestCalls(running.rest_address)) as calls:
        for model in ("ranks", "ranks_tf1"):
            assert calls.get(f"/v1/models/{model}")[1]["model_version_status"][0]["state"] == "AVAILABLE"
