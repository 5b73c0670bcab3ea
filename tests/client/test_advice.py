"""Hints that a second look at the server gives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stub_servers import Reply, http_stub
from tfsctl.client import connect
from tfsctl.client.advice import nearest
from tfsctl.errors import TfsctlError
from tfsctl.model_spec import ModelSpec

NOT_FOUND = Reply(404, b'{"error": "Servable not found for request: Latest(m)"}')


def versions(*states: tuple[int, str, str]) -> list[dict[str, Any]]:
    return [
        {"version": str(version), "state": state, "status": {"error_code": "OK", "error_message": message}}
        for version, state, message in states
    ]


def hint(spec: ModelSpec | str, replies: dict[str, Reply]) -> str | None:
    """The hint of a prediction by a server that answers these paths and nothing else."""
    with (
        http_stub(lambda _, path, __: replies.get(path, NOT_FOUND)) as stub,
        connect(f"http://{stub.address}") as client,
        pytest.raises(TfsctlError) as caught,
    ):
        client.predict_json(spec, b"{}")
    return caught.value.hint


def listing(*names: str) -> Reply:
    return Reply(body=json.dumps({"models": [{"name": name, "model_version_status": []} for name in names]}).encode())


def status(*states: tuple[int, str, str]) -> Reply:
    return Reply(body=json.dumps({"model_version_status": versions(*states)}).encode())


def test_an_unknown_model_gets_the_nearest_name_and_the_list() -> None:
    given = hint("half_plus_tow", {"/v1/models": listing("mnist", "half_plus_two")})
    assert given == "Did you mean half_plus_two? The server knows mnist, half_plus_two."


def test_an_unknown_model_with_no_near_name_gets_the_list() -> None:
    assert hint("resnet", {"/v1/models": listing("a", "b")}) == "The server knows a, b."


def test_a_long_list_is_cut() -> None:
    given = hint("resnet", {"/v1/models": listing(*(f"m{number}" for number in range(15)))})
    assert given is not None
    assert given.endswith("m9 and 5 more.")


def test_a_server_without_models_says_so() -> None:
    assert hint("resnet", {"/v1/models": listing()}) == "The server serves no model."


def test_a_server_that_cannot_list_gives_no_hint() -> None:
    assert hint("resnet", {"/v1/models": Reply(400, b'{"error": "Missing model name in request."}')}) is None


def test_a_missing_version_gets_the_available_ones() -> None:
    replies = {"/v1/models/m": status((3, "AVAILABLE", ""), (2, "AVAILABLE", ""), (1, "END", ""))}
    assert hint(ModelSpec("m", version=7), replies) == "Available versions of m: 3, 2."


def test_a_model_that_did_not_load_gets_the_reason() -> None:
    given = hint("m", {"/v1/models/m": status((1, "END", "Can't parse saved_model.pb"))})
    assert given == "m has no available version; version 1 is in state END: Can't parse saved_model.pb."


def test_an_unknown_signature_gets_the_names_there_are() -> None:
    refusal = Reply(400, b'{"error": "Serving signature name: \\"sum\\" not found in signature def"}')
    signatures: dict[str, Any] = {"signature_def": {"sums": {}, "other": {}}}
    document = {"model_spec": {"name": "m", "version": "1"}, "metadata": {"signature_def": signatures}}
    replies = {"/v1/models/m:predict": refusal, "/v1/models/m/metadata": Reply(body=json.dumps(document).encode())}
    given = hint(ModelSpec("m", signature_name="sum"), replies)
    assert given == "Did you mean sums? m has the signatures other, sums."


@pytest.mark.parametrize(
    ("wanted", "found"), [("MNIST", "mnist"), ("mnits", "mnist"), ("half_plus_2", "half_plus_two"), ("xyz", None)]
)
def test_nearest_forgives_typing_errors(wanted: str, found: str | None) -> None:
    assert nearest(wanted, ["mnist", "half_plus_two"]) == found
