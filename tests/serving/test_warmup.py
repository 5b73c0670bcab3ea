"""Warm-up: recorded requests are replayed before a version becomes available (tensorflow-serving.md §5)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from serving.grpc_calls import connected, floats
from serving.model_directory import QUICK, add_version, remove_version, serve
from serving.warmup_files import (
    WARMUP_FILE,
    classify_log,
    model_with,
    multi_inference_log,
    predict_log,
    regress_log,
    write_records,
)
from tfsctl.core import ManagerState, ServableId, ServableState
from tfsctl.errors import (
    Code,
    DataLossError,
    FailedPreconditionError,
    InvalidArgumentError,
    PermissionDeniedError,
    TfsctlError,
    UnimplementedError,
)
from tfsctl.model_spec import ModelSpec
from tfsctl.protos import PredictionLog
from tfsctl.runtime.c_api import CApiModel
from tfsctl.serving import ModelConfig, Server, ServerConfig
from tfsctl.serving.metrics.server_metrics import Metrics
from tfsctl.serving.models.saved_model_loader import SavedModelLoader
from tfsctl.serving.models.servable import Servable
from tfsctl.serving.warmup.observer import WarmupMetrics
from tfsctl.serving.warmup.record import run_record
from tfsctl.serving.warmup.replay import warm_up

WAIT_SECONDS = 30.0
# Adds to a number that the model keeps: tells how often it was run.
COUNT = predict_log("incr_counter_by", delta=1.0)


@contextmanager
def loaded(version_dir: Path, metrics: Metrics | None = None, **settings: Any) -> Iterator[Servable]:
    """A version loaded as a server loads it."""
    model = ModelConfig(name="m", base_path=version_dir.parent)
    observer = WarmupMetrics(metrics) if metrics is not None else None
    loader = SavedModelLoader(
        ServableId("m", 1), version_dir, ServerConfig(models=(model,), **settings), warmup_observer=observer
    )
    servable = loader.load()
    try:
        yield servable
    finally:
        loader.unload(servable)


def num_runs(servable: Servable) -> float:
    """What COUNT has counted."""
    outputs = servable.model.run(servable.signatures["get_counter"], {})
    return float(outputs["output"])


def load_error(version_dir: Path, **settings: Any) -> TfsctlError:
    with pytest.raises(TfsctlError) as caught, loaded(version_dir, **settings):
        pass
    return caught.value


def test_every_record_is_run_once(zoo: Path, tmp_path: Path) -> None:
    with loaded(model_with(zoo, tmp_path / "counter", [COUNT] * 3)) as servable:
        assert num_runs(servable) == 3


@pytest.mark.parametrize(("iterations", "expected"), [(0, 2), (1, 2), (5, 10)])
def test_iterations_run_each_record_again(zoo: Path, tmp_path: Path, iterations: int, expected: int) -> None:
    version_dir = model_with(zoo, tmp_path / "counter", [COUNT] * 2)
    with loaded(version_dir, num_request_iterations_for_warmup=iterations) as servable:
        assert num_runs(servable) == expected


def test_iterations_of_a_record_follow_one_another(zoo: Path, tmp_path: Path) -> None:
    records = [COUNT, predict_log("reset_counter")]
    with loaded(model_with(zoo, tmp_path / "counter", records), num_request_iterations_for_warmup=2) as servable:
        assert num_runs(servable) == 0


def test_warmup_can_be_turned_off(zoo: Path, tmp_path: Path) -> None:
    version_dir = model_with(zoo, tmp_path / "counter", [b"not a PredictionLog"])
    with loaded(version_dir, enable_model_warmup=False) as servable:
        assert num_runs(servable) == 0


def test_a_missing_file_is_only_worth_a_line_for_debugging(zoo: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "tfsctl.serving")
    with loaded(zoo / "counter/1"):
        pass
    text = f"No warmup data file found at {zoo}/counter/1/{WARMUP_FILE}"
    assert ("tfsctl.serving", logging.DEBUG, text) in caplog.record_tuples


def test_an_empty_file_is_fine(zoo: Path, tmp_path: Path) -> None:
    with loaded(model_with(zoo, tmp_path / "counter", [])) as servable:
        assert num_runs(servable) == 0


def test_reading_is_logged(zoo: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tfsctl.serving")
    version_dir = model_with(zoo, tmp_path / "counter", [COUNT])
    with loaded(version_dir):
        pass
    texts = [record.getMessage() for record in caplog.records]
    assert f"Starting to read warmup data for model at {version_dir / WARMUP_FILE}" in texts
    finished = f"Finished reading warmup data for model at {version_dir / WARMUP_FILE}."
    assert any(text.startswith(f"{finished} Number of warmup records read: 1.") for text in texts)


@pytest.mark.parametrize(
    "log",
    [
        classify_log(),
        regress_log(),
        multi_inference_log(("classify", "classify"), ("regress", "regress")),
        PredictionLog(),
    ],
    ids=["classify", "regress", "multi_inference", "unset"],
)
def test_other_kinds_of_records_are_run(zoo: Path, tmp_path: Path, log: Any) -> None:
    metrics = Metrics()
    version_dir = model_with(zoo, tmp_path / "examples", [log])
    with loaded(version_dir, metrics):
        assert metrics.model_warmup_records_read.cell(str(version_dir), "OK").value == 1


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (classify_log("nowhere"), "No signature was found with the name: nowhere"),
        (regress_log("nowhere"), "No signature was found with the name: nowhere"),
        (multi_inference_log(("nowhere", "classify")), "Requested signature not found in model graph: nowhere"),
        (multi_inference_log(("classify", "predict")), "Unsupported signature method_name: tensorflow/serving/predict"),
        (multi_inference_log(("classify", "classify"), name=""), "Found ModelSpec with an empty model name."),
        (multi_inference_log(), "ModelSpec has no name specified."),
        (predict_log("nowhere"), 'Serving signature key "nowhere" not found.'),
    ],
)
def test_a_request_that_is_refused_fails_the_load_with_the_clients_error(
    zoo: Path, tmp_path: Path, log: Any, expected: str
) -> None:
    assert load_error(model_with(zoo, tmp_path / "examples", [log])).message == expected


def test_what_the_model_says_is_passed_on_verbatim(zoo: Path, tmp_path: Path) -> None:
    error = load_error(model_with(zoo, tmp_path / "half_plus_two", [predict_log(x=np.array([1.0], np.float64))]))
    assert isinstance(error, InvalidArgumentError)
    assert error.message == "Expects arg[0] to be float but double is provided"


def test_the_first_failure_ends_the_warmup(zoo: Path, tmp_path: Path) -> None:
    version_dir = model_with(zoo, tmp_path / "counter", [COUNT, predict_log("incr_counter_by"), COUNT])
    runs: list[float] = []
    with loaded(version_dir, enable_model_warmup=False) as servable:
        with pytest.raises(InvalidArgumentError, match="input size does not match signature: 0!=1"):
            warm_up(servable, version_dir)
        runs.append(num_runs(servable))
    assert runs == [1]


@pytest.mark.parametrize(("kind", "number"), [("session_run_log", 5), ("predict_streamed_log", 7)])
def test_logs_of_other_kinds_are_unimplemented(zoo: Path, tmp_path: Path, kind: str, number: int) -> None:
    log = PredictionLog()
    getattr(log, kind).SetInParent()
    error = load_error(model_with(zoo, tmp_path / "counter", [log]))
    assert isinstance(error, UnimplementedError)
    assert error.message == f"Unsupported log_type for warmup: {number}"


def test_a_record_that_is_no_log_is_quoted(zoo: Path, tmp_path: Path) -> None:
    version_dir = model_with(zoo, tmp_path / "counter", [b"some text"])
    error = load_error(version_dir)
    assert isinstance(error, InvalidArgumentError)
    assert error.message == f"Failed to parse warmup record: some text from {version_dir / WARMUP_FILE}"


def test_a_long_record_that_is_no_log_is_cut(zoo: Path, tmp_path: Path) -> None:
    assert len(load_error(model_with(zoo, tmp_path / "counter", [b"\xff" * 10_000_000])).message) < 2000


@pytest.mark.parametrize("content", [b"plain text that is no TFRecord file", b"short"])
def test_a_file_of_another_format_is_data_loss(zoo: Path, tmp_path: Path, content: bytes) -> None:
    version_dir = model_with(zoo, tmp_path / "counter", [])
    (version_dir / WARMUP_FILE).write_bytes(content)
    error = load_error(version_dir)
    assert isinstance(error, DataLossError)
    assert error.message.endswith(". Please verify your warmup data is in TFRecord format.")


def test_more_than_1000_records_are_refused_after_the_first_too_many(zoo: Path, tmp_path: Path) -> None:
    version_dir = model_with(zoo, tmp_path / "counter", [COUNT] * 1003)
    with loaded(version_dir, enable_model_warmup=False) as servable:
        with pytest.raises(InvalidArgumentError) as caught:
            warm_up(servable, version_dir)
        assert num_runs(servable) == 1001
    path = version_dir / WARMUP_FILE
    assert caught.value.message == f"Number of warmup records exceeds the maximum (1000) at {path}"


def test_1000_records_are_fine(zoo: Path, tmp_path: Path) -> None:
    with loaded(model_with(zoo, tmp_path / "counter", [COUNT] * 1000)) as servable:
        assert num_runs(servable) == 1000


def test_a_directory_in_place_of_the_file_fails_the_load(zoo: Path, tmp_path: Path) -> None:
    version_dir = model_with(zoo, tmp_path / "counter", [])
    (version_dir / WARMUP_FILE).unlink()
    (version_dir / WARMUP_FILE).mkdir()
    assert isinstance(load_error(version_dir), FailedPreconditionError)


def test_a_file_that_may_not_be_read_fails_the_load(zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *args: Any, **kwargs: Any) -> Any:
        raise PermissionError(13, "Permission denied", str(self))

    with loaded(zoo / "counter/1") as servable:
        monkeypatch.setattr(Path, "exists", lambda self: True)
        monkeypatch.setattr(Path, "open", refuse)
        with pytest.raises(PermissionDeniedError, match=r"tf_serving_warmup_requests; Permission denied$"):
            warm_up(servable, tmp_path)


def test_method_names_are_checked_where_those_of_clients_are(zoo: Path, tmp_path: Path) -> None:
    version_dir = model_with(zoo, tmp_path / "examples", [classify_log("tf2_classify")])
    error = load_error(version_dir, enable_signature_method_name_check=True)
    assert "Expected classification signature method_name" in error.message
    with loaded(version_dir):
        pass


def test_a_failure_is_retried_and_ends_the_version_with_its_error(zoo: Path, tmp_path: Path) -> None:
    base_path = tmp_path / "counter"
    model_with(zoo, base_path, [b"some text"], version=2)
    add_version(zoo / "counter", base_path, 1)
    server = serve(base_path, max_num_load_retries=2)
    seen: list[ServableState] = []
    server.core.subscribe(seen.append)
    with pytest.raises(TfsctlError, match="Failed to parse warmup record"), server:
        pass
    failures = [state for state in seen if state.state is ManagerState.LOADING and state.error is not None]
    assert len(failures) == 2
    last = next(state for state in seen if state.state is ManagerState.END)
    assert last.error is not None
    assert last.error.code is Code.INVALID_ARGUMENT


def test_warmup_runs_before_available_and_through_batching(zoo: Path, tmp_path: Path) -> None:
    records = [predict_log(x=[1.0, 2.0, 5.0]), classify_log("classify_x_to_y", 1.0), regress_log("regress_x_to_y", 1.0)]
    version_dir = model_with(zoo, tmp_path / "half_plus_two", records)
    server = serve(version_dir.parent, enable_batching=True)
    at_available: list[tuple[int, int]] = []

    def note(state: ServableState) -> None:
        if state.state is ManagerState.AVAILABLE:
            read = server.metrics.model_warmup_records_read.cell(str(version_dir), "OK").value
            at_available.append((read, server.metrics.batching_wrapped_run_count.cell().value))

    server.core.subscribe(note)
    with server:
        assert at_available == [(3, 3)]
        assert server.metrics.batching_processed_batch_size.cell().read().count == 3


def samples(server: Server, *families: Any) -> list[Any]:
    return [sample for family in families for sample in family.values()]


def test_warmup_is_counted_as_warmup_and_not_as_requests(zoo: Path, tmp_path: Path) -> None:
    version_dir = model_with(zoo, tmp_path / "half_plus_two", [predict_log(x=[1.0]), regress_log("regress_x_to_y")])
    with serve(version_dir.parent) as server:
        metrics = server.metrics
        assert samples(server, metrics.request_count, metrics.runtime_latency, *metrics.runs.families) == []
        assert metrics.model_warmup_records_read.cell(str(version_dir), "OK").value == 2
        assert metrics.model_warmup_latency.cell(str(version_dir), "OK").read().count == 1


def test_a_broken_file_is_counted_with_its_whole_status(zoo: Path, tmp_path: Path) -> None:
    metrics = Metrics()
    version_dir = model_with(zoo, tmp_path / "counter", [COUNT, COUNT])
    with (version_dir / WARMUP_FILE).open("ab") as file:
        file.write(b"the end is missing")
    with pytest.raises(DataLossError) as caught, loaded(version_dir, metrics):
        pass
    assert metrics.model_warmup_records_read.cell(str(version_dir), f"DATA_LOSS: {caught.value}").value == 2


def test_a_record_that_fails_leaves_no_metric(zoo: Path, tmp_path: Path) -> None:
    metrics = Metrics()
    with pytest.raises(InvalidArgumentError), loaded(model_with(zoo, tmp_path / "counter", [b"text"]), metrics):
        pass
    assert not metrics.model_warmup_latency.values()
    assert not metrics.model_warmup_records_read.values()


def test_the_metrics_of_a_version_go_with_it(zoo: Path, tmp_path: Path) -> None:
    metrics = Metrics()
    with loaded(model_with(zoo, tmp_path / "counter", [COUNT]), metrics):
        assert metrics.model_warmup_records_read.values()
    assert not metrics.model_warmup_records_read.values()
    assert not metrics.model_warmup_latency.values()


def slow_records(num_records: int) -> list[Any]:
    return [predict_log(seconds=np.array(0.2, np.float64))] * num_records


def start_in_thread(server: Server) -> threading.Thread:
    def start() -> None:
        with pytest.raises(TfsctlError):
            server.start()

    thread = threading.Thread(target=start)
    thread.start()
    return thread


def when_warming_up(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set when the first record is run."""
    event = threading.Event()

    def run(*args: Any) -> None:
        event.set()
        run_record(*args)

    monkeypatch.setattr("tfsctl.serving.warmup.replay.run_record", run)
    return event


def test_a_server_that_is_stopped_gives_up_its_warmup(
    zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_warming_up = when_warming_up(monkeypatch)
    server = serve(model_with(zoo, tmp_path / "slow", slow_records(1000)).parent)
    thread = start_in_thread(server)
    assert is_warming_up.wait(WAIT_SECONDS)
    server.stop()
    thread.join(WAIT_SECONDS)
    assert not thread.is_alive()
    assert server.is_drained


def test_a_version_that_is_taken_away_gives_up_its_warmup(
    zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base_path = tmp_path / "slow"
    add_version(zoo / "slow", base_path, 1)
    with serve(base_path) as server:
        is_warming_up = when_warming_up(monkeypatch)
        model_with(zoo, base_path, slow_records(1000), version=2)
        assert is_warming_up.wait(WAIT_SECONDS)
        remove_version(base_path, 2)
        state = server.core._monitor.wait_until(ServableId("slow", 2), ManagerState.END, timeout_seconds=WAIT_SECONDS)
        assert state.error is not None
        assert state.error.code is Code.CANCELLED
        assert server.core.servable(ModelSpec("slow")).id.version == 1


@pytest.mark.parametrize("enable_batching", [False, True])
def test_the_cost_of_a_signature_is_learnt_from_its_records(
    enable_batching: bool, zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Zeros do not tell what a signature of tf.Examples costs; the first record of each does."""
    learnt: list[tuple[str, int]] = []
    monkeypatch.setattr(
        CApiModel, "learn_cost", lambda self, signature, inputs: learnt.append((signature.name, len(inputs["inputs"])))
    )
    records = [classify_log("classify", 1.0, 2.0), classify_log("classify"), regress_log("regress")]
    version_dir = model_with(zoo, tmp_path / "examples", records)
    with serve(version_dir.parent, enable_batching=enable_batching):
        assert learnt == [("classify", 2), ("regress", 1)]


def test_a_warmed_up_server_answers(zoo: Path, tmp_path: Path) -> None:
    version_dir = model_with(zoo, tmp_path / "half_plus_two", [predict_log(x=[1.0])])
    with serve(version_dir.parent) as server, connected(server.grpc_address) as calls:
        outputs = calls.predict("half_plus_two", {"x": floats(1.0, 2.0, 5.0)})
        assert outputs["y"].tolist() == [2.5, 3.0, 4.5]


def test_the_file_of_a_model_given_as_a_relative_path_is_found(
    zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version_dir = model_with(zoo, tmp_path / "counter", [])
    write_records(version_dir / WARMUP_FILE, [COUNT])
    monkeypatch.chdir(tmp_path)
    model = ModelConfig(name="counter", base_path=Path("counter"))
    with Server(ServerConfig(models=(model,), **QUICK)) as server:
        assert num_runs(server.core.servable(ModelSpec("counter")).servable) == 1
