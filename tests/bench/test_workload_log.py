"""Request logs and warm-up files as inputs; a log's own answers are the right ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bench.workload_calls import num_right, of_file, verdicts
from serving.model_directory import serve
from tfsctl.bench import BenchPlan
from tfsctl.bench.workload import InputsPlan, workload_for
from tfsctl.client import Client, connect
from tfsctl.errors import UsageError
from tfsctl.model_spec import ModelSpec
from tfsctl.protos import PredictionLog
from tfsctl.tf_record import encode_record
from tfsctl.warmup.record import examples_record, predict_record


def half_plus_two(x: Sequence[float], y: Sequence[float] | None = None, *, model: str = "half_plus_two") -> bytes:
    """A record of a request, and of its answer if there is one."""
    log = PredictionLog.FromString(predict_record(ModelSpec(model), {"x": np.array(x, np.float32)}))
    if y is not None:
        tensor = log.predict_log.response.outputs["y"]
        tensor.dtype = 1
        tensor.tensor_shape.dim.add().size = len(y)
        tensor.float_val.extend(y)
    record: bytes = log.SerializeToString()
    return record


def written(path: Path, *records: bytes) -> Path:
    path.write_bytes(b"".join(map(encode_record, records)))
    return path


def test_a_server_log_is_sent_again_and_its_answers_are_the_truth(zoo: Path, tmp_path: Path, client: Client) -> None:
    with serve(zoo / "half_plus_two", zoo / "sum_difference", request_log=tmp_path / "requests.log") as logging:
        for address in (logging.rest_address, logging.grpc_address):
            with connect(address) as user:
                user.predict("half_plus_two", [1.0, 2.0])
                user.predict("sum_difference", {"a": [1.0], "b": [2]})
                user.predict("half_plus_two", [[7.0]])
    workload = of_file(client, "half_plus_two", tmp_path / "requests.log")
    assert (workload.num_requests, workload.checks_answers) == (4, True)
    assert workload.description == "4 requests of requests.log"
    assert num_right(client, workload) == 4
    both = of_file(client, "sum_difference", tmp_path / "requests.log")
    assert num_right(client, both) == both.num_requests == 2


def test_answers_that_differ_by_more_than_the_tolerance_are_wrong(client: Client, tmp_path: Path) -> None:
    log = written(tmp_path / "log", half_plus_two([2], [3]), half_plus_two([2], [3.01]), half_plus_two([2], [3, 3]))
    found = {
        tolerance: [v.is_right for v in verdicts(client, of_file(client, "half_plus_two", log, tolerance=tolerance))]
        for tolerance in (None, 0.1)
    }
    assert found == {None: [True, False, False], 0.1: [True, True, False]}


def test_requests_without_an_answer_are_right_whatever_comes(client: Client, tmp_path: Path) -> None:
    log = written(tmp_path / "log", half_plus_two([2]), half_plus_two([2], [9]))
    assert [v.is_right for v in verdicts(client, of_file(client, "half_plus_two", log))] == [True, False]


def test_a_warm_up_file_has_requests_alone_and_its_model_may_have_another_name(client: Client, tmp_path: Path) -> None:
    path = written(tmp_path / "tf_serving_warmup_requests", *(half_plus_two([x], model="old_name") for x in (1, 2)))
    workload = of_file(client, "half_plus_two", path)
    assert (workload.num_requests, workload.checks_answers) == (2, False)
    assert workload.request(1) == client.encode_predict(workload.spec, {"x": [2.0]})
    assert num_right(client, workload) == 2


def test_of_several_models_and_signatures_one_is_taken(client: Client, tmp_path: Path) -> None:
    others = (half_plus_two([0], model="other"), half_plus_two([0], model="third"))
    log = written(tmp_path / "log", others[0], half_plus_two([5], [4.5]), others[1])
    workload = of_file(client, "half_plus_two", log)
    assert (workload.num_requests, workload.spec.signature_name) == (1, "serving_default")
    with pytest.raises(UsageError, match="no requests of model strings") as caught:
        of_file(client, "strings", log)
    assert "1 of half_plus_two's serving_default" in (caught.value.hint or "")


def test_a_log_is_read_up_to_where_it_is_cut_off(client: Client, tmp_path: Path) -> None:
    log = written(tmp_path / "log", half_plus_two([1]), half_plus_two([2]))
    log.write_bytes(log.read_bytes()[:-3])
    workload = of_file(client, "half_plus_two", log)
    assert (workload.num_requests, workload.description) == (1, "1 requests of log, whose last record is cut off")


def test_no_more_requests_are_read_than_are_sent(client: Client, tmp_path: Path) -> None:
    log = written(tmp_path / "log", *(half_plus_two([x]) for x in range(9)))
    log.write_bytes(log.read_bytes() + b"no record")
    assert of_file(client, "half_plus_two", log, distinct=4).num_requests == 4
    plan = BenchPlan(model="half_plus_two", num_tests=5, inputs=InputsPlan(path=log))
    assert workload_for(plan, client).num_requests == 5


def test_a_log_without_predict_requests_says_what_it_has(client: Client, tmp_path: Path) -> None:
    record = examples_record("classify", ModelSpec("examples", signature_name="classify"), [b""])
    with pytest.raises(UsageError, match="no predict requests") as caught:
        of_file(client, "examples", written(tmp_path / "log", record, record))
    assert caught.value.hint == "It has: 2 classify."
