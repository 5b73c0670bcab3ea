"""`tfsctl classify` and `tfsctl regress`."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.runner import Runner
from cli.terminal import on_terminal
from serving.model_directory import serve
from tfsctl.serving import Server

Options = tuple[str, ...]
CLASSIFY = ("--signature-name", "classify")
REGRESS = ("--signature-name", "regress")


@pytest.fixture(scope="module")
def server(zoo: Path) -> Iterator[Server]:
    """A server with one model, of tf.Examples with a float `x`."""
    with serve(zoo / "examples") as running:
        yield running


def test_classify_prints_labels_and_scores(tfsctl: Runner, ask: Options) -> None:
    result = tfsctl("classify", "examples", "x=1.5", *CLASSIFY, *ask)
    assert (result.exit_code, str(result), result.stderr) == (0, '[[["car", 1.5], ["bus", 0.0]]]\n', "")


def test_regress_prints_the_numbers(tfsctl: Runner, ask: Options) -> None:
    result = tfsctl("regress", "examples", '[{"x": 1.5}, {"x": [2.0]}]', *REGRESS, *ask)
    assert (result.exit_code, str(result), result.stderr) == (0, "[3.0, 4.0]\n", "")


@pytest.mark.parametrize(("command", "results"), [("classify", [[["car", 2.0], ["bus", 0.0]]]), ("regress", [4.0])])
def test_with_json_the_whole_answer_is_printed(tfsctl: Runner, ask: Options, command: str, results: object) -> None:
    answer = tfsctl(command, "examples", '{"x": 2.0}', "--signature-name", command, "--json", *ask).json
    assert answer == {"results": results}


def test_files_standard_input_and_whole_requests_are_taken(tfsctl: Runner, ask: Options) -> None:
    Path("examples.json").write_text('[{"x": 1.0}, {"x": 2.0}]')
    assert tfsctl("regress", "examples", "@examples.json", *REGRESS, *ask).json == [2.0, 4.0]
    whole = '{"signature_name": "regress", "context": {"x": 3.0}, "examples": [{}]}'
    assert tfsctl("regress", "examples", "-", *ask, stdin=whole).json == [6.0]


def test_a_context_is_for_all_examples(tfsctl: Runner, ask: Options) -> None:
    Path("context.json").write_text('{"x": 7.0}')
    for context in ('{"x": 7.0}', "@context.json"):
        result = tfsctl("regress", "examples", '[{"x": 1.0}, {}]', "--context", context, *REGRESS, *ask)
        assert result.json == [2.0, 14.0]


def test_the_model_may_be_left_out_where_there_is_one(tfsctl: Runner, ask: Options) -> None:
    assert tfsctl("regress", "x=1.5", *REGRESS, *ask).json == [3.0]
    assert tfsctl("regress", '{"x": 1.5}', "--model-version", "1", *REGRESS, *ask).json == [3.0]


@pytest.mark.parametrize(
    ("args", "failure"),
    [
        (("examples", "x=2", *REGRESS), (7, "2.0")),
        (("examples", "x=1.0"), (7, "serving_default")),
        (("examples", *REGRESS), (2, "No EXAMPLE given")),
        ((), (2, "No EXAMPLE given")),
        (("exampels", "x=1.0"), (4, "Did you mean examples?")),
        (("examples", "x=1.0", "--model-version", "9"), (4, "Specific(examples, 9)")),
        (("examples", "hello"), (2, "not JSON")),
        (("examples", "3"), (2, "JSON object")),
        (("examples", "x:=abc"), (2, "x is not JSON")),
        (("examples", "x=1.0", "2.0"), (2, "has no name")),
        (("examples", "x=1.0", "--context", "3"), (2, "--context is no JSON object")),
        (("examples", '{"examples": []}', "--context", "{}"), (2, "whole request")),
        (("examples", "@none.json"), (2, "none.json: No such file")),
        (("examples", "x=@none.jpg"), (2, "none.jpg: No such file")),
        (("examples", '{"x": 30.0}', "--signature-name", "slow", "--timeout-seconds", "0.3"), (6, "")),
    ],
)
def test_a_failure_says_why_and_ends_with_its_status(
    tfsctl: Runner, ask: Options, args: Options, failure: tuple[int, str]
) -> None:
    status, text = failure
    result = tfsctl("regress", *args, *ask)
    assert (result.exit_code, str(result)) == (status, "")
    assert text in result.stderr
    assert "Traceback" not in result.stderr


def sent_example(tfsctl: Runner, *features: str) -> object:
    """The one example in the request for these arguments."""
    line = tfsctl("classify", "m", *features, "--rest", "--dry-run", "--server", "example.org:80")
    words = shlex.split(line)
    assert words[-1] == "http://example.org:80/v1/models/m:classify"
    return json.loads(words[words.index("-d") + 1])["examples"][0]


def test_features_by_name_become_one_example(tfsctl: Runner) -> None:
    Path("cat.jpg").write_bytes(b"\xff\xd8")
    Path("list.json").write_text("[1, 2]")
    features = ("a=1", "b=1.0", "c=text", 'd="5"', "e:=[1, 2]", "f=@list.json", "image/encoded=@cat.jpg", "g=a=b")
    assert sent_example(tfsctl, *features) == {
        "a": 1,
        "b": 1.0,
        "c": "text",
        "d": "5",
        "e": [1, 2],
        "f": [1, 2],
        "image/encoded": {"b64": "/9g="},
        "g": "a=b",
    }


def test_dry_run_over_rest_keeps_the_numbers_as_they_were_written(tfsctl: Runner) -> None:
    line = tfsctl(
        "regress", "m", "x=2.0", "y=1e3", "--rest", "--dry-run", "--server", "h:1", "--context", '{"z": 0.10}'
    )
    assert '{"context": {"z": 0.10}, "examples": [{"x": 2.0, "y": 1e3}]}' in line


def test_dry_run_prints_lines_that_work_and_show_the_features(tfsctl: Runner, server: Server) -> None:
    rest = tfsctl("regress", "examples", "x=1.5", *REGRESS, "--dry-run", "--server", server.rest_address)
    answer = subprocess.run([*shlex.split(rest), "-s"], capture_output=True, check=True, timeout=30)
    assert json.loads(answer.stdout) == {"results": [3.0]}
    words = shlex.split(tfsctl("regress", "x=1.5", *REGRESS, "--dry-run", "--grpc", "--server", server.grpc_address))
    assert words[0] == "grpcurl"
    assert words[-1] == "tensorflow.serving.PredictionService/Regress"
    assert json.loads(words[words.index("-d") + 1])["model_spec"]["signature_name"] == "regress"


@pytest.mark.parametrize(
    ("examples", "columns"), [('{"x": 1.5}', ["LABEL"]), ('[{"x": 1.5}, {}]', ["EXAMPLE", "LABEL"])]
)
def test_a_terminal_shows_classes_as_a_table(server: Server, examples: str, columns: list[str]) -> None:
    options = (*CLASSIFY, "--context", '{"x": 2.5}', "--server", server.rest_address)
    with on_terminal("classify", "examples", examples, *options) as terminal:
        assert terminal.wait() == 0
        lines = [line.split() for line in terminal.read_to_end().splitlines()]
    assert [word for word in columns if any(word in cell for cell in lines[0])] == columns
    assert lines[1][-2:] == ["car", "1.5"]
    assert len(lines) == (3 if len(columns) == 1 else 5)
