"""Servers of TensorFlow Lite models."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from serving.example_calls import ExampleCalls, example, given, post, values_of
from serving.grpc_calls import GrpcCalls, connected, floats, model_spec, refusal, tensor
from serving.model_directory import add_version, serve
from serving.rest_calls import RestCalls
from tfsctl.core import ManagerState
from tfsctl.model_spec import ModelSpec
from tfsctl.serving import Server

MODELS = ("tflite_half_plus_two", "tflite_several", "tflite_strings", "tflite_int8", "half_plus_two")


@pytest.fixture(scope="module")
def tflite_server(zoo: Path) -> Iterator[Server]:
    with serve(*(zoo / name for name in MODELS), prefer_tflite_model=True, num_tflite_pools=2) as running:
        yield running


@pytest.fixture
def calls(tflite_server: Server) -> Iterator[GrpcCalls]:
    with connected(tflite_server.grpc_address) as channel:
        yield channel


@pytest.fixture
def rest(tflite_server: Server) -> Iterator[RestCalls]:
    connection = RestCalls(tflite_server.rest_address)
    yield connection
    connection.close()


def test_predict_over_rest(rest: RestCalls) -> None:
    assert rest.predict("tflite_half_plus_two", [1.0, 2.0, 5.0]) == (200, {"predictions": [2.5, 3.0, 4.5]})
    assert rest.predict("tflite_strings", ["a", "b"]) == (200, {"predictions": ["b", "a"]})
    assert rest.predict("tflite_int8", [[127, 0, 127, 0]])[0] == 200


def test_predict_over_grpc(calls: GrpcCalls) -> None:
    assert calls.predict("tflite_half_plus_two", {"x": floats(1.0, 2.0)})["y"].tolist() == [2.5, 3.0]
    spec = model_spec("tflite_several", signature="mul")
    assert calls.predict(spec, {"a": floats(2.0), "b": floats(3.0)}, ["y"])["y"].tolist() == [6.0]
    strings = calls.predict("tflite_strings", {"x": tensor(np.array([b"\xff", b"a"], object))})
    assert strings["y"].tolist() == [b"a", b"\xff"]


def test_saved_model_beside_them_is_served_too(rest: RestCalls) -> None:
    assert rest.predict("half_plus_two", [1.0, 2.0, 5.0]) == (200, {"predictions": [2.5, 3.0, 4.5]})


def test_regress_of_examples(tflite_server: Server, calls: GrpcCalls) -> None:
    spec = model_spec("tflite_several", signature="regress")
    response = ExampleCalls(calls).regress(spec, given(example(x=1.0), example(x=2.0)))
    body = json.dumps({"signature_name": "regress", "examples": [{"x": 1.0}]})

    assert values_of(response.result) == [3.0, 3.0]
    status, answer = post(tflite_server.rest_address, "tflite_several:regress", body)
    assert (status, json.loads(answer)) == (200, {"results": [3.0]})


def test_metadata_has_its_signatures(rest: RestCalls, calls: GrpcCalls) -> None:
    status, metadata = rest.get("/v1/models/tflite_half_plus_two/metadata")

    signature = metadata["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert (status, signature["method_name"]) == (200, "tensorflow/serving/predict")
    assert signature["inputs"]["x"]["dtype"] == "DT_FLOAT"
    assert signature["inputs"]["x"]["tensor_shape"]["dim"] == [{"size": "-1", "name": ""}]
    assert calls.metadata(model_spec("tflite_several"), "signature_def").metadata


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ({"x": tensor(np.ones(1))}, "Expects arg[0] to be float but double is provided"),
        (
            {},
            "input size does not match signature: 0!=1 len({}) != len({x}). Sent extra: {}. Missing but required: {x}.",
        ),
    ],
)
def test_mistakes_have_tf_servings_texts(calls: GrpcCalls, inputs: dict[str, object], text: str) -> None:
    assert refusal(lambda: calls.predict("tflite_half_plus_two", inputs)) == ("INVALID_ARGUMENT", text)


def test_shape_that_does_not_fit_is_the_clients_mistake(rest: RestCalls) -> None:
    status, answer = rest.predict("tflite_int8", [[1, 2, 3]])

    assert status == 400
    assert answer["error"].startswith("LiteRT cannot run signature serving_default on these inputs: ")


def test_requests_are_batched(zoo: Path) -> None:
    with serve(zoo / "tflite_half_plus_two", prefer_tflite_model=True, enable_batching=True, port=None) as server:

        def ask(number: int) -> bool:
            body = json.dumps({"instances": [number]})
            status, answer = post(server.rest_address, "tflite_half_plus_two:predict", body)
            return (status, json.loads(answer)) == (200, {"predictions": [number * 0.5 + 2]})

        with ThreadPoolExecutor(8) as threads:
            assert all(threads.map(ask, range(100)))


def test_without_the_setting_the_saved_model_is_served(zoo: Path) -> None:
    with serve(zoo / "tflite_half_plus_two", port=None) as server:
        rest = RestCalls(server.rest_address)
        assert rest.predict("tflite_half_plus_two", [1.0]) == (200, {"predictions": [3.5]})
        rest.close()


def test_version_of_the_other_kind_takes_over(zoo: Path, tmp_path: Path) -> None:
    base_path = tmp_path / "model"
    add_version(zoo / "half_plus_two", base_path, 1)
    with serve(base_path, prefer_tflite_model=True) as server, connected(server.grpc_address) as calls:
        add_version(zoo / "tflite_without_signature", base_path, 2)
        server.core._monitor.wait_for(
            lambda _: server.core.model_names() != () and latest(server) == 2, timeout_seconds=20
        )
        assert sorted(calls.predict("model", {"x": floats(1.0)}).values()) == [[2.0], [3.0]]
        shutil.rmtree(base_path / "2")


def latest(server: Server) -> int:
    states = server.core.version_states(ModelSpec("model"))
    return max((state.id.version for state in states if state.state is ManagerState.AVAILABLE), default=0)
