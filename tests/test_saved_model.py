"""Reading what a SavedModel says of itself."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from google.protobuf import text_format

from tfsctl.data_type import DataType
from tfsctl.errors import (
    DataLossError,
    NotFoundError,
    PermissionDeniedError,
    UnavailableError,
    UnimplementedError,
)
from tfsctl.protos import TensorProto
from tfsctl.saved_model import describe_meta_graph, read_saved_model, read_saved_model_proto
from tfsctl.signature import CLASSIFY_METHOD_NAME, PREDICT_METHOD_NAME, REGRESS_METHOD_NAME, TensorSpec


def test_signatures_have_their_methods_tensors_types_and_shapes(zoo: Path) -> None:
    signatures = read_saved_model(zoo / "half_plus_two/1").signatures

    assert {name: signature.method_name for name, signature in signatures.items()} == {
        "classify_x_to_y": CLASSIFY_METHOD_NAME,
        "regress_x2_to_y3": REGRESS_METHOD_NAME,
        "regress_x_to_y": REGRESS_METHOD_NAME,
        "regress_x_to_y2": REGRESS_METHOD_NAME,
        "serving_default": PREDICT_METHOD_NAME,
    }
    assert signatures["serving_default"].inputs == {"x": TensorSpec("x:0", DataType.FLOAT, (-1, 1))}
    assert signatures["serving_default"].outputs == {"y": TensorSpec("y:0", DataType.FLOAT, (-1, 1))}
    assert signatures["regress_x_to_y"].inputs["inputs"] == TensorSpec("tf_example:0", DataType.STRING, None)


def test_signatures_and_aliases_come_in_order(zoo: Path) -> None:
    signatures = read_saved_model(zoo / "half_plus_two/1").signatures
    signature = read_saved_model(zoo / "sum_difference/1").signatures["serving_default"]

    assert list(signatures) == sorted(signatures)
    assert (list(signature.inputs), list(signature.outputs)) == (["a", "b"], ["difference", "sum"])


def test_a_scalar_and_an_unknown_rank_are_told_apart(zoo: Path) -> None:
    assert read_saved_model(zoo / "scalar/1").signatures["serving_default"].inputs["x"].shape == ()
    assert read_saved_model(zoo / "identity_int8/1").signatures["serving_default"].inputs["x"].shape is None


def test_default_inputs_are_kept_as_serialized_tensors(zoo: Path) -> None:
    signature = read_saved_model(zoo / "half_plus_two_tf2/1").signatures["serving_default"]

    assert list(signature.defaults) == ["x"]
    assert TensorProto.FromString(signature.defaults["x"]).float_val == [0.0]


def test_the_init_operation_is_no_signature_to_run_but_shown_in_metadata(zoo: Path) -> None:
    info = read_saved_model(zoo / "half_plus_two_tf2/1")

    assert set(info.signatures) == {"serving_default"}
    assert set(info.signature_defs) == {"serving_default", "__saved_model_init_op"}


def test_an_output_that_is_a_reference_has_the_type_of_its_value(zoo: Path) -> None:
    info = read_saved_model(zoo / "counter/1")

    assert info.signature_defs["incr_counter"].outputs["output"].dtype > 100  # DT_FLOAT_REF
    assert info.signatures["incr_counter"].outputs["output"].dtype == DataType.FLOAT


def test_operations_in_functions_are_listed_too(zoo: Path) -> None:
    info = read_saved_model(zoo / "half_plus_two_tf2/1")

    assert {"AddV2", "Mul", "ReadVariableOp"} <= set(info.ops)
    assert list(info.ops) == sorted(info.ops)
    assert info.tensorflow_version.startswith("2.")


def test_the_text_form_is_read_where_there_is_no_binary(zoo: Path, tmp_path: Path) -> None:
    message = read_saved_model_proto(zoo / "scalar/1")
    (tmp_path / "saved_model.pbtxt").write_text(text_format.MessageToString(message))

    assert read_saved_model(tmp_path).signatures == read_saved_model(zoo / "scalar/1").signatures


@pytest.mark.parametrize("tags", [("serve",), ("train",), ("train", "gpu", "serve")])
def test_tags_must_match_exactly_and_those_there_are_named(zoo: Path, tags: tuple[str, ...]) -> None:
    with pytest.raises(NotFoundError) as caught:
        read_saved_model(zoo / "without_serve_tag/1", tags)

    supplied = " ".join(["{", *sorted(tags), "}"])
    assert caught.value.message.startswith(f"Could not find meta graph def matching supplied tags: {supplied}.")
    assert "{ gpu, train }" in (caught.value.hint or "")


def test_tags_match_in_any_order(zoo: Path) -> None:
    assert set(read_saved_model(zoo / "without_serve_tag/1", ("gpu", "train")).tags) == {"train", "gpu"}


@pytest.mark.parametrize("name", ["empty", "file", "missing"])
def test_a_place_without_a_saved_model_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()

    with pytest.raises(NotFoundError) as caught:
        read_saved_model(tmp_path / name)

    assert caught.value.message == (
        "Specified file path does not appear to contain a SavedModel bundle (should have a file called"
        f" `saved_model.pb`)\nSpecified file path: {tmp_path / name}"
    )


@pytest.mark.parametrize("damage", [b"\xff", b"garbage" * 100])
def test_a_file_that_is_no_saved_model_is_named(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "saved_model.pb").write_bytes(damage)

    with pytest.raises(DataLossError, match=r"^Can't parse .*/saved_model\.pb as binary proto$"):
        read_saved_model(tmp_path)


@pytest.mark.parametrize("damage", [b"\xff\xfe", b"meta_graphs {"])
def test_a_text_file_that_is_no_saved_model_is_named(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "saved_model.pbtxt").write_bytes(damage)

    with pytest.raises(DataLossError, match=r"^Can't parse .*/saved_model\.pbtxt as text proto$"):
        read_saved_model(tmp_path)


def test_an_empty_file_has_no_meta_graphs(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").touch()

    with pytest.raises(NotFoundError, match="matching supplied tags") as caught:
        read_saved_model(tmp_path)

    assert "none" in (caught.value.hint or "")


def test_a_session_bundle_of_tensorflow_before_1_is_unimplemented(tmp_path: Path) -> None:
    (tmp_path / "export.meta").touch()

    with pytest.raises(UnimplementedError, match=r"^Session Bundle is deprecated and removed\.$"):
        read_saved_model(tmp_path)


def test_a_file_that_cannot_be_read_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").mkdir()

    with pytest.raises(UnavailableError, match="Is a directory"):
        read_saved_model(tmp_path)


def test_a_file_that_may_not_be_read_is_denied(nobody: None) -> None:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "saved_model.pb").touch(mode=0)

        with pytest.raises(PermissionDeniedError):
            read_saved_model(directory)


def test_the_description_is_of_its_own(zoo: Path) -> None:
    message = read_saved_model_proto(zoo / "scalar/1")
    info = describe_meta_graph(zoo / "scalar/1", message.meta_graphs[0])

    message.meta_graphs[0].signature_def["serving_default"].inputs["x"].name = "changed"

    assert info.signature_defs["serving_default"].inputs["x"].name == "serving_default_x:0"
