"""`tfsctl tune --docker` against a real engine, with our own image."""

from __future__ import annotations

from pathlib import Path

from cli.runner import run_tfsctl


def test_tune_measures_containers_and_leaves_none(image: str, half_plus_two: Path) -> None:
    options = ("--docker", "--image", image, "--pull", "never", "--concurrency", "4", "--budget-seconds", "8", "--json")
    result = run_tfsctl("tune", str(half_plus_two), *options)
    assert result.exit_code == 0, result.stderr
    assert {trial["setting"]["batching"] is None for trial in result.json["trials"]} == {True, False}
    assert all(trial["num_failed"] == 0 for trial in result.json["trials"])
    assert image in result.json["commands"]["docker"]
