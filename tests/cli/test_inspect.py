"""`tfsctl inspect`: what it shows, and that the requests it shows are answered."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from google.protobuf import json_format

from cli.runner import Runner
from cli.terminal import COMMAND, on_terminal
from serving.model_directory import serve
from tfsctl.protos import ClassificationRequest, PredictRequest, RegressionRequest
from tfsctl.serving import Server


def test_the_report_shows_signatures_variables_operations_and_files(zoo: Path, tfsctl: Runner) -> None:
    result = tfsctl("inspect", str(zoo / "half_plus_two"))
    assert (result.exit_code, result.stderr) == (0, "")
    for line in (
        "half_plus_two, version 1",
        "tags          serve",
        "input   x     float  [?, 1]  x:0",
        "output  scores  float   [?, 1]  y:0",
        "Signature regress_x_to_y (regress)",
        "Variable_1  float   []     4 bytes",
        "assets/foo.txt  19 bytes",
    ):
        assert line in result


def test_json_has_everything_for_scripts(zoo: Path, tfsctl: Runner) -> None:
    shown = tfsctl("inspect", str(zoo / "half_plus_two_tf2"), "--json").json
    (graph,) = shown["meta_graphs"]
    x = graph["signatures"]["serving_default"]["inputs"]["x"]
    assert x == {"tensor_name": "serving_default_x:0", "dtype": "DT_FLOAT", "shape": [1], "default": [0.0]}
    assert graph["ops"]["functions"]["AddV2"] == 1
    assert [variable["name"] for variable in shown["variables"]["variables"]] == ["a", "b"]
    assert shown["serving"]["is_servable"] is True
    assert shown["warmup"] is None


def test_one_signature_alone_can_be_shown(zoo: Path, tfsctl: Runner) -> None:
    result = tfsctl("inspect", str(zoo / "half_plus_two"), "--signature-name", "classify_x_to_y")
    assert result.strip().startswith("Signature classify_x_to_y (classify)")
    assert "serving_default" not in result
    assert "Operations" not in result
    shown = tfsctl("inspect", str(zoo / "half_plus_two"), "--signature-name", "classify_x_to_y", "--json").json
    assert list(shown["meta_graphs"][0]["signatures"]) == ["classify_x_to_y"]


def test_long_lists_are_cut_unless_all_is_wanted(zoo: Path, tfsctl: Runner) -> None:
    short, whole = tfsctl("inspect", str(zoo / "cnn")), tfsctl("inspect", str(zoo / "cnn"), "--full")
    assert "more (--full)" in short
    assert "more (--full)" not in whole
    assert "VarHandleOp" in whole


@pytest.mark.parametrize(
    ("status", "arguments"),
    [
        (4, ("nothing_there",)),
        (4, ("half_plus_two", "--signature-name", "no_such")),
        (4, ("half_plus_two", "--saved-model-tags", "gpu")),
        (8, ("truncated_saved_model",)),
    ],
)
def test_what_is_not_there_has_its_exit_status(
    status: int, arguments: tuple[str, ...], zoo: Path, tfsctl: Runner
) -> None:
    result = tfsctl("inspect", str(zoo / arguments[0]), *arguments[1:])
    assert (result.exit_code, result) == (status, "")
    assert result.stderr.startswith("Error: ")


def test_a_model_that_is_not_servable_is_described_and_says_so(zoo: Path, tfsctl: Runner) -> None:
    result = tfsctl("inspect", str(zoo / "without_serve_tag"))
    assert result.exit_code == 0
    assert "not servable  no meta graph has exactly the tag 'serve'" in result
    assert "tfsctl check " in result


def test_tables_fit_a_terminal(zoo: Path) -> None:
    with on_terminal("inspect", str(zoo / "half_plus_two_of_tf2")) as terminal:
        assert terminal.wait() == 0
        text = terminal.read_to_end().replace("\x1b[1m", "").replace("\x1b[0m", "")
    tables = text.partition("Signature")[2]
    assert max(len(line) for line in tables.splitlines()) <= 80


def test_neither_tensorflow_nor_numpy_is_loaded(zoo: Path) -> None:
    program = (
        "import sys; from tfsctl.cli._app import run; status = run(sys.argv[1:]);"
        "sys.exit(str({'tensorflow', 'numpy', 'grpc', 'requests'} & set(sys.modules)) if status == 0 else status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "inspect", str(zoo / "half_plus_two"), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.strip() == "set()"


MODELS = ("half_plus_two", "sum_difference", "cnn", "half_plus_two_of_tf2", "strings", "scalar")


@pytest.fixture(scope="module")
def examples_server(zoo: Path) -> Any:
    with serve(*(zoo / name for name in MODELS)) as server:
        yield server


def run_line(line: str, server: Server) -> str:
    """What a shell says to a line that speaks to the usual ports."""
    line = line.replace("localhost:8501", server.rest_address).replace("python3 ", f"{sys.executable} ")
    line = line.replace("tfsctl ", f"{shlex.join(COMMAND)} ", 1) if "curl" not in line else line
    environment = {**os.environ, "TFSCTL_SERVER": server.grpc_address, "no_proxy": "*"}
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def numbers(rows: list[Any]) -> list[Any]:
    return [list(row.values()) if isinstance(row, dict) else row for row in rows]


@pytest.mark.parametrize("model", ["half_plus_two", "cnn", "sum_difference"])
def test_the_lines_shown_are_answered_alike(model: str, zoo: Path, examples_server: Server, tfsctl: Runner) -> None:
    examples = tfsctl("inspect", str(zoo / model), "--example", "--json").json["examples"]
    example = examples["serving_default"]
    by_curl = json.loads(run_line(example["curl"], examples_server))
    by_tfsctl = json.loads(run_line(example["tfsctl"] + " --json", examples_server))
    by_python = run_line(f"python3 -c {shlex.quote(example['python'])}", examples_server)
    # The answers of one server, but for the digits of floats that come over gRPC.
    (rows,), (rows_over_grpc,) = by_curl.values(), by_tfsctl.values()
    assert by_python.strip() == str(by_curl)
    np.testing.assert_allclose(numbers(rows), numbers(rows_over_grpc), rtol=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_the_rest_request_for_each_signature_is_answered(
    model: str, zoo: Path, examples_server: Server, tfsctl: Runner
) -> None:
    examples = tfsctl("inspect", str(zoo / model), "--example", "--json").json["examples"]
    for name, example in examples.items():
        if model == "half_plus_two_of_tf2" and name.endswith(("x_to_y", "x_to_y2")):
            continue  # They parse examples, and do not say so.
        assert "error" not in json.loads(run_line(example["curl"], examples_server)), example["curl"]


def test_signatures_that_classify_get_an_example_with_the_features_of_the_graph(zoo: Path, tfsctl: Runner) -> None:
    options = ("--example", "--signature-name", "classify_x_to_y")
    result = tfsctl("inspect", str(zoo / "half_plus_two"), *options)
    assert '"examples": [{"x": 0.5, "x2": 0.5}]' in result
    assert "half_plus_two:classify" in result
    assert "tfsctl classify half_plus_two" in result


@pytest.mark.parametrize("model", MODELS)
def test_the_grpc_messages_shown_are_answered(model: str, zoo: Path, examples_server: Server, tfsctl: Runner) -> None:
    kinds = {"Predict": PredictRequest, "Classify": ClassificationRequest, "Regress": RegressionRequest}
    examples = tfsctl("inspect", str(zoo / model), "--example", "--json").json["examples"]
    with grpc.insecure_channel(examples_server.grpc_address) as channel:
        for name, example in examples.items():
            if model == "half_plus_two_of_tf2" and name.endswith(("x_to_y", "x_to_y2")):
                continue
            _, _, _, text, _, method = shlex.split(example["grpcurl"])
            request = json_format.Parse(text, kinds[method.rpartition("/")[2]]())
            call = channel.unary_unary(f"/{method}", None, None)
            assert call(request.SerializeToString(), timeout=30), example["grpcurl"]


def test_another_name_of_the_model_can_be_given(zoo: Path, tfsctl: Runner) -> None:
    result = tfsctl("inspect", str(zoo / "scalar"), "--example", "--model-name", "my model")
    assert "http://localhost:8501/v1/models/my%20model:predict" in result
    assert "tfsctl predict 'my model'" in result


@pytest.mark.slow
@pytest.mark.parametrize("model", ["half_plus_two", "half_plus_two_of_tf2"])
def test_all_that_saved_model_cli_shows_is_shown(model: str, zoo: Path, tfsctl: Runner) -> None:
    command = [sys.executable, "-m", "tensorflow.python.tools.saved_model_cli", "show", "--all", "--dir"]
    theirs = subprocess.run([*command, str(zoo / model / "1")], capture_output=True, text=True, check=True).stdout
    ours = tfsctl("inspect", str(zoo / model), "--full")
    tensors = [line.split("name: ")[1] for line in theirs.splitlines() if " name: " in line]
    assert len(tensors) > 6
    assert [name for name in tensors if name not in ours] == []
    ops = theirs.partition("contains the following ops: {")[2].partition("}")[0]
    assert [op for op in ops.replace("'", "").split(", ") if op not in ours] == []
