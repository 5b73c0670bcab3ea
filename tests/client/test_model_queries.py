"""Status, metadata and the list of models from the real server, over both protocols."""

from __future__ import annotations

from pathlib import Path

import pytest

from serving.model_directory import add_version, serve
from tfsctl.client import Client, VersionStatus, connect
from tfsctl.errors import NotFoundError
from tfsctl.model_spec import ModelSpec
from tfsctl.saved_model import read_saved_model
from tfsctl.serving import Server


@pytest.mark.parametrize("name", ["half_plus_two", "half_plus_two_tf2", "sum_difference", "strings", "counter"])
def test_metadata_is_what_stands_in_the_saved_model(client: Client, zoo: Path, name: str) -> None:
    metadata = client.metadata(name)
    assert (metadata.name, metadata.version) == (name, 1)
    assert metadata.signatures == read_saved_model(zoo / name / "1").signatures


def test_metadata_is_the_same_over_both_protocols_for_every_type(rest: Client, grpc: Client) -> None:
    names = [model.name for model in rest.models() if model.name.startswith("identity_")]
    assert len(names) > 10
    for name in names:
        assert rest.metadata(name) == grpc.metadata(name)


def test_status_tells_the_versions(client: Client) -> None:
    assert client.status("half_plus_two") == (VersionStatus(1, "AVAILABLE"),)
    assert client.status(ModelSpec("half_plus_two", version=1)) == (VersionStatus(1, "AVAILABLE"),)


def test_status_of_an_unknown_version_is_not_found(client: Client) -> None:
    with pytest.raises(NotFoundError, match="Could not find version 7 of model half_plus_two"):
        client.status(ModelSpec("half_plus_two", version=7))


def test_status_and_metadata_of_an_unknown_model_are_not_found(client: Client) -> None:
    with pytest.raises(NotFoundError, match="Could not find any versions of model resnet"):
        client.status("resnet")
    with pytest.raises(NotFoundError, match=r"Latest\(resnet\)"):
        client.metadata("resnet")


def test_a_version_that_cannot_be_loaded_tells_why(zoo: Path, tmp_path: Path) -> None:
    add_version(zoo / "truncated_saved_model", tmp_path / "m", 2)
    add_version(zoo / "half_plus_two", tmp_path / "m", 1)
    with (
        serve(zoo / "half_plus_two_tf2", tmp_path / "m", max_num_load_retries=0) as server,
        connect(f"http://{server.rest_address}") as rest,
        connect(f"grpc://{server.grpc_address}") as grpc,
    ):
        assert rest.status("m") == grpc.status("m")
        newest = rest.status("m")[0]
    assert (newest.version, newest.state, newest.error_code != "OK") == (2, "END", True)
    assert newest.error_message


def test_models_lists_all_with_their_versions(rest: Client, server: Server) -> None:
    models = rest.models()
    assert {model.name for model in models} == set(server.core.model_names())
    assert all(model.is_available for model in models)


def test_models_are_the_same_over_both_protocols(rest: Client, grpc: Client) -> None:
    assert grpc.models() == rest.models()
    assert {model.name: model.version_labels for model in grpc.models()}["half_plus_two"] == {"stable": 1}


def test_an_unknown_model_gets_the_nearest_name(client: Client) -> None:
    with pytest.raises(NotFoundError) as caught:
        client.predict("half_plus_tow", [1.0])
    assert (caught.value.hint or "").startswith("Did you mean half_plus_two? The server knows ")


def test_an_unknown_version_and_signature_get_those_there_are(client: Client) -> None:
    with pytest.raises(NotFoundError) as caught:
        client.predict(ModelSpec("half_plus_two", version=7), [1.0])
    assert caught.value.hint == "Available versions of half_plus_two: 1."
    with pytest.raises(Exception, match="not found") as refused:
        client.predict_json(ModelSpec("half_plus_two", signature_name="regress"), {"instances": [1.0]})
    assert "half_plus_two has the signatures" in (getattr(refused.value, "hint", "") or "")


@pytest.mark.parametrize("protocol", ["rest", "grpc"])
def test_connect_finds_out_which_protocol_the_servers_ports_speak(server: Server, protocol: str) -> None:
    address = server.rest_address if protocol == "rest" else server.grpc_address
    with connect(address) as client:
        assert client.address.protocol == protocol
        assert client.predict("half_plus_two", [1.0]).outputs["y"].tolist() == [2.5]
