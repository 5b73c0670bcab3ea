"""What real servers write down of their requests, over both protocols (tensorflow-serving.md §9)."""

from __future__ import annotations

import gzip
import http.client
import json
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from serving.example_calls import ExampleCalls, classes_of, example, given, post, regress_task, values_of
from serving.grpc_calls import GrpcCalls, connected, floats, model_spec, refusal
from serving.model_directory import QUICK, serve
from serving.request_log_files import logged, wait_for_logged
from tfsctl.codec.tensor_proto import decode_tensor
from tfsctl.errors import FailedPreconditionError
from tfsctl.protos import PREDICTION_SERVICE, ModelSpecProto, PredictRequest, PredictResponse
from tfsctl.serving import ModelConfig, Server, ServerConfig
from tfsctl.serving.request_log.config import RequestLogConfig

TWO = given(example(x=2.0), example(x=80.0))
EXAMPLES = '"examples": [{"x": 2.0}, {"x": 80.0}]'
PREDICT = "half_plus_two:predict"
REGRESS, CLASSIFY = "regress_x_to_y", "classify_x_to_y"
BODY = '{"instances": [1.0]}'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "requests.tfrecord"


@pytest.fixture
def running(zoo: Path, path: Path) -> Iterator[Server]:
    with serve(zoo / "half_plus_two", zoo / "strings", version_labels={"stable": 1}, request_log=path) as server:
        yield server


@pytest.fixture
def rpc(running: Server) -> Iterator[GrpcCalls]:
    with connected(running.grpc_address) as calls:
        yield calls


def half(signature: str = "", version: int | None = None, label: str | None = None) -> Any:
    return model_spec("half_plus_two", version, label, signature)


def log_counts(server: Server) -> dict[tuple[str, ...], Any]:
    return dict(server.metrics.request_log_count.values())


def test_grpc_predict_is_logged_as_it_came_and_went(rpc: GrpcCalls, path: Path) -> None:
    request = PredictRequest(model_spec=half(label="stable"), inputs={"x": floats(1.0, 2.0)}, output_filter=["y"])
    response = rpc.raw(PREDICTION_SERVICE, "Predict", request.SerializeToString())
    (log,) = wait_for_logged(path, 1)
    assert log.predict_log.request == request
    assert log.predict_log.response == PredictResponse.FromString(response)


def test_log_says_what_answered_when_and_how_it_was_chosen(rpc: GrpcCalls, path: Path) -> None:
    before = int(time.time())
    rpc.predict(half(label="stable"), {"x": floats(1.0)})
    (log,) = wait_for_logged(path, 1)
    expected = ModelSpecProto(name="half_plus_two", signature_name="serving_default")
    expected.version.value = 1
    assert log.log_metadata.model_spec == expected
    assert log.log_metadata.sampling_config.sampling_rate == 1.0
    assert list(log.log_metadata.saved_model_tags) == ["serve"]
    assert before <= log.log_metadata.timestamp_secs <= time.time()


def test_grpc_classify_regress_and_multi_inference_are_logged(rpc: GrpcCalls, path: Path) -> None:
    calls = ExampleCalls(rpc)
    classified = calls.classify(half(CLASSIFY), TWO)
    regressed = calls.regress(half(REGRESS), TWO)
    multi = calls.multi_inference([regress_task(half(REGRESS))], TWO)
    logs = wait_for_logged(path, 3)
    assert [log.WhichOneof("log_type") for log in logs] == ["classify_log", "regress_log", "multi_inference_log"]
    assert logs[0].classify_log.response == classified
    assert logs[1].regress_log.response == regressed
    assert logs[2].multi_inference_log.response == multi
    assert logs[0].classify_log.request.input == logs[2].multi_inference_log.request.input == TWO
    assert [log.log_metadata.model_spec.signature_name for log in logs] == [CLASSIFY, REGRESS, REGRESS]


@pytest.mark.parametrize(
    ("target", "body", "version_choice"),
    [
        (PREDICT, '{"instances": [1.0, 3.0]}', None),
        ("half_plus_two/versions/1:predict", '{"instances": [{"x": 1.0}, {"x": 3.0}]}', "version"),
        ("half_plus_two/labels/stable:predict", '{"inputs": {"x": [1.0, 3.0]}}', "version_label"),
    ],
)
def test_rest_predict_is_logged_as_the_request_it_means(
    running: Server, path: Path, *, target: str, body: str, version_choice: str | None
) -> None:
    assert post(running.rest_address, target, body)[0] == 200
    (log,) = wait_for_logged(path, 1)
    request, response = log.predict_log.request, log.predict_log.response
    assert (request.model_spec.name, request.model_spec.WhichOneof("version_choice")) == (
        "half_plus_two",
        version_choice,
    )
    assert request.inputs["x"] == floats(1.0, 3.0)
    assert list(response.outputs["y"].float_val) == [2.5, 3.5]
    assert (response.model_spec.version.value, response.model_spec.signature_name) == (1, "serving_default")


def test_rest_strings_and_gzip_are_logged_unpacked(running: Server, path: Path) -> None:
    body = gzip.compress(json.dumps({"instances": ["a", {"b64": "/wA="}]}).encode())
    connection = http.client.HTTPConnection(running.rest_address, timeout=30)
    connection.request("POST", "/v1/models/strings:predict", body, {"Content-Encoding": "gzip"})
    assert connection.getresponse().read()
    connection.close()
    (log,) = wait_for_logged(path, 1)
    assert decode_tensor(log.predict_log.request.inputs["x"]).tolist() == [b"a", b"\xff\x00"]
    assert decode_tensor(log.predict_log.response.outputs["y"]).tolist() == [b"a", b"\xff\x00"]


def test_rest_classify_and_regress_are_logged_as_the_requests_they_mean(running: Server, path: Path) -> None:
    for method, signature in (("classify", CLASSIFY), ("regress", REGRESS)):
        assert post(running.rest_address, f"half_plus_two:{method}", f'{{"signature_name": "{signature}", {EXAMPLES}}}')
    logs = wait_for_logged(path, 2)
    classify, regress = logs[0].classify_log, logs[1].regress_log
    assert classify.request.model_spec == half(CLASSIFY)
    assert classify.request.input == TWO
    assert classes_of(classify.response.result) == [[("", 3.0)], [("", 42.0)]]
    assert (regress.request.model_spec, values_of(regress.response.result)) == (half(REGRESS), [3.0, 42.0])


def test_only_what_was_answered_is_logged(running: Server, rpc: GrpcCalls, path: Path) -> None:
    assert refusal(lambda: rpc.predict(half("none"), {"x": floats(1.0)}))[0] == "FAILED_PRECONDITION"
    assert refusal(lambda: rpc.predict("none", {"x": floats(1.0)}))[0] == "NOT_FOUND"
    for target, body in ((PREDICT, "{"), (PREDICT, '{"instances": ["a"]}'), ("half_plus_two:classify", BODY)):
        assert post(running.rest_address, target, body)[0] == 400
    assert post(running.rest_address, PREDICT, BODY)[0] == 200
    running.stop()
    assert [log.WhichOneof("log_type") for log in logged(path)] == ["predict_log"]
    assert log_counts(running) == {("half_plus_two", "OK"): 1}


def test_stopping_writes_what_is_still_queued(running: Server, rpc: GrpcCalls, path: Path) -> None:
    for value in range(100):
        rpc.predict(half(), {"x": floats(value)})
    running.stop()
    values = [decode_tensor(log.predict_log.request.inputs["x"])[0] for log in logged(path)]
    assert values == list(range(100))


def test_nothing_is_lost_or_torn_under_load_from_both_protocols(running: Server, path: Path) -> None:
    def send(first: int) -> None:
        with connected(running.grpc_address) as calls:
            for value in range(first, first + 50):
                calls.predict(half(), {"x": floats(value)})
                assert post(running.rest_address, PREDICT, f'{{"instances": [{value + 1000}]}}')[0] == 200

    threads = [threading.Thread(target=send, args=(first,)) for first in range(0, 200, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    running.stop()
    seen = sorted(decode_tensor(log.predict_log.request.inputs["x"])[0] for log in logged(path))
    assert seen == [*range(200), *range(1000, 1200)]
    assert log_counts(running) == {("half_plus_two", "OK"): 400}


@pytest.mark.parametrize(("rate", "least", "most"), [(0.0, 0, 0), (0.5, 120, 280), (1.0, 400, 400)])
def test_sampling_rate_is_the_share_of_requests_logged(
    zoo: Path, path: Path, *, rate: float, least: int, most: int
) -> None:
    with serve(zoo / "half_plus_two", request_log=path, request_log_sampling_rate=rate) as server:
        with connected(server.grpc_address) as calls:
            for _ in range(400):
                calls.predict(half(), {"x": floats(1.0)})
        server.stop()
    number = len(logged(path)) if path.exists() else 0
    assert least <= number <= most
    assert path.exists() == (rate > 0)


def test_log_of_a_model_goes_before_that_of_the_server(zoo: Path, tmp_path: Path, path: Path) -> None:
    own, mine = tmp_path / "own.tfrecord", RequestLogConfig(path=tmp_path / "own.tfrecord")
    never = RequestLogConfig(path=tmp_path / "never.tfrecord", sampling_rate=0.0)
    models = tuple(
        ModelConfig(name=name, base_path=zoo / "half_plus_two", logging=logging)
        for name, logging in (("own", mine), ("never", never), ("other", None))
    )
    with Server(ServerConfig(models=models, request_log=path, **QUICK)) as server:
        for name in ("own", "never", "other"):
            assert post(server.rest_address, f"{name}:predict", BODY)[0] == 200
        server.stop()
    assert [log.log_metadata.model_spec.name for log in logged(own)] == ["own"]
    assert [log.log_metadata.model_spec.name for log in logged(path)] == ["other"]
    assert not never.path.exists()


def test_second_server_writes_a_file_of_its_own(running: Server, zoo: Path, path: Path) -> None:
    with serve(zoo / "half_plus_two", request_log=path) as other:
        for server, times in ((running, 2), (other, 3)):
            for _ in range(times):
                assert post(server.rest_address, PREDICT, BODY)[0] == 200
        assert len(wait_for_logged(path.with_name("requests.tfrecord.1"), 3)) == 3
        assert len(wait_for_logged(path, 2)) == 2


def test_next_server_adds_to_the_file(zoo: Path, path: Path) -> None:
    for number in (1, 2, 3):
        with serve(zoo / "half_plus_two", request_log=path) as server:
            assert post(server.rest_address, PREDICT, BODY)[0] == 200
        assert len(logged(path)) == number
        path.write_bytes(path.read_bytes() + b"\x10\0\0\0\0")  # As if it had been killed while it wrote.


def test_without_a_log_there_is_none(zoo: Path) -> None:
    before = set(threading.enumerate())
    with serve(zoo / "half_plus_two") as server:
        assert server.core.request_logs.by_model == {}
        names = {thread.name for thread in set(threading.enumerate()) - before}
        assert "rest-loop" in names
        assert "request-log" not in names


def test_server_does_not_start_with_a_log_that_cannot_be_written(zoo: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path, problem in ((tmp_path / "none/log", "No such file or directory"), (tmp_path / "file/log", "Not a dir")):
        with pytest.raises(FailedPreconditionError, match=f"^Cannot write the request log {path}: {problem}"):
            serve(zoo / "half_plus_two", request_log=path).start()


def test_full_disk_stops_the_log_and_not_the_server(zoo: Path, caplog: pytest.LogCaptureFixture) -> None:
    with serve(zoo / "half_plus_two", request_log=Path("/dev/full")) as server:
        for _ in range(20):
            assert post(server.rest_address, PREDICT, BODY)[0] == 200
        server.stop()
    assert log_counts(server) == {("half_plus_two", "RESOURCE_EXHAUSTED"): 20}
    lines = [record.getMessage() for record in caplog.records if "request log" in record.getMessage()]
    assert [line.partition(".")[0] for line in lines] == ["The request log /dev/full stops: No space left on device"]


def test_log_warms_up_the_next_version(running: Server, zoo: Path, path: Path, tmp_path: Path) -> None:
    with connected(running.grpc_address) as rpc:
        rpc.predict(half(), {"x": floats(1.0)})
        ExampleCalls(rpc).classify(half(CLASSIFY), TWO)
        ExampleCalls(rpc).multi_inference([regress_task(half(REGRESS))], TWO)
    assert post(running.rest_address, PREDICT, BODY)[0] == 200
    assert (
        post(running.rest_address, "half_plus_two:regress", f'{{"signature_name": "{REGRESS}", {EXAMPLES}}}')[0] == 200
    )
    wait_for_logged(path, 5)
    version = shutil.copytree(zoo / "half_plus_two/1", tmp_path / "copy/1")
    (version / "assets.extra").mkdir()
    shutil.copy(path, version / "assets.extra/tf_serving_warmup_requests")
    with serve(tmp_path / "copy") as server:
        assert dict(server.metrics.model_warmup_records_read.values()) == {(str(version), "OK"): 5}
        assert np.allclose(json.loads(post(server.rest_address, "copy:predict", BODY)[1])["predictions"], [2.5])
