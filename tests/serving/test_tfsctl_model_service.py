"""`tfsctl.ModelService`: what a server of ours says and does over gRPC beyond TensorFlow Serving."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from serving.grpc_calls import GrpcCalls, connected, refusal
from serving.http_calls import RawConnection, get
from serving.model_directory import add_version, serve, wait_for_versions
from tfsctl.codec.model_service_protos import (
    TFSCTL_MODEL_SERVICE,
    ChangeVersionLabelsRequest,
    ChangeVersionLabelsResponse,
    ListModelsResponse,
)
from tfsctl.serving import Server


@pytest.fixture
def server(zoo: Path, tmp_path: Path) -> Iterator[Server]:
    """A server of `m`, version 1 of which is `stable`, and of a model without versions."""
    add_version(zoo / "scalar", tmp_path / "m", 1)
    with serve(tmp_path / "m", tmp_path / "empty", version_labels={"stable": 1}) as running:
        yield running


@pytest.fixture
def calls(server: Server) -> Iterator[GrpcCalls]:
    with connected(server.grpc_address) as calls:
        yield calls


def change(
    calls: GrpcCalls, model: str = "m", *, assign: Mapping[str, int] | None = None, drop: Sequence[str] = ()
) -> dict[str, int]:
    request = ChangeVersionLabelsRequest(model_name=model, assign=assign, drop=drop).SerializeToString()
    reply = calls.raw(TFSCTL_MODEL_SERVICE, "ChangeVersionLabels", request)
    return dict(ChangeVersionLabelsResponse.FromString(reply).version_labels)


def test_models_are_listed_with_versions_and_labels_and_nothing_of_the_disk(calls: GrpcCalls, tmp_path: Path) -> None:
    reply = calls.raw(TFSCTL_MODEL_SERVICE, "ListModels", b"")
    first, second = ListModelsResponse.FromString(reply).models
    assert (first.name, dict(first.version_labels)) == ("m", {"stable": 1})
    assert [(entry.version, entry.state) for entry in first.model_version_status] == [(1, 30)]
    assert (second.name, list(second.model_version_status)) == ("empty", [])
    assert str(tmp_path).encode() not in reply


def test_the_rest_list_says_the_same(server: Server) -> None:
    assert server.rest_port is not None
    with RawConnection(server.rest_port) as connection:
        models = json.loads(connection.ask(get("/v1/models")).body)["models"]
    assert [model["version_labels"] for model in models] == [{"stable": "1"}, {"stable": "1"}]


def test_changes_from_many_callers_at_once_are_all_made(calls: GrpcCalls) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: change(calls, assign={f"label-{number}": 1}), range(40)))
        list(pool.map(lambda number: change(calls, drop=(f"label-{number}",)), range(0, 40, 2)))
    assert change(calls) == {"stable": 1, **{f"label-{number}": 1 for number in range(1, 40, 2)}}


def test_a_label_may_go_to_a_version_that_is_on_its_way(
    calls: GrpcCalls, server: Server, zoo: Path, tmp_path: Path
) -> None:
    add_version(zoo / "scalar", tmp_path / "m", 2)
    assert change(calls, assign={"stable": 2}) == {"stable": 2}
    wait_for_versions(server, "m", 2)


UNAVAILABLE = "Request to assign label to version 7 of model m, which is not currently available for inference"


@pytest.mark.parametrize(
    ("change_made", "answer"),
    [
        ({"model": "n", "assign": {"a": 1}}, ("NOT_FOUND", "Could not find any versions of model n")),
        ({"drop": ["a"]}, ("NOT_FOUND", "Model m has no version label a.")),
        ({"assign": {"": 1}}, ("INVALID_ARGUMENT", "A version label is empty.")),
        ({"assign": {"a": -1}}, ("INVALID_ARGUMENT", "A version is not negative.")),
        ({"assign": {"a": 7}, "drop": ["stable"]}, ("FAILED_PRECONDITION", UNAVAILABLE)),
    ],
)
def test_what_is_refused_changes_nothing(calls: GrpcCalls, change_made: Any, answer: tuple[str, str]) -> None:
    assert refusal(lambda: change(calls, **change_made)) == answer
    assert change(calls) == {"stable": 1}


def test_a_broken_message_is_internal(calls: GrpcCalls) -> None:
    code, text = refusal(lambda: calls.raw(TFSCTL_MODEL_SERVICE, "ChangeVersionLabels", b"\xff"))
    assert code == "INTERNAL"
    assert text.startswith("Exception deserializing request!")
