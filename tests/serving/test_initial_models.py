"""When a starting server has waited enough."""

from __future__ import annotations

import pytest

from tfsctl.core import ManagerState, ServableId, ServableState
from tfsctl.errors import DataLossError, NotFoundError, ServerStartError, TfsctlError
from tfsctl.serving.models.initial_models import InitialModel, Progress, are_settled, check_any_available

BROKEN = DataLossError("the file is broken", hint="Export it again.")
NO_PATH = NotFoundError("no such base path")


def model(name: str, *states: tuple[int, ManagerState], problem: TfsctlError | None = None) -> InitialModel:
    """A model whose versions have these states; those that ended did so in an error."""
    return InitialModel(
        name,
        [
            ServableState(ServableId(name, version), state, BROKEN if state is ManagerState.END else None)
            for version, state in states
        ],
        problem,
    )


GOOD = model("good", (1, ManagerState.AVAILABLE))
BAD = model("bad", (1, ManagerState.END))
LOADING = model("loading", (1, ManagerState.LOADING))
MISSING = model("missing", problem=NO_PATH)
UNKNOWN = model("unknown")


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([], Progress.PENDING),
        ([(1, ManagerState.START)], Progress.PENDING),
        ([(1, ManagerState.END), (2, ManagerState.LOADING)], Progress.PENDING),
        ([(1, ManagerState.AVAILABLE), (2, ManagerState.LOADING)], Progress.AVAILABLE),
        ([(1, ManagerState.AVAILABLE), (2, ManagerState.END)], Progress.AVAILABLE),
        ([(1, ManagerState.END), (2, ManagerState.END)], Progress.FAILED),
    ],
)
def test_progress_follows_the_versions_states(states: list[tuple[int, ManagerState]], expected: Progress) -> None:
    assert model("m", *states).progress is expected


def test_a_version_that_was_taken_away_again_is_no_failure() -> None:
    gone = InitialModel("m", [ServableState(ServableId("m", 1), ManagerState.END)], NO_PATH)
    assert gone.progress is Progress.MISSING


@pytest.mark.parametrize(
    ("models", "settled"),
    [
        ([GOOD], True),
        ([GOOD, LOADING], False),
        ([GOOD, UNKNOWN], False),
        ([GOOD, BAD, MISSING], True),
        ([BAD], True),
        ([BAD, MISSING], True),
        ([MISSING], False),
        ([MISSING, MISSING], False),
    ],
)
def test_waiting_ends_when_every_model_is_decided_unless_all_are_missing(
    models: list[InitialModel], settled: bool
) -> None:
    assert are_settled(models, require_models=False) is settled


def test_where_models_are_required_missing_ones_are_not_awaited() -> None:
    assert are_settled([MISSING], require_models=True)
    with pytest.raises(ServerStartError, match=r"^no such base path$"):
        check_any_available([MISSING])


def test_where_no_model_is_configured_there_is_nothing_to_wait_for() -> None:
    assert are_settled([], require_models=False)
    check_any_available([])


def test_one_available_model_is_enough() -> None:
    check_any_available([BAD, GOOD, MISSING])


def test_without_one_the_failures_are_listed_in_tf_servings_form() -> None:
    with pytest.raises(ServerStartError) as caught:
        check_any_available([BAD, MISSING, model("worse", (3, ManagerState.END), (7, ManagerState.END))])
    assert caught.value.message == (
        "2 servable(s) did not become available: {"
        "{{name: bad version: 1} due to error: DATA_LOSS: the file is broken}, "
        "{{name: worse version: 7} due to error: DATA_LOSS: the file is broken}, }"
    )
    assert caught.value.hint == "Export it again."
