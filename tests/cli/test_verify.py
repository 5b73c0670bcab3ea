"""`tfsctl verify`, with real servers: one that serves the model on disk, and one that serves another by its name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from cli.runner import Result, Runner
from serving.model_directory import add_version, serve
from serving.warmup_files import classify_log, predict_log, write_records
from tfsctl.serving import ModelConfig, Server, ServerConfig

MODELS = ("half_plus_two", "cnn", "strings", "sum_difference", "failing", "outputs", "examples", "counter")
Verify = Callable[..., Result]


@pytest.fixture(scope="module")
def honest(zoo: Path) -> Iterator[Server]:
    """Serves the zoo's models under their names."""
    with serve(*(zoo / name for name in MODELS)) as server:
        yield server


@pytest.fixture(scope="module")
def other(zoo: Path) -> Iterator[Server]:
    """Serves other models under the names of the zoo's."""
    served = {"half_plus_two": "half_plus_two_tf2", "identity_float32": "scalar", "strings": "sum_difference"}
    models = tuple(ModelConfig(name=name, base_path=zoo / model) for name, model in served.items())
    with Server(ServerConfig(models=models, port=0, rest_api_port=0)) as server:
        yield server


def both(server: Server) -> tuple[str, ...]:
    return ("--rest-server", server.rest_address, "--grpc-server", server.grpc_address)


@pytest.fixture
def address(honest: Server, zoo: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """The options that reach the server; the paths of the zoo's models are their names."""
    monkeypatch.chdir(zoo)
    return both(honest)


@pytest.fixture
def verify(tfsctl: Runner, honest: Server, zoo: Path) -> Verify:
    """Verify a model of the zoo on the server that serves it, over both protocols."""

    def run(model: str, *options: str) -> Result:
        return tfsctl("verify", model, str(zoo / model), *options, *both(honest))

    return run


@pytest.mark.parametrize("model", ["half_plus_two", "cnn", "strings", "sum_difference"])
def test_a_server_answers_as_its_model_on_disk_over_both_protocols(model: str, verify: Verify) -> None:
    result = verify(model, "--json")
    assert (result.exit_code, result.json["is_agreed"]) == (0, True)
    found = result.json["outputs"]
    assert {output["protocol"] for output in found} == {"rest", "grpc"}
    assert {output["num_compared"] for output in found} == {10}
    assert {output["num_different"] for output in found} == {0}


def test_the_report_names_each_output_and_ends_with_the_verdict(verify: Verify, zoo: Path) -> None:
    result = verify("half_plus_two", "[1.0, 2.0, 5.0]", "--tolerance", "0")
    assert result.exit_code == 0
    header, rest, grpc, verdict = result.splitlines()
    assert header.split() == ["OUTPUT", "OVER", "TYPE", "SHAPE", "VALUES", "DIFFER", "LARGEST", "ULPS"]
    assert rest.split() == ["y", "REST", "float", "[3]", "3", "0", "0", "0", "agrees"]
    assert grpc.split()[1] == "gRPC"
    assert verdict == f"half_plus_two, version 1, answers as {zoo / 'half_plus_two/1'}: 1 input"


def test_another_model_behind_the_name_ends_with_status_1(tfsctl: Runner, other: Server, zoo: Path) -> None:
    result = tfsctl("verify", "identity_float32", str(zoo / "identity_float32"), "[1.0]", *both(other))
    assert result.exit_code == 1
    assert "DIFFERS" in result or "refuses it" in result
    assert "does NOT answer as" in result.splitlines()[-1]


def test_a_model_that_computes_the_same_with_other_signatures_differs(tfsctl: Runner, other: Server, zoo: Path) -> None:
    result = tfsctl("verify", "half_plus_two", str(zoo / "half_plus_two"), *both(other))
    assert result.exit_code == 1
    assert "signature serving_default over REST: the SavedModel's takes x: float [?, 1] and gives" in result
    assert "signature classify_x_to_y over REST: not on the server" in result


def test_how_far_floats_are_off_is_told(tfsctl: Runner, other: Server, zoo: Path) -> None:
    options = ("x=2.5", "--json", "--rest-server", other.rest_address, "--rest")
    result = tfsctl("verify", "identity_float32", str(zoo / "identity_float32"), *options)
    (output,) = result.json["outputs"]
    assert (result.exit_code, output["largest_difference"], output["is_agreed"]) == (1, 1.0, False)
    assert output["largest_ulps"] == int(np.float32(3.5).view(np.int32) - np.float32(2.5).view(np.int32))
    assert "the SavedModel says 2.5, the server 3.5" in result.json["disagreements"][-1]["problem"]


def test_a_tolerance_may_be_wide(tfsctl: Runner, other: Server, zoo: Path) -> None:
    arguments = ("verify", "identity_float32", str(zoo / "identity_float32"), "x=1000.0", *both(other))
    wide, narrow = (tfsctl(*arguments, "--json", "--tolerance", text).json for text in ("1e-2", "1e-4"))
    assert {output["is_agreed"] for output in wide["outputs"]} == {True}
    assert {output["is_agreed"] for output in narrow["outputs"]} == {False}


def test_a_model_with_other_inputs_ends_with_status_1(tfsctl: Runner, other: Server, zoo: Path) -> None:
    result = tfsctl("verify", "strings", str(zoo / "strings"), *both(other))
    assert result.exit_code == 1
    assert "the server refuses it" in result


def test_every_signature_can_be_verified(verify: Verify) -> None:
    result = verify("outputs", "--all-signatures", "--num-inputs", "2", "--json")
    assert result.exit_code == 0, result.json["disagreements"]
    found = {output["signature"] for output in result.json["outputs"]}
    assert {"several", "to_float16", "to_bfloat16", "to_uint64", "words", "named_bytes"} <= found
    assert "rest" in result.json["skipped"] or result.json["num_refused"] == 0


def test_signatures_that_take_examples_get_the_features_of_the_graph(verify: Verify) -> None:
    result = verify("half_plus_two", "--signature-name", "classify_x_to_y", "--json")
    assert (result.exit_code, result.json["num_refused"]) == (0, 0)
    assert {output["output"] for output in result.json["outputs"]} == {"scores"}


def test_what_both_refuse_is_no_disagreement_but_said(verify: Verify) -> None:
    result = verify("failing", "[1.0]", "[-1.0]")
    assert result.exit_code == 0
    assert "refuses 1 of the 2 inputs" in result.stderr


def test_where_all_is_refused_nothing_is_proved(verify: Verify) -> None:
    result = verify("failing", "[-1.0]")
    assert result.exit_code == 7
    assert "Nothing was compared: the SavedModel refuses every input: " in result.stderr
    assert "x must be positive" in result.stderr


def test_a_model_that_never_answers_alike_is_named(verify: Verify) -> None:
    result = verify("counter", "--signature-name", "incr_counter")
    assert result.exit_code == 1
    assert "another answer each time" in result.stderr


def test_requests_of_a_log_are_replayed(verify: Verify, tmp_path: Path) -> None:
    predict, classify = predict_log(x=[[1.0], [2.0]]), classify_log("classify_x_to_y")
    predict.predict_log.request.model_spec.name = classify.classify_log.request.model_spec.name = "half_plus_two"
    log = write_records(tmp_path / "requests.tfrecord", [predict, classify, predict_log(x=[[3.0]])])
    result = verify("half_plus_two", "--from-log", str(log), "--json")
    assert (result.exit_code, result.json["num_cases"]) == (0, 2)
    assert {output["signature"] for output in result.json["outputs"]} == {"serving_default", "classify_x_to_y"}


def test_the_version_that_is_served_is_looked_for(tfsctl: Runner, zoo: Path, tmp_path: Path) -> None:
    base_path = tmp_path / "half_plus_two"
    add_version(zoo / "half_plus_two", base_path, 3)
    with serve(base_path) as server:
        arguments = ("verify", "half_plus_two", str(base_path), "--json", *both(server))
        add_version(zoo / "half_plus_two_tf2", tmp_path / "elsewhere", 4)
        found = tfsctl(*arguments).json
        assert (found["version"], found["path"]) == (3, str(base_path / "3"))
        absent = tfsctl("verify", "half_plus_two", str(tmp_path / "elsewhere"), *both(server))
    assert absent.exit_code == 4
    assert "It has: 4." in absent.stderr


def test_a_version_directory_of_another_number_is_compared_with_a_warning(
    tfsctl: Runner, honest: Server, zoo: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copytree(zoo / "half_plus_two/1", tmp_path / "7"))
    result = tfsctl("verify", "half_plus_two", str(path), *both(honest))
    assert result.exit_code == 0
    assert "The server serves version 1" in result.stderr


@pytest.mark.parametrize("protocol", ["rest", "grpc"])
def test_a_port_alone_is_asked_over_its_protocol(protocol: str, tfsctl: Runner, honest: Server, zoo: Path) -> None:
    address = honest.rest_address if protocol == "rest" else honest.grpc_address
    result = tfsctl("verify", "half_plus_two", str(zoo / "half_plus_two"), "--server", address, "--json")
    assert {output["protocol"] for output in result.json["outputs"]} == {protocol}
    assert "is left out: its address is not known" in result.stderr


def test_inputs_are_the_same_for_the_same_seed_and_others_for_another(verify: Verify) -> None:
    shapes = [verify("cnn", "--seed", seed, "--num-inputs", "3", "--json").json["outputs"] for seed in "112"]
    assert shapes[0] == shapes[1]
    assert all(output["num_values"] > 0 for output in shapes[2])


@pytest.mark.parametrize(
    ("status", "arguments"),
    [
        (4, ("no_such_model", "half_plus_two")),
        (4, ("half_plus_two", "no_such_path")),
        (4, ("half_plus_two", "half_plus_two", "--signature-name", "no_such")),
        (4, ("half_plus_two", "half_plus_two", "--model-version", "9")),
        (7, ("half_plus_two", "half_plus_two", '["text"]')),
        (2, ("half_plus_two", "half_plus_two", "[1.0]", "--from-log", "log")),
        (2, ("half_plus_two", "half_plus_two", "not json")),
    ],
)
def test_what_cannot_be_verified_has_its_exit_status(
    status: int, arguments: tuple[str, ...], tfsctl: Runner, address: tuple[str, ...]
) -> None:
    result = tfsctl("verify", *arguments, *address)
    assert (result.exit_code, result) == (status, ""), result.stderr


def test_a_server_that_is_not_there_ends_with_status_5(tfsctl: Runner, zoo: Path, tmp_path: Path) -> None:
    socket = f"unix:{tmp_path / 'nobody'}"
    result = tfsctl("verify", "half_plus_two", str(zoo / "half_plus_two"), "--server", socket, "--rest")
    assert result.exit_code == 5
    assert os.linesep not in result
