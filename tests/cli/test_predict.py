from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from cli.runner import Runner
from tfsctl.serving import Server

Options = tuple[str, ...]


def test_predict_prints_the_predictions(tfsctl: Runner, ask: Options) -> None:
    result = tfsctl("predict", "half_plus_two", "[1.0, 2.0, 5.0]", *ask)
    assert (result.exit_code, str(result), result.stderr) == (0, "[2.5, 3.0, 4.5]\n", "")


def test_predict_with_json_prints_the_whole_answer(tfsctl: Runner, ask: Options) -> None:
    assert tfsctl("predict", "half_plus_two", "[1.0]", "--json", *ask).json == {"predictions": [2.5]}


def test_predict_columnar_prints_the_outputs(tfsctl: Runner, ask: Options) -> None:
    assert tfsctl("predict", "half_plus_two", "[1.0]", "--columnar", "--json", *ask).json == {"outputs": [2.5]}


def test_predict_by_name_sends_whole_tensors(tfsctl: Runner, ask: Options) -> None:
    result = tfsctl("predict", "sum_difference", "a=[1.5, 2.0]", "b=[1, 2]", *ask)
    assert result.json == {"sum": [2.5, 4.0], "difference": [0.5, 0.0]}


def test_predict_reads_standard_input_and_files(tfsctl: Runner, ask: Options) -> None:
    Path("request.json").write_text('{"instances": [2.0]}')
    assert tfsctl("predict", "half_plus_two", "@request.json", *ask).json == [3.0]
    assert tfsctl("predict", "half_plus_two", "-", *ask, stdin="[2.0]\n").json == [3.0]


def test_predict_filters_outputs(tfsctl: Runner, ask: Options) -> None:
    rows = '[{"a": 1.5, "b": 1}]'
    assert tfsctl("predict", "sum_difference", rows, "--output-filter", "sum", *ask).json == [2.5]
    refused = tfsctl("predict", "sum_difference", rows, "--output-filter", "product", *ask)
    assert refused.exit_code == 7
    assert "output tensor alias not found in signature: product" in refused.stderr


def test_predict_runs_the_signature_and_version_asked_for(tfsctl: Runner, ask: Options) -> None:
    chosen = ("--signature-name", "regress_x2_to_y3", "--model-version", "1")
    assert tfsctl("predict", "half_plus_two", "[[2.0]]", *chosen, *ask).json == [[4.0]]


def test_predict_without_input_sends_and_shows_an_example(tfsctl: Runner, ask: Options) -> None:
    result = tfsctl("predict", "half_plus_two", *ask)
    assert result.json == [2.5, 3.0, 4.5]
    assert '{"instances": [1.0, 2.0, 5.0]}' in result.stderr


def test_predict_without_model_asks_the_only_one(tfsctl: Runner, server_of_one: Server) -> None:
    ask = ("--server", server_of_one.rest_address)
    assert tfsctl("predict", "[1.0]", *ask).json == [2.5]
    assert tfsctl("predict", *ask).json == [2.5, 3.0, 4.5]


def test_predict_without_model_where_there_are_several_names_them(tfsctl: Runner, ask_rest: Options) -> None:
    result = tfsctl("predict", "[1.0]", *ask_rest)
    assert result.exit_code == 2
    assert "sum_difference" in result.stderr


@pytest.mark.parametrize(
    ("args", "failure"),
    [
        (("half_plus_3", "[1]"), (4, "Servable not found")),
        (("half_plus_two", "[1]", "--model-version", "9"), (4, "9")),
        (("half_plus_two", '["text"]'), (7, "")),
        (("half_plus_two", "[1]", "--signature-name", "nope"), (7, "nope")),
        (("half_plus_two", "[1]", "--version-label", "stable"), (7, "stable")),
        (("half_plus_two", "[1]", "--timeout-seconds", "0"), (2, "timeout")),
        (("half_plus_two", "hello"), (2, "not JSON")),
        (("half_plus_two", "--signature-name", "nope"), (4, "serving_default")),
        (("slow", '{"inputs": 20.0}', "--timeout-seconds", "0.3"), (6, "")),
    ],
)
def test_predict_that_fails_says_why_and_ends_with_its_status(
    args: Options, failure: tuple[int, str], tfsctl: Runner, ask: Options
) -> None:
    status, text = failure
    result = tfsctl("predict", *args, *ask)
    assert (result.exit_code, str(result)) == (status, "")
    assert text in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("protocol", ["--rest", "--grpc"])
def test_predict_where_nothing_listens_is_unavailable(protocol: str, tfsctl: Runner) -> None:
    result = tfsctl("predict", "m", "[1]", protocol, "--server", "127.0.0.1:1", "--json")
    assert result.exit_code == 5
    assert result.error["code"] == "UNAVAILABLE"


def test_predict_dry_run_over_rest_needs_no_server(tfsctl: Runner) -> None:
    line = tfsctl("predict", "m", "[1.0]", "--rest", "--dry-run", "--server", "example.org:80")
    assert line == "curl -d '{\"instances\": [1.0]}' http://example.org:80/v1/models/m:predict\n"


def test_predict_dry_run_prints_a_line_that_works(tfsctl: Runner, ask_rest: Options) -> None:
    line = tfsctl("predict", "half_plus_two", "--dry-run", *ask_rest)
    answer = subprocess.run([*shlex.split(line), "-s"], capture_output=True, check=True, timeout=30)
    assert json.loads(answer.stdout) == {"predictions": [2.5, 3.0, 4.5]}


def test_predict_dry_run_over_grpc_prints_the_message(tfsctl: Runner, server: Server) -> None:
    line = tfsctl("predict", "half_plus_two", "[1.0]", "--dry-run", "--grpc", "--server", server.grpc_address)
    words = shlex.split(line)
    assert words[:3] == ["grpcurl", "-plaintext", "-d"]
    assert json.loads(words[3])["model_spec"] == {"name": "half_plus_two"}
