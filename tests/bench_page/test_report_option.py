"""`tfsctl bench --report` with a real server."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench_page.conftest import Open
from cli.runner import run_tfsctl
from serving.model_directory import serve
from tfsctl.serving import ModelConfig, Server, ServerConfig

NOWHERE = ("bench", "--server", "127.0.0.1:1", "--rest")


@pytest.fixture(scope="module")
def server(zoo: Path) -> Iterator[Server]:
    """Serves the zoo's untrained digits as `mnist`."""
    models = (*serve(zoo / "half_plus_two").config.models, ModelConfig(name="mnist", base_path=zoo / "digits"))
    with Server(ServerConfig(models=models, port=0, rest_api_port=0)) as running:
        yield running


def test_the_page_has_the_figures_that_json_has(server: Server, open_page: Open, tmp_path: Path) -> None:
    page = tmp_path / "new" / "bench.html"
    asked = ("bench", "mnist", "--num-tests", "200", "--concurrency", "1,2", "--rest", "--server", server.rest_address)
    result = run_tfsctl(*asked, "--report", str(page), "--json")
    assert result.exit_code == 0
    figures = json.loads(result)
    opened = open_page(page.read_text(encoding="utf-8"))
    latency = figures["latency_ms"]
    assert opened.values(".tile data") == [
        figures["throughput"],
        latency["p50"],
        latency["p99"],
        figures["error_rate"],
    ]
    assert opened.values(".levels td:nth-child(2) data") == [level["throughput"] for level in figures["levels"]]
    assert 1 <= opened.evaluate("document.querySelectorAll('img.digit').length") <= 60
    assert (opened.requests, opened.complaints) == ([], [])


def test_a_comparison_and_objectives_have_a_page_too(server: Server, tmp_path: Path) -> None:
    sides = (f"{server.rest_address},rest", f"{server.grpc_address},grpc")
    page = tmp_path / "compared.html"
    result = run_tfsctl(
        "bench", "half_plus_two", "--num-tests", "40", "--compare", *sides, "--report", str(page), "--slo", "p50<1us"
    )
    assert result.exit_code == 1
    html = page.read_text(encoding="utf-8")
    assert re.search(r"Throughput: B answers [0-9.]+ times as many requests as A", html)
    assert html.count("p50&lt;1us missed") == 2


def test_a_page_that_is_there_is_replaced(server: Server, tmp_path: Path) -> None:
    page = tmp_path / "bench.html"
    page.write_text("old")
    asked = ("bench", "half_plus_two", "--num-tests", "5", "--rest", "--server", server.rest_address)
    result = run_tfsctl(*asked, "--report", str(page))
    assert (result.exit_code, result.stderr) == (0, f"Wrote {page}\n")
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert os.listdir(tmp_path) == ["bench.html"]


def test_what_cannot_be_written_is_told_before_anything_is_measured(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path, message in (
        (tmp_path, "is a directory"),
        (tmp_path / "file" / "bench.html", "is a file"),
        (Path("-"), "writes a file, not stdout"),
    ):
        result = run_tfsctl(*NOWHERE, "--report", str(path))
        assert message in result.stderr
        assert result.exit_code == 2


def test_a_directory_that_takes_no_files_is_told(tmp_path: Path, nobody: None) -> None:
    result = run_tfsctl(*NOWHERE, "--report", "/bench.html")
    assert "takes no files from you" in result.stderr
