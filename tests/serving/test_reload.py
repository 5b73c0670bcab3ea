"""HandleReloadConfigRequest over a real socket (tensorflow-serving.md §2.6, §3.6, §3.7)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from serving.grpc_calls import GrpcCalls, connected, model_spec, refusal, tensor
from serving.model_directory import add_counting_version, serve
from serving.reload_calls import entry, label, listed, reload, versions
from tfsctl.core import ManagerState, ServableId, ServableStateMonitor
from tfsctl.errors import AbortedError, UnavailableError
from tfsctl.serving import ModelConfig, Server

WAIT_SECONDS = 30.0
EXISTING = "config { name: 'm' base_path: '/m' "
COUNT = "/tensorflow/serving/request_count"


@pytest.fixture
def base_path(zoo: Path, tmp_path: Path) -> Path:
    """A model with versions 1 to 3."""
    for version in (1, 2, 3):
        add_counting_version(zoo, tmp_path / "m", version)
    return tmp_path / "m"


@pytest.fixture
def running(base_path: Path) -> Iterator[Server]:
    with serve(base_path, version_labels={"stable": 3}) as server:
        yield server


@pytest.fixture
def rpc(running: Server) -> Iterator[GrpcCalls]:
    with connected(running.grpc_address) as calls:
        yield calls


def answering(calls: GrpcCalls, name: str = "m", version: int | None = None, label: str | None = None) -> int:
    """The version that answers."""
    outputs = calls.predict(model_spec(name, version, label), {"x": tensor(np.array([0.0], np.float32))})
    return int(outputs["y"][0])


def wait_for(server: Server, name: str, version: int, state: ManagerState) -> None:
    def is_reached(monitor: ServableStateMonitor) -> bool:
        current = monitor.state(ServableId(name, version))
        return current is not None and current.state is state

    assert server.core._monitor.wait_for(is_reached, timeout_seconds=WAIT_SECONDS)


def test_a_new_model_answers_once_the_call_is_answered(rpc: GrpcCalls, base_path: Path) -> None:
    response = reload(rpc, listed(entry("m", base_path), entry("n", base_path, versions(1, 2))))
    assert response.HasField("status")
    assert (response.status.error_code, response.status.error_message) == (0, "")
    assert (answering(rpc), answering(rpc, "n")) in {(3, 1), (3, 2)}
    assert list(response.metric) == []


def test_a_model_left_out_is_unloaded_and_stays_in_the_history(
    running: Server, rpc: GrpcCalls, base_path: Path
) -> None:
    reload(rpc, listed(entry("n", base_path)))
    wait_for(running, "m", 3, ManagerState.END)
    assert refusal(lambda: answering(rpc)) == ("NOT_FOUND", "Servable not found for request: Latest(m)")
    assert [status.state for status in rpc.status(model_spec("m"))] == [ManagerState.END]
    assert running.core.model_names() == ("n",)


def test_another_policy_takes_effect_at_once(running: Server, rpc: GrpcCalls, base_path: Path) -> None:
    reload(rpc, listed(entry("m", base_path, versions(1))))
    wait_for(running, "m", 3, ManagerState.END)
    assert answering(rpc) == 1


def test_another_base_path_loads_its_versions_but_none_twice(
    running: Server, rpc: GrpcCalls, zoo: Path, base_path: Path
) -> None:
    elsewhere = base_path.with_name("elsewhere")
    for directory, number in (("3", 30), ("4", 4)):
        add_counting_version(zoo, elsewhere.with_name(f"made-{directory}"), number)
        elsewhere.mkdir(exist_ok=True)
        (elsewhere.with_name(f"made-{directory}") / str(number)).rename(elsewhere / directory)
    reload(rpc, listed(entry("m", elsewhere, versions(3, 4))))
    wait_for(running, "m", 4, ManagerState.AVAILABLE)
    assert answering(rpc, version=3) == 3  # Loaded from the old path, and not again.


def test_an_empty_list_serves_nothing_and_the_same_models_come_back(
    running: Server, rpc: GrpcCalls, base_path: Path
) -> None:
    for _ in range(3):
        reload(rpc, listed())
        wait_for(running, "m", 3, ManagerState.END)
        reload(rpc, listed(entry("m", base_path)))
        assert answering(rpc) == 3
        reload(rpc, listed(entry("m", base_path)))


REFUSED = {
    "no config": ("", "INVALID_ARGUMENT", "ServerModelConfig type not supported by HandleReloadConfigRequest. Only"),
    "custom": ("custom_model_config { }", "INVALID_ARGUMENT", "ServerModelConfig type not supported by"),
    "duplicate": (listed(entry("m", "/a"), entry("m", "/b")), "INVALID_ARGUMENT", "Illegal to list model m multiple"),
    "neither": (listed(EXISTING + "}"), "INVALID_ARGUMENT", "Illegal setting neither ModelServerConfig::model_type"),
    "both": (
        listed(EXISTING + "model_type: TENSORFLOW model_platform: 'tensorflow' }"),
        "INVALID_ARGUMENT",
        "Illegal setting both",
    ),
    "unknown platform": (
        listed("config { name: 'new' base_path: '/n' model_platform: 'caffe' }"),
        "INVALID_ARGUMENT",
        "Model new requests unsupported platform caffe",
    ),
    "platform changed": (
        listed(EXISTING + "model_platform: 'caffe' }"),
        "INVALID_ARGUMENT",
        "Illegal to change a model's platform. For model m platform was tensorflow and new platform requested is caffe",
    ),
    "log without a file": (listed(entry("m", "/m", "logging_config { }")), "INVALID_ARGUMENT", 'filename_prefix "" of'),
    "log of an unknown type": (
        listed(entry("m", "/m", "logging_config { log_collector_config { type: 'T' filename_prefix: '/x' } }")),
        "NOT_FOUND",
        "Cannot find LogCollector::Factory for type: T",
    ),
    "log in no directory": (
        listed(
            entry(
                "m",
                "/m",
                "logging_config { log_collector_config { filename_prefix: '/none/x' }"
                "sampling_config { sampling_rate: 1 } }",
            )
        ),
        "FAILED_PRECONDITION",
        "Cannot write the request log /none/x.tfrecord: No such file or directory",
    ),
    "label nowhere": (
        listed(entry("m", "/m", label("canary", 9))),
        "FAILED_PRECONDITION",
        "Request to assign label to version 9 of model m, which is not currently available for inference",
    ),
}


@pytest.mark.parametrize(("text", "code", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_changes_nothing_and_later_reloads_work(
    text: str, code: str, message: str, *, running: Server, rpc: GrpcCalls, base_path: Path
) -> None:
    before = running.core.models()
    for _ in range(2):
        refused = refusal(lambda: reload(rpc, text))
        assert (refused[0], refused[1][: len(message)]) == (code, message)
    assert running.core.models() == before
    assert (answering(rpc), answering(rpc, label="stable")) == (3, 3)
    reload(rpc, listed(entry("m", base_path)))


def test_a_refused_label_keeps_other_labels_and_models_out(running: Server, rpc: GrpcCalls, base_path: Path) -> None:
    text = listed(entry("n", base_path, label("x", 3)), entry("m", base_path, versions(1), label("stable", 9)))
    assert refusal(lambda: reload(rpc, text))[0] == "FAILED_PRECONDITION"
    assert running.core.model_names() == ("m",)
    assert (answering(rpc, label="stable"), running.core.is_available("n")) == (3, False)


def test_a_new_model_that_fails_is_named_and_the_rest_is_in_force(
    rpc: GrpcCalls, base_path: Path, tmp_path: Path
) -> None:
    (tmp_path / "bad/1").mkdir(parents=True)
    text = listed(entry("bad", tmp_path / "bad"), entry("good", base_path))
    code, message = refusal(lambda: reload(rpc, text))
    start = "1 model(s) did not become available: {{{name: bad version: 1} due to error: NOT_FOUND: "
    assert (code, message[: len(start)], message[-4:]) == ("UNKNOWN", start, "}, }")
    assert answering(rpc, "good") == 3
    reload(rpc, text)  # It is not new any more.


def test_a_failed_model_that_is_mended_and_added_again_is_loaded(
    rpc: GrpcCalls, base_path: Path, zoo: Path, tmp_path: Path
) -> None:
    (tmp_path / "n/1").mkdir(parents=True)
    both, one = listed(entry("m", base_path), entry("n", tmp_path / "n")), listed(entry("m", base_path))
    assert refusal(lambda: reload(rpc, both))[0] == "UNKNOWN"
    reload(rpc, one)
    (tmp_path / "n/1").rmdir()
    add_counting_version(zoo, tmp_path / "n", 1)
    reload(rpc, both)
    assert answering(rpc, "n") == 1


def test_a_missing_base_path_is_awaited_as_long_as_the_client_waits(
    *, running: Server, rpc: GrpcCalls, zoo: Path, base_path: Path, tmp_path: Path
) -> None:
    text = listed(entry("m", base_path), entry("late", tmp_path / "late"))
    assert refusal(lambda: reload(rpc, text, timeout=0.3))[0] == "DEADLINE_EXCEEDED"
    assert running.core.is_ready()  # One more model to come is no reason to send nobody here any more.
    add_counting_version(zoo, tmp_path / "late", 5)
    wait_for(running, "m", 3, ManagerState.AVAILABLE)
    assert running.core._monitor.wait_for(lambda _: running.core.is_available("late"), timeout_seconds=WAIT_SECONDS)
    assert answering(rpc, "late") == 5


def waiting_reload(server: Server, *models: ModelConfig) -> tuple[threading.Thread, list[BaseException]]:
    """A reload in a thread, once it is in force; the errors it ended with."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            server.core.reload(models)
        except BaseException as error:  # noqa: BLE001 (told to the test)
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while server.core.models() != models:
        thread.join(0.01)
    return thread, errors


def test_a_later_reload_is_not_held_up_by_one_that_waits(running: Server, base_path: Path) -> None:
    before = running.core.models()
    missing = ModelConfig(name="missing", base_path=base_path / "missing")
    thread, errors = waiting_reload(running, *before, missing)
    running.core.reload(before)
    thread.join(WAIT_SECONDS)
    assert [type(error) for error in errors] == [AbortedError]


def test_a_stopping_server_lets_no_reload_wait(running: Server, base_path: Path) -> None:
    before = running.core.models()
    thread, errors = waiting_reload(running, ModelConfig(name="missing", base_path=base_path / "missing"))
    running.stop()
    thread.join(WAIT_SECONDS)
    assert [type(error) for error in errors] == [UnavailableError]
    with pytest.raises(UnavailableError):
        running.core.reload(before)


def test_labels_move_with_a_reload_and_those_left_out_vanish(rpc: GrpcCalls, base_path: Path) -> None:
    everything = versions(1, 2, 3)
    reload(rpc, listed(entry("m", base_path, everything, label("stable", 3), label("old", 1))))
    reload(rpc, listed(entry("m", base_path, everything, label("stable", 2))))
    assert answering(rpc, label="stable") in {2, 3}
    reload(rpc, listed(entry("m", base_path, everything, label("a/b:c", 2))))
    unknown = ("INVALID_ARGUMENT", "Unrecognized servable version label: stable")
    assert refusal(lambda: answering(rpc, label="stable")) == unknown


def test_a_label_and_its_version_may_come_in_one_reload(running: Server, rpc: GrpcCalls, base_path: Path) -> None:
    reload(rpc, listed(entry("m", base_path, versions(1), label("stable", 1))))
    assert answering(rpc, label="stable") in {1, 3}
    wait_for(running, "m", 1, ManagerState.AVAILABLE)
    assert answering(rpc, label="stable") == 1
    reload(rpc, listed(entry("m", base_path, versions(1), label("stable", 1)), entry("n", base_path, label("x", 3))))
    assert answering(rpc, "n", label="x") == 3


def test_a_label_of_a_version_that_failed_is_refused(running: Server, rpc: GrpcCalls, base_path: Path) -> None:
    (base_path / "4").mkdir()
    reload(rpc, listed(entry("m", base_path, versions(3, 4))))
    wait_for(running, "m", 4, ManagerState.END)
    text = listed(entry("m", base_path, versions(3, 4), label("canary", 4)))
    assert refusal(lambda: reload(rpc, text))[0] == "FAILED_PRECONDITION"


def test_new_labels_may_point_anywhere_where_that_is_allowed(base_path: Path) -> None:
    allowing = serve(base_path, allow_version_labels_for_unavailable_models=True)
    with allowing as server, connected(server.grpc_address) as calls:
        reload(calls, listed(entry("m", base_path, label("stable", 3), label("next", 9))))
        missing = ("NOT_FOUND", "Servable not found for request: Specific(m, 9)")
        assert refusal(lambda: answering(calls, label="next")) == missing
        reload(calls, listed(entry("m", base_path, label("stable", 3), label("next", 9))))
        moved = listed(entry("m", base_path, label("stable", 9)))
        assert refusal(lambda: reload(calls, moved))[0] == "FAILED_PRECONDITION"
        assert answering(calls, label="stable") == 3


def test_each_metric_asked_for_is_answered_once(rpc: GrpcCalls, base_path: Path) -> None:
    answering(rpc)
    names = ["unknown", COUNT, "/tensorflow/serving/request_latency", COUNT]
    response = reload(rpc, listed(entry("m", base_path)), names)
    assert [(metric.name, metric.int64_value_increase) for metric in response.metric] == [
        ("unknown", 0),
        (COUNT, 0),
        ("/tensorflow/serving/request_latency", 0),
    ]


def test_requests_answered_during_a_reload_count_into_its_increase(
    *, running: Server, rpc: GrpcCalls, zoo: Path, base_path: Path, tmp_path: Path
) -> None:
    answering(rpc)
    answers: list[Any] = []
    text = listed(entry("m", base_path), entry("late", tmp_path / "late"))
    thread = threading.Thread(target=lambda: answers.append(reload(rpc, text, [COUNT])), daemon=True)
    thread.start()
    while "late" not in running.core.model_names():
        thread.join(0.01)
    for _ in range(3):
        answering(rpc)
    add_counting_version(zoo, tmp_path / "late", 1)
    thread.join(WAIT_SECONDS)
    assert [metric.int64_value_increase for answer in answers for metric in answer.metric] == [3]
