"""A client that tells a server what to serve, and which labels its versions have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.model_directory import QUICK, add_version, wait_for_versions
from serving.reload_calls import entry, label, listed, versions
from stub_servers import Refusal, grpc_stub
from tfsctl.client import Client, connect
from tfsctl.core import ManagerState, ServableId
from tfsctl.errors import (
    DeadlineExceededError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    UnimplementedError,
    UsageError,
)
from tfsctl.model_spec import ModelSpec
from tfsctl.protos import ModelServerConfig, ReloadConfigResponse
from tfsctl.serving import Server, ServerConfig


@pytest.fixture
def base_path(zoo: Path, tmp_path: Path) -> Path:
    """A model with versions 1 and 2."""
    for version in (1, 2):
        add_version(zoo / "half_plus_two", tmp_path / "m", version)
    return tmp_path / "m"


@pytest.fixture
def server(base_path: Path, tmp_path: Path) -> Iterator[Server]:
    """A server that was started with a configuration file and serves both versions of `m`."""
    (tmp_path / "models.config").write_text(listed(entry("m", base_path, versions(1, 2))))
    with Server(ServerConfig(**QUICK, model_config_file=tmp_path / "models.config")) as running:
        wait_for_versions(running, "m", 1, 2)
        yield running


@pytest.fixture
def grpc(server: Server) -> Iterator[Client]:
    with connect(f"grpc://{server.grpc_address}") as client:
        yield client


def test_reload_takes_text_or_a_message_and_the_models_are_there(grpc: Client, base_path: Path, zoo: Path) -> None:
    text = listed(entry("m", base_path, versions(1, 2), label("stable", 1)), entry("other", zoo / "scalar"))
    assert grpc.reload(text) == {}
    assert grpc.predict("other", 1.0).outputs
    assert grpc.status("m")[-1].is_available
    message = ModelServerConfig()
    message.model_config_list.config.add(name="m", base_path=str(base_path), model_platform="tensorflow")
    grpc.reload(message)
    assert [model.name for model in grpc.models()] == ["m"]


def test_reload_gives_the_increase_of_metrics(grpc: Client, base_path: Path) -> None:
    names = ["/tensorflow/no/such/metric"]
    assert grpc.reload(listed(entry("m", base_path)), metric_names=names) == {names[0]: 0}


def test_reload_that_is_refused_has_the_servers_words(grpc: Client, base_path: Path) -> None:
    with pytest.raises(FailedPreconditionError, match="assign label to version 9 of model m"):
        grpc.reload(listed(entry("m", base_path, label("stable", 9))))
    with pytest.raises(InvalidArgumentError, match="not supported by HandleReloadConfigRequest"):
        grpc.reload("")


def test_reload_of_what_is_no_configuration_is_a_usage_error_with_its_place(grpc: Client) -> None:
    with pytest.raises(UsageError, match=r"^the configuration:2:3: .*bas_path"):
        grpc.reload('model_config_list { config {\n  bas_path: "/m" } }')


def test_reload_takes_the_error_that_stands_in_the_answer() -> None:
    response = ReloadConfigResponse()
    response.status.error_code, response.status.error_message = 9, "not now"
    with (
        grpc_stub(lambda *_: response.SerializeToString()) as port,
        connect(f"grpc://127.0.0.1:{port}") as client,
        pytest.raises(FailedPreconditionError, match="not now"),
    ):
        client.reload("model_config_list {}")


def test_reload_that_takes_too_long_is_a_deadline(grpc: Client, base_path: Path, tmp_path: Path) -> None:
    with pytest.raises(DeadlineExceededError):
        grpc.reload(listed(entry("m", base_path), entry("late", tmp_path / "late")), timeout_seconds=0.3)


def test_labels_are_given_moved_and_taken_away_and_the_rest_stays(grpc: Client, server: Server) -> None:
    before = server.core.models()[0]
    assert grpc.change_labels("m", assign={"stable": 1, "canary": 2}) == {"canary": 2, "stable": 1}
    assert grpc.predict(ModelSpec("m", version_label="canary"), [1.0]).spec.version == 2
    assert grpc.change_labels("m", assign={"stable": 2}, drop=["canary"]) == {"stable": 2}
    assert grpc.predict(ModelSpec("m", version_label="stable"), [1.0]).spec.version == 2
    with pytest.raises(InvalidArgumentError, match="Unrecognized servable version label: canary"):
        grpc.predict(ModelSpec("m", version_label="canary"), [1.0])
    after = server.core.models()[0]
    assert (after.base_path, after.version_policy) == (before.base_path, before.version_policy)
    assert [model.version_labels for model in grpc.models()] == [{"stable": 2}]


def test_labels_that_are_refused_change_nothing(grpc: Client) -> None:
    grpc.change_labels("m", assign={"stable": 1})
    with pytest.raises(FailedPreconditionError, match="Request to assign label to version 9 of model m"):
        grpc.change_labels("m", assign={"stable": 2, "canary": 9})
    with pytest.raises(NotFoundError, match="Model m has no version label canary"):
        grpc.change_labels("m", assign={"stable": 2}, drop=["canary"])
    with pytest.raises(NotFoundError, match="Could not find any versions of model n"):
        grpc.change_labels("n", assign={"stable": 1})
    with pytest.raises(InvalidArgumentError):
        grpc.change_labels("m", assign={"": 1})
    with pytest.raises(InvalidArgumentError):
        grpc.change_labels("m", assign={"stable": -1})
    assert grpc.change_labels("m") == {"stable": 1}


def test_a_label_whose_version_has_gone_does_not_hold_up_others(grpc: Client, server: Server, base_path: Path) -> None:
    grpc.change_labels("m", assign={"old": 1})
    grpc.reload(listed(entry("m", base_path, label("old", 1), label("new", 2))))
    server.core._monitor.wait_until(ServableId("m", 1), ManagerState.END, timeout_seconds=20)
    assert grpc.change_labels("m", assign={"stable": 2}) == {"new": 2, "old": 1, "stable": 2}


def test_a_server_that_follows_its_file_refuses_labels_that_it_would_undo(base_path: Path, tmp_path: Path) -> None:
    file = tmp_path / "models.config"
    file.write_text(listed(entry("m", base_path)))
    config = ServerConfig(**QUICK, model_config_file=file, model_config_file_poll_wait_seconds=60)
    with (
        Server(config) as server,
        connect(f"grpc://{server.grpc_address}") as client,
        pytest.raises(FailedPreconditionError, match="follows its model config file"),
    ):
        client.change_labels("m", assign={"stable": 2})


def test_rest_can_neither_reload_nor_change_labels() -> None:
    with connect("http://127.0.0.1:1") as client:
        with pytest.raises(UnimplementedError) as caught:
            client.reload("model_config_list {}")
        assert "--grpc" in (caught.value.hint or "")
        with pytest.raises(UnimplementedError):
            client.change_labels("m", assign={"stable": 1})


def test_another_server_cannot_change_labels_alone() -> None:
    import grpc as grpcio

    def refuse(method: str, request: bytes) -> bytes:
        raise Refusal(grpcio.StatusCode.UNIMPLEMENTED, "")

    with (
        grpc_stub(refuse) as port,
        connect(f"grpc://127.0.0.1:{port}") as client,
        pytest.raises(UnimplementedError, match="cannot change version labels alone"),
    ):
        client.change_labels("m", assign={"stable": 1})


def test_the_list_of_models_over_rest_has_labels(server: Server, grpc: Client) -> None:
    grpc.change_labels("m", assign={"stable": 1})
    with connect(f"http://{server.rest_address}") as rest:
        assert rest.models() == grpc.models()
        assert rest.models()[0].version_labels == {"stable": 1}
