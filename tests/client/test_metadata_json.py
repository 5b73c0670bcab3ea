"""The REST replies about models, as values."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tfsctl.client.metadata_json import parse_metadata, parse_models, parse_status
from tfsctl.client.values import ModelSummary, VersionStatus
from tfsctl.data_type import DataType
from tfsctl.protos import TensorProto
from tfsctl.signature import TensorSpec


def info(dtype: str = "DT_FLOAT", **shape: Any) -> dict[str, Any]:
    return {"name": "x:0", "dtype": dtype, "tensor_shape": {"dim": [], "unknown_rank": False, **shape}}


def metadata(**definition: Any) -> bytes:
    """A reply with one signature, in the wrapping of tensorflow-serving.md §1.10."""
    signatures = {
        "serving_default": {"inputs": {}, "outputs": {}, "method_name": "m", "defaults": {}, **definition},
        "__saved_model_init_op": {"inputs": {}, "outputs": {"__saved_model_init_op": info("DT_INVALID")}},
    }
    spec = {"name": "half_plus_two", "version": "123", "signature_name": ""}
    return json.dumps(
        {"model_spec": spec, "metadata": {"signature_def": {"signature_def": signatures}}}, indent=1
    ).encode()


def test_metadata_names_model_and_version_and_leaves_the_init_op_out() -> None:
    parsed = parse_metadata(metadata())
    assert (parsed.name, parsed.version, list(parsed.signatures)) == ("half_plus_two", 123, ["serving_default"])
    assert parsed.signatures["serving_default"].method_name == "m"


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ({"dim": [{"size": "-1", "name": ""}, {"size": "784", "name": ""}]}, (-1, 784)),
        ({"dim": []}, ()),
        ({"unknown_rank": True}, None),
    ],
)
def test_shapes_of_every_kind_are_read(shape: dict[str, Any], expected: tuple[int, ...] | None) -> None:
    signature = parse_metadata(metadata(inputs={"x": info(**shape)})).signatures["serving_default"]
    assert signature.inputs == {"x": TensorSpec("x:0", DataType.FLOAT, expected)}


@pytest.mark.parametrize("dtype", list(DataType))
def test_every_type_is_read_by_its_name(dtype: DataType) -> None:
    signature = parse_metadata(metadata(outputs={"y": info(dtype.proto_name)})).signatures["serving_default"]
    assert signature.outputs["y"].dtype is dtype


@pytest.mark.parametrize(("name", "dtype"), [("DT_FLOAT_REF", DataType.FLOAT), ("DT_NEW", DataType.INVALID)])
def test_references_are_of_their_values_type_and_unknown_types_invalid(name: str, dtype: DataType) -> None:
    signature = parse_metadata(metadata(inputs={"x": info(name)})).signatures["serving_default"]
    assert signature.inputs["x"].dtype is dtype


def test_default_inputs_become_serialized_tensors() -> None:
    tensor = {"dtype": "DT_FLOAT", "tensor_shape": {"dim": [{"size": "1"}]}, "float_val": [0.5], "version_number": 0}
    defaults = parse_metadata(metadata(defaults={"x": tensor})).signatures["serving_default"].defaults
    assert TensorProto.FromString(defaults["x"]).float_val == [0.5]


def test_status_and_models_read_versions_in_their_order() -> None:
    status = {"error_code": "NOT_FOUND", "error_message": "gone"}
    entries = [
        {"version": "7", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}},
        {"version": "3", "state": "END", "status": status},
    ]
    versions = (VersionStatus(7, "AVAILABLE"), VersionStatus(3, "END", "NOT_FOUND", "gone"))
    assert parse_status(json.dumps({"model_version_status": entries}).encode()) == versions
    models = parse_models(json.dumps({"models": [{"name": "m", "model_version_status": entries}]}).encode())
    assert models == (ModelSummary("m", versions),)
    assert models[0].is_available


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"model_spec": 3}', b'{"model_spec": {"name": "m"}}'])
def test_anything_else_is_an_error(body: bytes) -> None:
    with pytest.raises((ValueError, KeyError)):
        parse_metadata(body)
