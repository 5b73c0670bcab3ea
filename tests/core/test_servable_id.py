from __future__ import annotations

from tfsctl.core import ManagerState, ServableId


def test_servable_id_prints_as_name_and_version() -> None:
    assert str(ServableId("half_plus_two", 123)) == "half_plus_two/123"


def test_servable_ids_order_by_name_then_by_number() -> None:
    ids = [ServableId("b", 1), ServableId("a", 10), ServableId("a", 9)]

    assert sorted(ids) == [ServableId("a", 9), ServableId("a", 10), ServableId("b", 1)]


def test_manager_states_have_the_numbers_of_the_wire_format() -> None:
    numbers = {state.name: int(state) for state in ManagerState}

    assert numbers == {"UNKNOWN": 0, "START": 10, "LOADING": 20, "AVAILABLE": 30, "UNLOADING": 40, "END": 50}
