"""Plans are checked when they are made."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tfsctl.bench import BenchPlan
from tfsctl.bench.level import Level
from tfsctl.errors import UsageError
from tfsctl.model_spec import ModelSpec


def test_defaults_are_those_of_the_command() -> None:
    plan = BenchPlan()
    assert (plan.model, plan.num_tests, plan.concurrency, plan.rate, plan.limit) == ("mnist", 1000, 1, None, 1000)


@pytest.mark.parametrize(
    "values",
    [
        {"model": ""},
        {"num_tests": 0},
        {"concurrency": 0},
        {"concurrency": 2000},
        {"rate": 0.0},
        {"rate": math.nan},
        {"levels": (Level(1), Level(0))},
        {"levels": (Level(1, -5.0),)},
        {"arrivals": "bursts"},
        {"repeats": 0},
        {"processes": -1},
        {"connections": 0},
        {"warmup_requests": -1},
        {"warmup_seconds": -0.5},
        {"warmup_requests": 1, "warmup_seconds": 1.0},
        {"duration_seconds": -1.0},
        {"duration_seconds": math.inf},
        {"timeout_seconds": 0.0},
        {"model_version": 1, "version_label": "stable"},
    ],
    ids=str,
)
def test_a_plan_that_makes_no_sense_is_a_usage_error(values: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        BenchPlan(**values)


def test_a_duration_takes_the_place_of_the_number_of_tests() -> None:
    assert BenchPlan(num_tests=5, duration_seconds=1.0).limit is None


def test_the_spec_has_the_plans_signature_before_a_proposed_one() -> None:
    assert BenchPlan(version_label="stable").spec("predict_images") == ModelSpec(
        "mnist", version_label="stable", signature_name="predict_images"
    )
    assert BenchPlan(signature_name="s", model_version=3).spec("predict_images") == ModelSpec(
        "mnist", version=3, signature_name="s"
    )


def test_levels_are_those_that_are_named_or_the_one_of_concurrency_and_rate() -> None:
    assert BenchPlan(concurrency=4, rate=5.0).all_levels == (Level(4, 5.0),)
    assert BenchPlan(concurrency=4, levels=(Level(1), Level(2))).all_levels == (Level(1), Level(2))
