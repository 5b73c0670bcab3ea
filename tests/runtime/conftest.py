"""Models of the zoo, loaded by both runtimes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from runtime.loading import Load, Runtime
from tfsctl.runtime import Model, load_model


@pytest.fixture(params=["c_api", "python"])
def runtime(request: pytest.FixtureRequest) -> Runtime:
    """Each of the two: they must not be told apart."""
    chosen: Runtime = request.param
    return chosen


@pytest.fixture
def load(zoo: Path, runtime: Runtime) -> Iterator[Load]:
    """Loads version 1 of a model of the zoo in each runtime; all are closed at the end."""
    with ExitStack() as stack:

        def load(name: str, **options: Any) -> Model:
            return stack.enter_context(closing(load_model(zoo / name / "1", **{"runtime": runtime, **options})))

        yield load


@pytest.fixture
def load_c_api(zoo: Path) -> Iterator[Load]:
    """Loads version 1 of a model of the zoo through the C API."""
    with ExitStack() as stack:

        def load(name: str, **options: Any) -> Model:
            return stack.enter_context(closing(load_model(zoo / name / "1", runtime="c_api", **options)))

        yield load
