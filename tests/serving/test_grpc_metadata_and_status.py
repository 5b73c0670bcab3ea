"""GetModelMetadata and GetModelStatus over a real gRPC connection (tensorflow-serving.md §2.6)."""

from __future__ import annotations

from typing import Any

import pytest

from serving.grpc_calls import GrpcCalls, model_spec, refusal
from tfsctl.protos import SignatureDefMap

AVAILABLE = 30


def test_metadata_holds_every_signature(calls: GrpcCalls) -> None:
    response = calls.metadata(model_spec("half_plus_two", signature="ignored"), "signature_def")
    signatures = SignatureDefMap()
    assert response.metadata["signature_def"].Unpack(signatures)
    assert signatures.signature_def.keys() >= {"serving_default", "regress_x_to_y", "classify_x_to_y"}
    assert signatures.signature_def["serving_default"].inputs["x"].name == "x:0"
    assert response.metadata["signature_def"].type_url == "type.googleapis.com/tensorflow.serving.SignatureDefMap"


def test_metadata_holds_the_defaults_of_inputs(calls: GrpcCalls) -> None:
    response = calls.metadata(model_spec("half_plus_two_tf2"), "signature_def")
    signatures = SignatureDefMap()
    response.metadata["signature_def"].Unpack(signatures)
    assert "x" in signatures.signature_def["serving_default"].defaults


def test_metadata_echoes_name_and_version_only(calls: GrpcCalls) -> None:
    spec = calls.metadata(model_spec("half_plus_two", label="stable", signature="any"), "signature_def").model_spec
    assert (spec.name, spec.version.value, spec.version_label, spec.signature_name) == ("half_plus_two", 1, "", "")


@pytest.mark.parametrize(
    ("spec", "fields", "status"),
    [
        (None, ["signature_def"], ("INVALID_ARGUMENT", "Missing ModelSpec")),
        (
            model_spec("m"),
            [],
            ("INVALID_ARGUMENT", "GetModelMetadataRequest must specify at least one metadata_field"),
        ),
        (model_spec("m"), ["signature_def", "ops"], ("INVALID_ARGUMENT", "Metadata field ops is not supported")),
        (model_spec("m"), ["signature_def"], ("NOT_FOUND", "Servable not found for request: Latest(m)")),
        (
            model_spec("half_plus_two", label="beta"),
            ["signature_def"],
            ("INVALID_ARGUMENT", "Unrecognized servable version label: beta"),
        ),
    ],
    ids=["no spec", "no field", "other field", "unknown model", "unknown label"],
)
def test_metadata_is_refused(calls: GrpcCalls, spec: Any, fields: list[str], status: tuple[str, str]) -> None:
    assert refusal(lambda: calls.metadata(spec, *fields)) == status


@pytest.mark.parametrize(
    "spec",
    [model_spec("half_plus_two"), model_spec("half_plus_two", 1), model_spec("half_plus_two", label="unknown")],
    ids=["latest", "version", "label is ignored"],
)
def test_status_tells_the_state(calls: GrpcCalls, spec: Any) -> None:
    (status,) = calls.status(spec)
    assert (status.version, status.state) == (1, AVAILABLE)
    assert status.HasField("status")
    assert (status.status.error_code, status.status.error_message) == (0, "")


@pytest.mark.parametrize(
    ("spec", "code", "text"),
    [
        (None, "INVALID_ARGUMENT", "Missing ModelSpec"),
        (model_spec("m"), "NOT_FOUND", "Could not find any versions of model m"),
        (model_spec("half_plus_two", 7), "NOT_FOUND", "Could not find version 7 of model half_plus_two"),
    ],
    ids=["no spec", "unknown model", "unknown version"],
)
def test_status_is_refused(calls: GrpcCalls, spec: Any, code: str, text: str) -> None:
    assert refusal(lambda: calls.status(spec)) == (code, text)
