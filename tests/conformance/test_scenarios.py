"""Every ScenarioCase."""

from __future__ import annotations

from conformance.case import ScenarioCase
from conformance.parameters import parametrized
from conformance.stage import Stage


@parametrized(ScenarioCase)
def test_scenario(case: ScenarioCase, stage: Stage) -> None:
    case.play(stage)
