"""A report beside one that was saved."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from bench.level_results import ENVIRONMENT, interval, level_result, of_intervals, report
from tfsctl.bench import BenchReport
from tfsctl.bench.comparing.baseline import compare_with_baseline
from tfsctl.bench.level import Level
from tfsctl.bench.report.saved import load, save, saved_path
from tfsctl.errors import InvalidArgumentError, NotFoundError, UsageError


def measured(rate: int, *, latency_ms: float = 1.0, level: Level | None = None) -> BenchReport:
    """Ten seconds at about `rate` answers a second."""
    counts = [rate + shift for shift in (-2, 2, -1, 1, 0, 0, -2, 2, -1, 1)]
    intervals = [interval([latency_ms + n / 100] * count, number=n) for n, count in enumerate(counts)]
    return report(of_intervals(intervals, level=level or Level(4)))


def test_more_throughput_stands_out_and_equal_latency_does_not() -> None:
    compared = compare_with_baseline(measured(200), measured(100), name="old")
    (level,) = compared.levels
    throughput, p50, errors = level.ratios["throughput"], level.ratios["p50"], level.ratios["error_rate"]
    assert throughput is not None
    assert throughput.value == pytest.approx(2)
    assert throughput.stands_out
    assert p50 is not None
    assert p50.stands_out is False
    assert errors is not None
    assert errors.stands_out is False
    assert compared.warnings == ()


def test_a_short_report_has_a_ratio_and_no_spread() -> None:
    (level,) = compare_with_baseline(report(level_result()), measured(100), name="old").levels
    throughput = level.ratios["throughput"]
    assert throughput is not None
    assert throughput.value == pytest.approx(0.04)
    assert throughput.low is None


def test_it_says_what_else_differs() -> None:
    other = dataclasses.replace(
        ENVIRONMENT, machine="laptop", cpu="Another", command="tfsctl bench mnist --concurrency 8 --save x"
    )
    then = dataclasses.replace(measured(100, level=Level(8)), environment=other, model="cnn", protocol="rest")
    compared = compare_with_baseline(measured(100), then, name="old")
    assert compared.levels == ()
    told = "\n".join(compared.warnings)
    for what in (
        "model: cnn",
        "protocol: rest",
        "machine: laptop",
        "processor: 4 x Another",
        "another command",
        "none of",
    ):
        assert what in told


def test_where_reports_go_is_no_difference_of_commands() -> None:
    commands = ("tfsctl bench mnist --save x --json", "tfsctl bench -v mnist --baseline=x --slo 'p99<1ms' 'errors<1%'")
    now, then = (
        dataclasses.replace(measured(9), environment=dataclasses.replace(ENVIRONMENT, command=command))
        for command in commands
    )
    assert compare_with_baseline(now, then, name="x").warnings == ()


def test_a_saved_report_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFSCTL_STATE_DIR", str(tmp_path))
    written = measured(100)
    assert save(written.to_json(), "monday") == tmp_path / "bench" / "monday.json"
    read = load("monday")
    assert (read.throughput, read.environment) == (written.throughput, written.environment)
    assert read.latency_ms["p99"] == pytest.approx(written.latency_ms["p99"], rel=1e-3)
    save(written.to_json(), str(tmp_path / "own.json"))
    assert load(str(tmp_path / "own.json")).num_tests == 1000
    with pytest.raises(NotFoundError) as caught:
        load("tuesday")
    assert caught.value.hint == "Saved are monday."


@pytest.mark.parametrize("content", ["", "[]", "{}", json.dumps({"schema": 99})])
def test_a_file_that_is_no_report_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(InvalidArgumentError, match=r"x\.json"):
        load(str(path))


@pytest.mark.parametrize("name", ["", "a b", ".hidden", "-x", "a" * 101])
def test_a_name_must_do_for_a_file(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name"):
        saved_path(name)
