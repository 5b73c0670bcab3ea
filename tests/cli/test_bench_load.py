"""The options of `tfsctl bench` about the load."""

from __future__ import annotations

import pytest

from cli.runner import Runner
from cli.terminal import on_terminal
from tfsctl.serving import Server

HALF = ("bench", "half_plus_two")


def at(server: Server) -> tuple[str, ...]:
    return "--rest", "--server", server.rest_address


def test_a_range_is_measured_level_by_level(tfsctl: Runner, server: Server) -> None:
    report = tfsctl(*HALF, "--concurrency", "1:4", "--num-tests", "20", "--repeats", "2", "--json", *at(server)).json
    assert [level["concurrency"] for level in report["levels"]] == [1, 2, 4]
    assert [level["num_tests"] for level in report["levels"]] == [40, 40, 40]


def test_rates_are_kept_by_more_than_one_connection_unless_told_otherwise(tfsctl: Runner, server: Server) -> None:
    options = ("--rate", "50,100", "--arrivals", "poisson", "--num-tests", "10", "--json")
    report = tfsctl(*HALF, *options, *at(server)).json
    assert [(level["concurrency"], level["rate"]) for level in report["levels"]] == [(16, 50.0), (16, 100.0)]
    one = tfsctl(*HALF, *options, "--concurrency", "1", *at(server)).json
    assert [level["concurrency"] for level in one["levels"]] == [1, 1]


def test_all_options_go_together(tfsctl: Runner, server: Server) -> None:
    options = "--processes 2 --warmup-seconds 0.1 --duration 0.3 --gzip --concurrency 2 --connections 2 --json --grpc"
    report = tfsctl(*HALF, *options.split(), "--server", server.grpc_address).json
    assert report["num_failed_calls"] == 0
    assert report["levels"][0]["generator"]["num_processes"] == 2


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ("--concurrency 8:1", "'8:1'"),
        ("--concurrency many", "'many'"),
        ("--concurrency 5000", "5000"),
        ("--rate 0", "'0'"),
        ("--arrivals never", "'never'"),
        ("--duration 0", "0.0 seconds"),
        ("--repeats 0", "repeat"),
        ("--processes 100", "100 processes"),
        ("--warmup-seconds -1", "-1.0 seconds"),
        ("--connections 2 --rest", "connection of its own"),
    ],
)
def test_what_makes_no_sense_is_named(tfsctl: Runner, server: Server, options: str, named: str) -> None:
    result = tfsctl(*HALF, *options.split(), "--server", server.rest_address)
    assert (result.exit_code, result) == (2, "")
    assert named in result.stderr


def test_arrivals_without_a_rate_mean_nothing_and_that_is_said(tfsctl: Runner, server: Server) -> None:
    result = tfsctl(*HALF, "--arrivals", "poisson", "--num-tests", "3", *at(server))
    assert result.exit_code == 0
    assert result.stderr == "Warning: Without --rate, --arrivals poisson means nothing: requests follow answers.\n"


def test_metrics_that_were_named_and_do_not_come_are_told(tfsctl: Runner, server: Server) -> None:
    options = (*HALF, "--num-tests", "3", *at(server))
    result = tfsctl(*options, "--metrics", "/nowhere")
    assert result.exit_code == 0
    assert "Warning: Where the time went is not known: " in result.stderr
    assert "Where the time went" not in tfsctl(*options).stderr


def test_ctrl_c_shows_what_was_measured_until_then(server: Server) -> None:
    with on_terminal(*HALF, "--duration", "60", *at(server)) as terminal:
        terminal.read_until("p50 ")
        terminal.press_ctrl_c()
        assert terminal.wait() == 130
        text = terminal.read_to_end()
    assert "Interrupted. These are the figures until then." in text
    assert "Throughput: " in text


def test_a_measurement_that_was_not_interrupted_says_so_in_json(tfsctl: Runner, server: Server) -> None:
    report = tfsctl(*HALF, "--num-tests", "5", "--json", *at(server)).json
    assert report["was_interrupted"] is False
