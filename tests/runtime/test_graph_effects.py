"""What a graph says about the effects of running it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfsctl.runtime._graph_effects import FindDefinition, GraphEffects, find_graph_effects
from tfsctl.runtime._library import open_library
from tfsctl.runtime._op_definitions import OpDefinitions
from tfsctl.saved_model import describe_meta_graph, find_meta_graph, read_saved_model_proto


def _effects(path: Path, find_definition: FindDefinition | None = None) -> dict[str, GraphEffects]:
    meta_graph = find_meta_graph(path, read_saved_model_proto(path), ("serve",))
    find_definition = find_definition or OpDefinitions(open_library()).find
    return find_graph_effects(meta_graph, describe_meta_graph(path, meta_graph).signatures, find_definition)


@pytest.mark.parametrize("name", ["pure", "reads", "finds"])
def test_computing_and_reading_change_nothing(zoo: Path, name: str) -> None:
    assert _effects(zoo / "effects/1")[name] == GraphEffects(has_control_flow=False, may_change_state=False)


@pytest.mark.parametrize("name", ["assigns", "inserts", "prints", "writes", "draws", "calls"])
def test_operations_with_an_effect_are_found_in_functions_too(zoo: Path, name: str) -> None:
    assert _effects(zoo / "effects/1")[name].may_change_state


@pytest.mark.parametrize("name", ["loops", "branches"])
def test_loops_and_branches_are_found(zoo: Path, name: str) -> None:
    assert _effects(zoo / "effects/1")[name] == GraphEffects(has_control_flow=True, may_change_state=False)


def test_assignments_to_variables_of_tensorflow_1_are_found(zoo: Path) -> None:
    changing = {name for name, effects in _effects(zoo / "counter/1").items() if effects.may_change_state}

    assert changing == {"incr_counter", "incr_counter_by", "reset_counter"}


def test_what_lies_before_a_fed_tensor_does_not_count(zoo: Path) -> None:
    effects = _effects(zoo / "half_plus_two/1")

    assert not any(effect.may_change_state or effect.has_control_flow for effect in effects.values())


def test_an_operation_that_nobody_knows_may_do_anything(zoo: Path) -> None:
    effects = _effects(zoo / "half_plus_two_tf2/1", lambda _: None)

    assert effects["serving_default"].may_change_state


def test_definitions_of_operations_come_from_the_library() -> None:
    definitions = OpDefinitions(open_library())

    assert not definitions.find("MatMul").is_stateful
    assert definitions.find("AssignVariableOp").is_stateful
    assert definitions.find("Assign").input_arg[0].is_ref
    assert definitions.find("NoSuchOp") is None
