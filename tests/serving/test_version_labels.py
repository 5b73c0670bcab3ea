"""Which labels may be given, and what they mean meanwhile (tensorflow-serving.md §3.7)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfsctl.core import ServableId
from tfsctl.errors import FailedPreconditionError, InvalidArgumentError
from tfsctl.serving import ModelConfig
from tfsctl.serving.models.version_labels import LabelRules, LabelTarget, VersionLabels, awaited_labels

AVAILABLE = {ServableId("m", 1), ServableId("m", 2)}
COMING = 3
NOWHERE = 9


def model(**labels: int) -> ModelConfig:
    return ModelConfig(name="m", base_path=Path("/m"), version_labels=labels)


def rules(*, allow_unavailable: bool = False) -> LabelRules:
    return LabelRules(
        is_available=AVAILABLE.__contains__,
        is_coming=lambda _, version: version == COMING,
        allow_unavailable=allow_unavailable,
    )


def give(labels: VersionLabels, allow_unavailable: bool = False, **targets: int) -> None:
    checked = labels.checked([model(**targets)], rules(allow_unavailable=allow_unavailable))
    labels.replace(checked, is_available=AVAILABLE.__contains__)


def given(**targets: int) -> VersionLabels:
    """Labels of a running server."""
    labels = VersionLabels()
    give(labels, allow_unavailable=True, **targets)
    return labels


def test_a_label_moves_between_available_versions_and_vanishes() -> None:
    labels = given(stable=1, canary=2)
    give(labels, stable=2)
    assert labels.target("m", "stable") == LabelTarget(2)
    with pytest.raises(InvalidArgumentError, match=r"^Unrecognized servable version label: canary$"):
        labels.target("m", "canary")


@pytest.mark.parametrize(
    ("before", "version", "allow", "is_accepted"),
    [
        (None, 1, False, True),
        (None, NOWHERE, False, False),
        (None, NOWHERE, True, True),
        (1, NOWHERE, False, False),
        (1, NOWHERE, True, False),
        (NOWHERE, NOWHERE, True, True),
        (None, COMING, False, True),
        (1, COMING, False, True),
    ],
)
def test_where_a_label_may_point(before: int | None, version: int, allow: bool, is_accepted: bool) -> None:
    labels = given(stable=before) if before is not None else VersionLabels()
    if is_accepted:
        give(labels, allow, stable=version)
        assert labels.target("m", "stable").version == version
        return
    text = f"Request to assign label to version {version} of model m, which is not currently available for inference"
    with pytest.raises(FailedPreconditionError, match=f"^{text}$"):
        give(labels, allow, stable=version)


def test_a_label_that_lost_its_version_may_not_stay_unless_that_is_allowed() -> None:
    labels = given(stable=NOWHERE)
    labels.note_available(ServableId("m", NOWHERE))  # It was there, and is not any more.
    with pytest.raises(FailedPreconditionError):
        give(labels, stable=NOWHERE)
    give(labels, allow_unavailable=True, stable=NOWHERE)


def test_labels_of_the_start_are_awaited_and_may_stay() -> None:
    labels = VersionLabels()
    labels.replace(awaited_labels([model(stable=1, canary=NOWHERE)]), is_available=AVAILABLE.__contains__)
    assert labels.target("m", "stable") == LabelTarget(1)
    assert labels.target("m", "canary") == LabelTarget(NOWHERE, is_awaited=True)
    give(labels, stable=1, canary=NOWHERE)


def test_a_label_means_its_old_version_until_the_new_one_is_there() -> None:
    labels = given(stable=1)
    give(labels, stable=COMING)
    assert labels.target("m", "stable") == LabelTarget(COMING, is_awaited=True, until_then=1)
    give(labels, stable=COMING)
    assert labels.target("m", "stable").until_then == 1
    labels.note_available(ServableId("m", COMING))
    assert labels.target("m", "stable") == LabelTarget(COMING)


def test_a_label_that_moves_on_while_awaited_keeps_the_version_that_answers() -> None:
    labels = VersionLabels()
    labels.replace(
        {"m": {"stable": LabelTarget(NOWHERE, is_awaited=True, until_then=2)}}, is_available=AVAILABLE.__contains__
    )
    give(labels, stable=COMING)
    assert labels.target("m", "stable") == LabelTarget(COMING, is_awaited=True, until_then=2)


def test_a_change_checks_what_it_gives_and_leaves_the_rest() -> None:
    labels = given(stable=1, gone=NOWHERE)
    changed = labels.checked_change(model(), {"canary": 2}, drop=["stable"], rules=rules())
    labels.replace(changed, is_available=AVAILABLE.__contains__)
    assert labels.target("m", "canary") == LabelTarget(2)
    assert labels.target("m", "gone").version == NOWHERE
    with pytest.raises(InvalidArgumentError):
        labels.target("m", "stable")
    with pytest.raises(FailedPreconditionError):
        labels.checked_change(model(), {"stable": NOWHERE}, drop=[], rules=rules())
