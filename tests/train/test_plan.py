"""What a training plan accepts, and what it fills in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tfsctl.errors import InvalidArgumentError
from tfsctl.train import TrainPlan, checkpoint_path


def test_defaults_are_tf_servings_recipe() -> None:
    plan = TrainPlan()
    assert (plan.model, plan.training_iteration) == ("softmax", 1000)
    assert (plan.chosen_batch_size, plan.chosen_learning_rate) == (50, 0.01)


def test_cnn_has_defaults_of_its_own() -> None:
    assert TrainPlan(model="cnn").chosen_batch_size == 128
    assert TrainPlan(model="cnn", batch_size=7, learning_rate=0.5).chosen_batch_size == 7
    assert TrainPlan(model="cnn", batch_size=7, learning_rate=0.5).chosen_learning_rate == 0.5


@pytest.mark.parametrize("training_iteration", [0, -1])
def test_iterations_that_are_not_positive_are_refused_in_tf_servings_words(training_iteration: int) -> None:
    with pytest.raises(InvalidArgumentError) as raised:
        TrainPlan(training_iteration=training_iteration)
    assert str(raised.value) == "Please specify a positive value for training iteration."


@pytest.mark.parametrize(
    "wrong",
    [
        {"batch_size": 0},
        {"learning_rate": 0.0},
        {"learning_rate": float("nan")},
        {"learning_rate": float("inf")},
        {"seed": -1},
        {"seed": 2**32},
        {"model": "transformer"},
    ],
    ids=str,
)
def test_values_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError):
        TrainPlan(**wrong)


def test_output_directory_holds_checkpoint_and_metrics() -> None:
    plan = TrainPlan(output=Path("some"))
    assert plan.checkpoint_path == Path("some/model.keras") == checkpoint_path(Path("some"))
    assert plan.metrics_path == Path("some/metrics.json")


def test_output_file_has_its_metrics_beside_it() -> None:
    plan = TrainPlan(output=Path("some/digits.keras"))
    assert plan.checkpoint_path == Path("some/digits.keras")
    assert plan.metrics_path == Path("some/digits.metrics.json")
