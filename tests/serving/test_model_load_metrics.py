"""What is counted of loads, under the names of TensorFlow's own loader (tensorflow-serving.md §7.2)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from serving.model_directory import serve
from tfsctl.core import ManagerState
from tfsctl.errors import NotFoundError
from tfsctl.model_spec import ModelSpec
from tfsctl.serving import Server
from tfsctl.serving.metrics.model_load_metrics import MAX_PATHS, ModelLoadMetrics

ATTEMPTS, LATENCY = "/tensorflow/cc/saved_model/load_attempt_count", "/tensorflow/cc/saved_model/load_latency"


def read(metrics: ModelLoadMetrics) -> tuple[dict[tuple[str, ...], Any], ...]:
    attempts, latency = metrics.families
    assert (attempts.name, attempts.labels, attempts.kind) == (ATTEMPTS, ("model_path", "status"), "counter")
    assert (latency.name, latency.labels, latency.kind) == (LATENCY, ("model_path",), "counter")
    return dict(attempts.values()), dict(latency.values())


def fail() -> None:
    raise NotFoundError("no")


def test_success_is_counted_and_timed_and_failure_only_counted() -> None:
    metrics = ModelLoadMetrics()
    assert metrics.record("/m/1", lambda: 5) == 5
    with pytest.raises(NotFoundError):
        metrics.record("/m/1", fail)
    with pytest.raises(NotFoundError):
        metrics.record("/m/2", fail)
    attempts, latency = read(metrics)
    assert attempts == {("/m/1", "success"): 1, ("/m/1", "fail"): 1, ("/m/2", "fail"): 1}
    assert latency.keys() <= {("/m/1",)}


def test_oldest_paths_are_forgotten() -> None:
    metrics = ModelLoadMetrics()
    for number in range(MAX_PATHS + 2):
        metrics.record(f"/m/{number}", lambda: None)
    attempts, _ = read(metrics)
    assert len(attempts) == MAX_PATHS
    assert {("/m/0", "success"), ("/m/1", "success")}.isdisjoint(attempts)


def test_server_counts_each_try(zoo: Path) -> None:
    with serve(zoo / "half_plus_two", zoo / "truncated_saved_model") as server:
        attempts, latency = read(server.metrics.model_loads)
        assert attempts[str(zoo / "half_plus_two/1"), "success"] == 1
        assert latency[str(zoo / "half_plus_two/1"),] > 0
        assert attempts[str(zoo / "truncated_saved_model/1"), "fail"] == 2  # Tried again once.
        assert is_over(server, "truncated_saved_model")


def is_over(server: Server, name: str) -> bool:
    return all(state.state is ManagerState.END for state in server.core.version_states(ModelSpec(name)))
