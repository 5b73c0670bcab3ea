from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from check.models import edit, put, rename_op
from tfsctl.check import CheckOptions, Finding, Report, Severity, check_path
from tfsctl.check.op_names import COMMON, REWRITTEN, RUN_CODE, TOUCH_FILES, library_of
from tfsctl.check.signatures import json_types
from tfsctl.codec.dtypes import to_numpy
from tfsctl.codec.json_tensor import parse_predict_body
from tfsctl.data_type import DataType
from tfsctl.errors import TfsctlError
from tfsctl.runtime import load_model
from tfsctl.runtime.op_kernels import find_devices
from tfsctl.signature import TensorSpec


def find(report: Report, kind_id: str) -> Finding:
    (one,) = [finding for finding in report.findings if finding.kind.id == kind_id]
    return one


def test_common_operations_run_on_the_cpu() -> None:
    """They are not compared with TensorFlow's library when a model is checked."""
    devices = find_devices(COMMON)
    assert [op for op in COMMON if not (devices[op] or frozenset()) & {"CPU", "DEFAULT"}] == []


def test_the_operations_looked_for_exist() -> None:
    devices = find_devices(TOUCH_FILES | RUN_CODE | REWRITTEN)
    assert [op for op, there in devices.items() if there is None] == []


def test_devices_of_operations_are_told_apart() -> None:
    devices = find_devices(["MatMul", "CudnnRNN", "EagerPyFunc", "NoSuchOp"])
    assert "CPU" in (devices["MatMul"] or ())
    assert devices["CudnnRNN"] == frozenset({"GPU"})
    assert (devices["EagerPyFunc"], devices["NoSuchOp"]) == (frozenset(), None)


@pytest.mark.parametrize(
    ("op", "library"),
    [
        ("SentencepieceOp", "TensorFlow Text"),
        ("TFText>FastWordpieceTokenizeWithOffsets", "TensorFlow Text"),
        ("SimpleMLInferenceOpWithHandle", "TensorFlow Decision Forests"),
        ("Addons>Gelu", "TensorFlow Addons"),
        ("NoSuchOp", None),
    ],
)
def test_the_library_of_an_operation_is_known_by_its_name(op: str, library: str | None) -> None:
    assert library_of(op) == library


def test_the_verdict_is_the_one_of_the_runtime(zoo: Path) -> None:
    """Whatever the check calls loadable loads, and whatever it does not, does not."""
    for base_path in sorted(zoo.iterdir()):
        (model,) = check_path(base_path).models
        try:
            load_model(base_path / "1").close()
        except TfsctlError:
            assert not model.versions[0].is_loadable, base_path.name
        else:
            assert model.versions[0].is_loadable, base_path.name


def test_a_missing_operation_is_placed_in_the_function_it_is_in(zoo: Path) -> None:
    finding = find(check_path(zoo / "missing_op"), "missing-op")
    assert "NoSuchOp" in finding.message
    assert "in the function __inference_" in finding.evidence[0]


def test_an_operation_in_a_function_that_nothing_calls_does_no_harm(home: Path, zoo: Path) -> None:
    def add_function(meta_graph: object) -> None:
        function = meta_graph.graph_def.library.function.add()  # type: ignore[attr-defined]  # A message of protobuf.
        function.signature.name = "idle"
        function.node_def.add(name="x", op="NoSuchOp")
        function.node_def.add(name="y", op="ReadFile")

    version = edit(put(zoo, home / "m"), add_function)
    load_model(version).close()
    report = check_path("m")
    assert report.would_serve
    assert find(report, "missing-op").severity is Severity.NOTE
    assert "no signature calls it" in find(report, "op-touches-files").message


def test_a_signature_that_runs_remains_when_another_cannot(home: Path, zoo: Path) -> None:
    edit(put(zoo, home / "m", model="effects"), rename_op("CudnnRNN", old="WriteFile"))
    finding = find(check_path("m"), "op-without-kernel")
    assert (finding.severity, "writes cannot be called" in finding.message) == (Severity.WARNING, True)


def test_the_saver_of_the_model_itself_is_no_security_finding(home: Path, zoo: Path) -> None:
    for name in ("cnn", "half_plus_two", "table"):
        assert "op-touches-files" not in {finding.kind.id for finding in check_path(zoo / name).findings}


def test_a_table_that_is_no_asset_is_one(home: Path, zoo: Path) -> None:
    edit(put(zoo, home / "m", model="table"), lambda meta_graph: meta_graph.ClearField("asset_file_def"))
    assert "InitializeTableFromTextFileV2" in find(check_path("m"), "op-touches-files").message


@pytest.mark.parametrize("version", ["2.11", "1.15.3"])
def test_the_server_may_have_an_older_tensorflow(version: str, zoo: Path) -> None:
    report = check_path(zoo / "cnn", options=CheckOptions(tensorflow_version=version))
    assert version in find(report, "newer-tensorflow").message


def test_the_version_before_takes_the_place_of_one_with_a_missing_operation(home: Path, zoo: Path) -> None:
    put(zoo, home / "m")
    put(zoo, home / "m", model="missing_op", version="2")
    assert find(check_path("m"), "missing-op").commands == ("mv m/2 m/unserved-2", "tfsctl serve m")


def test_a_shard_that_is_missing_is_named(home: Path, zoo: Path) -> None:
    version = put(zoo, home / "m")
    (version / "variables/variables.data-00000-of-00001").unlink()
    assert "Shard 1 of 1" in find(check_path("m"), "variables-incomplete").message


def test_an_index_that_was_cut_off_is_told(home: Path, zoo: Path) -> None:
    index = put(zoo, home / "m") / "variables/variables.index"
    index.write_bytes(index.read_bytes()[:-9])
    assert "variables.index" in find(check_path("m"), "variables-incomplete").message


def test_variables_of_another_model_are_told(home: Path, zoo: Path) -> None:
    version = put(zoo, home / "m", model="cnn")
    shutil.rmtree(version / "variables")
    shutil.copytree(zoo / "half_plus_two_tf2/1/variables", version / "variables")
    assert "kernel/.ATTRIBUTES" in find(check_path("m"), "variable-not-in-checkpoint").message


@pytest.mark.parametrize("is_official", [False, True])
def test_rest_takes_just_the_types_that_the_codec_takes(is_official: bool) -> None:
    """TensorFlow Serving's lack half and bfloat16 (tensorflow-serving.md §1.7)."""
    ours = {data_type for data_type in DataType if _is_in_json(data_type)}
    missing = {DataType.HALF, DataType.BFLOAT16} if is_official else set()
    assert json_types(is_official=is_official) == ours - missing


def _is_in_json(data_type: DataType) -> bool:
    spec = {"x": TensorSpec("x:0", data_type, (-1,))}
    try:
        to_numpy(data_type)
    except TfsctlError:
        return False
    for value in (b"1", b"1.0", b"true", b'"a"'):
        try:
            parse_predict_body(b'{"inputs": [' + value + b"]}").inputs(spec)
        except TfsctlError:
            continue
        return True
    return False


def test_a_model_of_common_operations_needs_neither_tensorflow_nor_its_library(zoo: Path) -> None:
    code = (
        "import sys; from tfsctl.check import check_path; assert check_path(sys.argv[1]).would_serve;"
        "print([m for m in ('tensorflow', 'numpy', 'grpc', 'requests', 'tfsctl.runtime._library') if m in sys.modules])"
    )
    run = [sys.executable, "-c", code, str(zoo / "cnn")]
    assert subprocess.run(run, check=True, capture_output=True, text=True, env=os.environ).stdout == "[]\n"
