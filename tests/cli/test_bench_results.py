"""What `tfsctl bench` makes of the figures: compared, judged, kept."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from cli.runner import Runner
from tfsctl.serving import Server

Options = tuple[str, ...]
SCHEMA = json.loads((Path(__file__).parents[2] / "docs/reference/bench-report.schema.json").read_text())
FEW = ("bench", "half_plus_two", "--num-tests", "20")


@pytest.fixture(autouse=True)
def _own_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TFSCTL_STATE_DIR", str(tmp_path / "state"))


def schema_of(name: str) -> dict[str, object]:
    return {"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]}


def test_json_is_as_documented(tfsctl: Runner, ask: Options) -> None:
    document = tfsctl(*FEW, "--slo", "failed<=0", "--json", *ask).json
    jsonschema.validate(document, schema_of("report"))
    (judgement,) = document["slo"]
    assert (judgement["objective"], judgement["value"], judgement["is_met"]) == ("failed<=0", 0, True)
    assert document["levels"][0]["num_tests"] == document["num_tests"] == 20


def test_objectives_that_are_met_end_with_zero(tfsctl: Runner, ask_rest: Options) -> None:
    result = tfsctl(*FEW, "--slo", "p99<60s", "errors<0.1%", "--slo=error_rate<12%,throughput>0", *ask_rest)
    assert (result.exit_code, result.stderr) == (0, "")
    told = [line for line in result.splitlines() if line.startswith("SLO: ")]
    assert [line.split()[1] for line in told] == ["p99<60s", "errors<0.1%", "error_rate<12%", "throughput>0"]
    assert all(" met: " in line for line in told)


def test_one_that_is_missed_ends_with_one_and_says_by_how_much(tfsctl: Runner, ask_rest: Options) -> None:
    result = tfsctl(*FEW, "--slo", "p50<1us", "failed<=0", *ask_rest)
    assert result.exit_code == 1
    assert "SLO: p50<1us missed: " in result
    assert "too much" in result
    as_json = tfsctl(*FEW, "--slo", "p50<1us", "--json", *ask_rest)
    assert as_json.exit_code == 1
    assert "Warning: SLO p50<1us missed: " in as_json.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--slo", "p99<20"), "'20' (character 5) has no unit"),
        (("--slo", "p99@9<20ms"), "for a level that is not measured"),
        (("--compare", "rest", "rest"), "are the same"),
        (("--compare", "rest", "gprc"), "'gprc' is no side"),
        (("--compare", "rest", "grpc", "--save", "x"), "--save is about one"),
        (("--save", "a b"), "cannot be the name of a report"),
        (("--json", "--markdown", "-"), "both want stdout"),
    ],
)
def test_a_slip_ends_with_two_before_anything_is_asked(tfsctl: Runner, arguments: Options, message: str) -> None:
    result = tfsctl("bench", "--server", "127.0.0.1:1", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_report_is_saved_and_compared_with(tfsctl: Runner, ask_rest: Options) -> None:
    saved = tfsctl(*FEW, "--save", "before", *ask_rest)
    assert saved.stderr.startswith("Saved ")
    result = tfsctl(*FEW, "--baseline", "before", *ask_rest)
    assert "Beside the baseline before of " in result
    assert "  Throughput: this one answers " in result
    assert "too short to tell a difference from noise" in result
    document = tfsctl(*FEW, "--baseline", "before", "--json", *ask_rest).json
    jsonschema.validate(document, schema_of("report"))
    assert document["baseline"]["name"] == "before"


def test_an_unknown_baseline_ends_with_four(tfsctl: Runner, ask_rest: Options) -> None:
    result = tfsctl(*FEW, "--baseline", "never", *ask_rest)
    assert result.exit_code == 4
    assert "tfsctl bench --save never" in result.stderr


def test_two_protocols_are_compared(tfsctl: Runner, server: Server) -> None:
    sides = (f"{server.rest_address},rest", f"{server.grpc_address},grpc")
    result = tfsctl(*FEW, "--compare", *sides, "--slo", "failed<=0")
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"A is {sides[0]}, B is {sides[1]}." in result
    assert "  Throughput: B answers " in result
    assert "SLO (B): failed<=0 met: 0" in result
    document = tfsctl(*FEW, "--compare", *sides, "--json").json
    jsonschema.validate(document, schema_of("comparison"))
    assert (document["a"]["protocol"], document["b"]["protocol"]) == ("rest", "grpc")


def test_files_for_ci(tfsctl: Runner, ask_rest: Options, tmp_path: Path) -> None:
    files = ("--junit", str(tmp_path / "x.xml"), "--markdown", str(tmp_path / "x.md"))
    result = tfsctl(*FEW, "--slo", "p50<1us", *files, *ask_rest)
    assert result.exit_code == 1
    assert ET.parse(tmp_path / "x.xml").getroot()[0].get("failures") == "1"
    assert (tmp_path / "x.md").read_text().startswith("## tfsctl bench: half\\_plus\\_two\n")
    assert f"Wrote {tmp_path / 'x.xml'}" in result.stderr


def test_markdown_on_stdout_is_all_there_is(tfsctl: Runner, ask_rest: Options) -> None:
    result = tfsctl(*FEW, "--markdown", "-", *ask_rest)
    assert result.startswith("## tfsctl bench: ")
    assert "Latency: p50" not in result


def test_why_there_is_no_time_split_is_a_detail(tfsctl: Runner, ask_rest: Options) -> None:
    result = tfsctl(*FEW, "-v", *ask_rest)
    assert "Where the time went is not known: " in result.stderr
