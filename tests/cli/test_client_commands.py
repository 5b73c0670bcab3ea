from __future__ import annotations

from pathlib import Path

import pytest

from cli.conftest import SERVED
from cli.runner import Runner
from tfsctl.serving import Server

Options = tuple[str, ...]


def test_models_lists_what_is_available_and_what_is_not(tfsctl: Runner, ask: Options) -> None:
    lines = [line.split() for line in tfsctl("models", *ask).splitlines()]
    assert lines[0] == ["MODEL", "AVAILABLE", "LABELS", "OTHER", "VERSIONS"]
    assert ["half_plus_two", "1", "-", "-"] in lines
    assert ["truncated_variables", "-", "-", "1", "END"] in lines


def test_models_as_json_has_every_version(tfsctl: Runner, ask: Options) -> None:
    models = tfsctl("models", "--json", *ask).json["models"]
    assert [model["name"] for model in models] == list(SERVED)
    assert models[0]["versions"] == [{"version": 1, "state": "AVAILABLE", "error_code": "OK", "error_message": ""}]


def test_status_of_one_model(tfsctl: Runner, ask: Options) -> None:
    result = tfsctl("status", "half_plus_two", *ask)
    assert [line.split() for line in result.splitlines()] == [
        ["MODEL", "VERSION", "STATE", "STATUS", "MESSAGE"],
        ["half_plus_two", "1", "AVAILABLE", "OK"],
    ]


def test_status_of_a_model_that_could_not_be_loaded_says_why(tfsctl: Runner, ask: Options) -> None:
    version = tfsctl("status", "truncated_variables", "--json", *ask).json["models"][0]["versions"][0]
    assert version["state"] == "END"
    assert version["error_code"] != "OK"
    assert version["error_message"]


def test_status_without_a_model_shows_all(tfsctl: Runner, ask_rest: Options) -> None:
    assert all(name in tfsctl("status", *ask_rest) for name in SERVED)


@pytest.mark.parametrize("args", [("nope",), ("half_plus_two", "--model-version", "9")])
def test_status_of_what_is_not_there_ends_with_not_found(args: Options, tfsctl: Runner, ask: Options) -> None:
    assert tfsctl("status", *args, *ask).exit_code == 4


def test_metadata_shows_the_signatures_the_default_first(tfsctl: Runner, ask: Options) -> None:
    result = tfsctl("metadata", "half_plus_two", *ask)
    lines = [line.split(maxsplit=5) for line in result.splitlines()]
    assert lines[1] == ["serving_default", "predict", "input", "x", "float", "[-1, 1]"]
    assert lines[2] == ["serving_default", "predict", "output", "y", "float", "[-1, 1]"]
    assert result.stderr == "half_plus_two, version 1\n"


def test_metadata_as_json(tfsctl: Runner, ask: Options) -> None:
    found = tfsctl("metadata", "half_plus_two", "--model-version", "1", "--json", *ask).json
    assert (found["name"], found["version"]) == ("half_plus_two", 1)
    assert found["signatures"]["serving_default"] == {
        "method_name": "tensorflow/serving/predict",
        "inputs": {"x": {"dtype": "DT_FLOAT", "shape": [-1, 1]}},
        "outputs": {"y": {"dtype": "DT_FLOAT", "shape": [-1, 1]}},
    }


def test_metadata_without_model_shows_the_only_one(tfsctl: Runner, server_of_one: Server) -> None:
    assert "serving_default" in tfsctl("metadata", "--server", server_of_one.rest_address)


def test_bench_prints_the_figures_on_stdout_only(tfsctl: Runner, ask: Options) -> None:
    result = tfsctl("bench", "half_plus_two", "--num-tests", "20", "--concurrency", "2", *ask)
    error_rate, latency, throughput = result.splitlines()
    assert error_rate == "Inference error rate: 0.0%"
    assert latency.startswith("Latency: p50 ")
    assert throughput.startswith("Throughput: ")
    assert (result.exit_code, result.stderr) == (0, "")


def test_bench_as_json(tfsctl: Runner, ask: Options) -> None:
    report = tfsctl("bench", "half_plus_two", "--duration", "0.2", "--rate", "50", "--json", *ask).json
    assert report["num_failed_calls"] == 0
    assert report["latency_ms"].keys() >= {"p50", "p90", "p99", "max"}


def test_bench_of_which_no_call_is_answered_ends_with_one(tfsctl: Runner, ask: Options) -> None:
    result = tfsctl("bench", "slow", "--num-tests", "2", "--timeout-seconds", "0.001", *ask)
    assert result.exit_code in {1, 6}


def test_bench_of_a_model_that_is_not_there_ends_with_not_found(tfsctl: Runner, ask: Options) -> None:
    assert tfsctl("bench", "nope", *ask).exit_code == 4


def test_server_may_come_from_the_environment_and_the_file(
    tfsctl: Runner, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("pyproject.toml").write_text(f'[tool.tfsctl]\nserver = "{server.rest_address}"\n')
    assert tfsctl("status", "half_plus_two").exit_code == 0
    monkeypatch.setenv("TFSCTL_SERVER", "127.0.0.1:1")
    assert tfsctl("status", "half_plus_two").exit_code == 5


@pytest.mark.parametrize("args", [("-v", "status"), ("status", "-v"), ("status", "--verbose")])
def test_verbose_tells_whom_it_asks(args: Options, tfsctl: Runner, server: Server) -> None:
    result = tfsctl(*args, "--server", server.rest_address, "half_plus_two")
    assert result.stderr == f"Asking {server.rest_address} over rest.\n"
