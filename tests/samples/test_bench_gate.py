"""The gate of the sample against a real server: it opens, and it holds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from samples.transcript import SAMPLES, free_ports

GATE = SAMPLES / "bench_gate" / "gate.sh"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Ports of its own, and no word of other servers or of GitHub."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("TFSCTL_", "PYTEST_", "GITHUB_"))}
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with free_ports() as ports:
        return {**kept, **ports.environment, "PATH": programs, "TFSCTL_STATE_DIR": str(tmp_path / "state")}


def run_gate(home: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(GATE), *arguments], cwd=home, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_limits_that_are_kept_let_a_job_pass(zoo: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    environment["GITHUB_STEP_SUMMARY"] = str(summary)
    done = run_gate(tmp_path, environment, str(zoo / "digits"), "p99<60s", "errors<0.1%", "error_rate<=100%")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SLO: errors<0.1% met: 0 %" in done.stdout
    assert summary.read_text().startswith("before\n## tfsctl bench: mnist\n")
    (suite,) = ET.parse(tmp_path / "bench-gate.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("4", "0")


def test_an_impossible_limit_holds_it_up(zoo: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    done = run_gate(tmp_path, environment, str(zoo / "digits"), "p99<1us", "error_rate<0.1%")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "SLO: p99<1us missed: " in done.stdout
    assert "SLO: error_rate<0.1% missed: " in done.stdout
    (suite,) = ET.parse(tmp_path / "bench-gate.xml").getroot()
    assert suite.get("failures") == "2"
    assert "**missed**" in (tmp_path / "bench-gate.md").read_text()


def test_the_workflow_calls_the_gate() -> None:
    workflow = (GATE.parent / "bench-gate.yml").read_text()
    assert "./gate.sh models/mnist 'p99<" in workflow
