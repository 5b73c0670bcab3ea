"""Everything a developer or CI runs. `nox` alone runs lint, tests and documentation; `nox -l` lists the rest."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.sessions = ["lint", "tests", "docs"]
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = True

PROJECT = nox.project.load_toml("pyproject.toml")


def _group(name: str) -> list[str]:
    return list(nox.project.dependency_groups(PROJECT, name))


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff's rules and format, and strict types over the package, its tests, benchmarks and samples."""
    session.install("-e", ".", *_group("test"), *_group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """The whole test suite against the installed package; arguments go to pytest (`nox -s tests -- -k codec`)."""
    session.install(".", *_group("test"))
    session.run("pytest", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """A million inputs in place of ten thousand, other ones each time (TFSCTL_FUZZ_INPUTS, _SEED)."""
    session.install(".", *_group("test"))
    inputs = os.environ.get("TFSCTL_FUZZ_INPUTS", "1000000")
    seed = os.environ.get("TFSCTL_FUZZ_SEED", str(int(time.time())))
    session.log("TFSCTL_FUZZ_SEED=%s", seed)
    environment = {"TFSCTL_FUZZ_INPUTS": inputs, "TFSCTL_FUZZ_SEED": seed}
    session.run("pytest", "tests/fuzz", "--timeout=0", *session.posargs, env=environment)


@nox.session
def soak(session: nox.Session) -> None:
    """Five minutes of reloads, version swaps and corrupt models under traffic in place of one (TFSCTL_SOAK_SECONDS)."""
    session.install(".", *_group("test"))
    seconds = os.environ.get("TFSCTL_SOAK_SECONDS", "300")
    session.run("pytest", "tests/soak", "-s", *session.posargs, env={"TFSCTL_SOAK_SECONDS": seconds})


@nox.session
def minimums(session: nox.Session) -> None:
    """The test suite with the oldest dependencies that pyproject.toml allows."""
    session.install("uv")
    session.run("uv", "pip", "install", "--resolution", "lowest-direct", ".", *_group("test"))
    session.run("pytest", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation into site/; a warning is an error."""
    # The page about compatibility is made from the conformance cases, which are tests and import what tests need.
    session.install(".", *_group("docs"), *_group("test"))
    session.run("python", "docs/make_reference.py", "--check")
    session.run("python", "docs/make_findings.py", "--check")
    session.run("python", "docs/make_compatibility.py", "--check")
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", "site")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure speed and memory as ratios against baselines of the same run; arguments go to benchmarks/run.py."""
    session.install(".", *_group("bench"))
    session.run("python", "benchmarks/run.py", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """Build the source distribution and the wheel into dist/."""
    session.install("build")
    shutil.rmtree("dist", ignore_errors=True)
    session.run("python", "-m", "build")
    for artifact in sorted(Path("dist").iterdir()):
        session.log("%s: %.1f MB", artifact.name, artifact.stat().st_size / 1e6)
