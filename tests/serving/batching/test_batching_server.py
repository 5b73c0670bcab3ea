"""Servers with batching on, over their ports (tensorflow-serving.md §4).

Where a request must meet another one, batches wait for an hour: only a full one runs.
"""

from __future__ import annotations

import http.client
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from serving.batching.fake_model import Caller
from serving.batching.parameter_files import NEVER_MICROS, write_parameters
from serving.grpc_calls import GrpcCalls, connected, floats, model_spec, refusal, tensor
from serving.model_directory import serve
from tfsctl.core import ManagerState
from tfsctl.errors import InvalidArgumentError, NotFoundError
from tfsctl.model_spec import ModelSpec
from tfsctl.serving import Server


@contextmanager
def batching(
    models: list[Path], directory: Path, settings: dict[str, Any] | None = None, **values: Any
) -> Iterator[Server]:
    file = write_parameters(directory / "batching.txt", **values)
    with serve(*models, enable_batching=True, batching_parameters_file=file, **(settings or {})) as server:
        yield server


def post(server: Server, method: str, body: Any, model: str = "half_plus_two") -> tuple[int, Any]:
    connection = http.client.HTTPConnection(server.rest_address, timeout=30.0)
    connection.request("POST", f"/v1/models/{model}:{method}", json.dumps(body).encode())
    response = connection.getresponse()
    answer = response.status, json.loads(response.read())
    connection.close()
    return answer


def predict(server: Server, *instances: Any, model: str = "half_plus_two") -> Caller:
    return Caller(lambda: post(server, "predict", {"instances": list(instances)}, model))


def predict_by_grpc(calls: GrpcCalls, *values: float) -> Caller:
    def ask() -> Any:
        return calls.predict("half_plus_two", {"x": floats(*values)})["y"].tolist()

    return Caller(ask)


@pytest.fixture
def pairs(zoo: Path, tmp_path: Path) -> Iterator[Server]:
    """Batches of two rows; one in the queue."""
    values: dict[str, Any] = {"max_batch_size": 2, "batch_timeout_micros": NEVER_MICROS, "max_enqueued_batches": 1}
    with batching([zoo / "half_plus_two"], tmp_path, **values) as server:
        yield server


def test_requests_over_rest_and_grpc_share_a_batch(pairs: Server) -> None:
    with connected(pairs.grpc_address) as calls:
        by_rest, by_grpc = predict(pairs, 1.0), predict_by_grpc(calls, 2.0)
        assert by_grpc.result() == [3.0]
        assert by_rest.result() == (200, {"predictions": [2.5]})
    assert pairs.metrics.batching_wrapped_run_count.cell().value == 1
    assert pairs.metrics.batching_processed_batch_size.cell().read().sum == 2
    assert pairs.metrics.batching_queuing_latency.cell("").read().count == 2


def test_waiting_batches_are_shown(pairs: Server) -> None:
    families = pairs.metrics.families()
    waiting, running = (families[f"/tfsctl/serving/batching_{name}_batches"] for name in ("waiting", "running"))
    assert dict(waiting.values()) == dict(running.values()) == {(): 0}
    first = predict(pairs, 1.0)
    wait_for_batches(pairs, 1)
    assert (dict(waiting.values()), dict(running.values())) == ({(): 1}, {(): 0})
    predict(pairs, 2.0).result()
    assert first.result()[0] == 200
    assert dict(waiting.values()) == {(): 0}


def test_rest_requests_meet_however_cheap_they_have_become(pairs: Server) -> None:
    """A request that waited in the event loop would keep the one that it waits for from being read."""
    for number in range(100):
        one, two = predict(pairs, 0.0), predict(pairs, 2.0 * number)
        assert one.result() == (200, {"predictions": [2.0]})
        assert two.result() == (200, {"predictions": [2.0 + number]})


def test_classify_and_regress_are_batched_too(pairs: Server) -> None:
    body = {"signature_name": "regress_x_to_y", "examples": [{"x": 1.0}]}
    other = {"signature_name": "regress_x_to_y", "examples": [{"x": 2.0}]}
    one, two = (Caller(lambda body=each: post(pairs, "regress", body)) for each in (body, other))  # type: ignore[misc]  # As mypy sees defaults of lambdas.
    assert (one.result(), two.result()) == ((200, {"results": [2.5]}), (200, {"results": [3.0]}))
    assert pairs.metrics.batching_wrapped_run_count.cell().value == 1


def test_a_full_queue_is_503_and_unavailable(pairs: Server) -> None:
    text = (
        "The batch scheduling queue to which this task was submitted is full;"
        " currently 1 batches enqueued and max_enqueued_batches is 1"
    )
    waiting = predict(pairs, 1.0)
    with connected(pairs.grpc_address) as calls:
        wait_for_batches(pairs, 1)
        assert post(pairs, "predict", {"instances": [1.0, 2.0]}) == (503, {"error": text})
        assert refusal(lambda: calls.predict("half_plus_two", {"x": floats(1.0, 2.0)})) == ("UNAVAILABLE", text)
        assert predict_by_grpc(calls, 4.0).result() == [4.0]
    assert waiting.result()[0] == 200


def wait_for_batches(server: Server, count: int) -> None:
    batched = server.core._loaders._batched_models
    assert batched is not None
    while batched.scheduler.num_waiting_batches() < count:
        pass  # Until the request has come; pytest's time limit ends this if it never does.


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        (1.0, "Batching Run() input tensors must have at least one dimension"),
        ([1.0, 2.0, 3.0], "Task size 3 is larger than maximum input batch size 2"),
    ],
)
def test_what_cannot_be_batched_is_400(inputs: Any, text: str, pairs: Server) -> None:
    assert post(pairs, "predict", {"inputs": {"x": inputs}}) == (400, {"error": text})
    with connected(pairs.grpc_address) as calls:
        given = {"x": tensor(np.array(inputs, np.float32))}
        assert refusal(lambda: calls.predict("half_plus_two", given)) == ("INVALID_ARGUMENT", text)


def test_an_empty_batch_is_answered_at_once(pairs: Server) -> None:
    with connected(pairs.grpc_address) as calls:
        assert predict_by_grpc(calls).result() == []


def test_a_request_whose_time_ends_in_the_queue_is_429(zoo: Path, tmp_path: Path) -> None:
    settings = {"rest_api_timeout_seconds": 0.001}
    with batching([zoo / "half_plus_two"], tmp_path, settings, batch_timeout_micros=50_000) as server:
        error = {"error": "Run() timeout exceeded while waiting in batching queue"}
        assert predict(server, 1.0).result() == (429, error)


def test_a_failing_request_fails_those_in_its_batch(zoo: Path, tmp_path: Path) -> None:
    values: dict[str, Any] = {"max_batch_size": 2, "batch_timeout_micros": NEVER_MICROS}
    with batching([zoo / "failing"], tmp_path, **values) as server:
        bad, good = predict(server, -1.0, model="failing"), predict(server, 1.0, model="failing")
        assert bad.result()[0] == good.result()[0] == 400
        assert "x must be positive" in good.result()[1]["error"]


def test_batches_are_padded_and_the_padding_is_counted(zoo: Path, tmp_path: Path) -> None:
    with batching([zoo / "half_plus_two"], tmp_path, max_batch_size=8, allowed_batch_sizes=8) as server:
        assert predict(server, 1.0, 2.0).result() == (200, {"predictions": [2.5, 3.0]})
        padding: Any = server.metrics.families()["/tensorflow/serving/batching_session/padding_size"]
        assert padding.cell("8").read().sum == 6


def test_strings_are_batched(zoo: Path, tmp_path: Path) -> None:
    values: dict[str, Any] = {"max_batch_size": 2, "batch_timeout_micros": NEVER_MICROS}
    with batching([zoo / "strings"], tmp_path, **values) as server:
        one, two = predict(server, "a", model="strings"), predict(server, "bc", model="strings")
        assert one.result()[1]["predictions"][0]["y"] == "a"
        assert two.result()[1]["predictions"][0]["y"] == "bc"


def test_an_output_filter_is_a_queue_of_its_own(zoo: Path, tmp_path: Path) -> None:
    values: dict[str, Any] = {"max_batch_size": 2, "batch_timeout_micros": NEVER_MICROS}
    inputs = {"a": floats(1.0, 2.0), "b": tensor(np.array([3, 4], np.int32))}
    with batching([zoo / "sum_difference"], tmp_path, **values) as server, connected(server.grpc_address) as calls:
        assert list(calls.predict(model_spec("sum_difference"), inputs, ["sum"])) == ["sum"]
        assert calls.predict("sum_difference", inputs)["difference"].tolist() == [-2.0, -2.0]


@pytest.fixture
def models(zoo: Path, tmp_path: Path) -> Path:
    """`batched` with a parameters file in its version directory, `plain` without."""
    for name in ("batched", "plain"):
        shutil.copytree(zoo / "half_plus_two", tmp_path / name)
    write_parameters(tmp_path / "batched/1/batching_params.pbtxt", max_batch_size=1)
    return tmp_path


def test_only_models_with_parameters_of_their_own_are_batched_where_asked_for(models: Path) -> None:
    settings: dict[str, Any] = {"enable_batching": True, "enable_per_model_batching_parameters": True}
    with serve(models / "batched", models / "plain", **settings) as server:
        text = "Task size 2 is larger than maximum input batch size 1"
        assert predict(server, 1.0, 2.0, model="batched").result() == (400, {"error": text})
        assert predict(server, 1.0, 2.0, model="plain").result()[0] == 200
        assert post(server, "predict", {"inputs": 1.0}, "plain") == (200, {"outputs": 2.5})


def test_parameters_of_models_are_ignored_where_not_asked_for(models: Path) -> None:
    with serve(models / "batched", enable_batching=True) as server:
        assert predict(server, 1.0, 2.0, model="batched").result()[0] == 200


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("max_batch_size: 1", "Invalid protobuf file: '{file}'"),
        (
            "allowed_batch_sizes: 7",
            "Last entry in allowed_batch_sizes must match max_batch_size; last entry was 7; expected 1000",
        ),
    ],
)
def test_bad_parameters_of_a_model_fail_its_load(text: str, message: str, models: Path) -> None:
    file = models / "batched/1/batching_params.pbtxt"
    file.write_text(text)
    settings: dict[str, Any] = {"enable_batching": True, "enable_per_model_batching_parameters": True}
    with serve(models / "batched", models / "plain", **settings) as server:
        (state,) = server.core.version_states(ModelSpec("batched"))
        assert state.state is ManagerState.END
        assert isinstance(state.error, InvalidArgumentError)
        assert state.error.message == message.format(file=file)
        assert predict(server, 1.0, model="plain").result()[0] == 200


@pytest.mark.parametrize(
    ("text", "message"),
    [("oops", "Invalid protobuf file: '{file}'"), ("num_batch_threads { value: 0 }", "num_batch_threads must be posi")],
)
def test_a_server_with_a_bad_file_does_not_start(text: str, message: str, zoo: Path, tmp_path: Path) -> None:
    file = tmp_path / "batching.txt"
    file.write_text(text)
    server = serve(zoo / "half_plus_two", enable_batching=True, batching_parameters_file=file)
    with pytest.raises(InvalidArgumentError) as caught:
        server.start()
    assert caught.value.message.startswith(message.format(file=file))
    server = serve(zoo / "half_plus_two", enable_batching=True, batching_parameters_file=tmp_path / "none")
    with pytest.raises(NotFoundError):
        server.start()


def test_a_parameters_file_without_batching_is_refused(zoo: Path) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        serve(zoo / "half_plus_two", batching_parameters_file=Path("batching.txt"))
    assert caught.value.message == (
        "server_options.batching_parameters_file is set without setting server_options.enable_batching to true."
    )
