"""§3.7: version labels."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from conformance.case import RestCase, ServerCase
from conformance.steps import Answers, Put, Refuses, Reload, States, Status, Take
from serving.reload_calls import entry, label, listed, versions

_ALL = "model_version_policy { all {} }"
_FILES: Mapping[str, int] = {"m/1": 1, "m/2": 2, "m/3": 3}


def _labels(policy: str = _ALL, **labels: int) -> str:
    """The config with these labels."""
    return listed(entry("m", "{home}/m", policy, *(label(name, version) for name, version in labels.items())))


_case = partial(ServerCase, section="3.7", files=_FILES, config=_labels())
_allowing = partial(_case, settings={"allow_version_labels_for_unavailable_models": True})


def _unknown(name: str) -> Refuses:
    return Refuses("m", "INVALID_ARGUMENT", f"Unrecognized servable version label: {name}", label=name)


def _nowhere(policy: str = _ALL, **labels: int) -> Reload:
    """A reload with labels of which the last is refused."""
    version = list(labels.values())[-1]
    return Reload(
        _labels(policy, **labels),
        "FAILED_PRECONDITION",
        f"Request to assign label to version {version} of model m, which is not currently available for inference",
    )


def _is_taken(name: str, encoded: str) -> ServerCase:
    """A label of any characters."""
    given = Reload(listed(entry("m", "{home}/m", _ALL, label(name, 2))))
    ask = RestCase(
        section="",
        what="",
        target=f"/v1/models/m/labels/{encoded}:predict",
        body='{"instances": [0.0]}',
        json='{"predictions": [2.0]}',
    )
    return _case(what=f"label {name!r}", steps=(given, Answers("m", 2, label=name), ask))


CASES = (
    # Which labels there are.
    _case(
        what="a label means its version",
        steps=(
            Reload(_labels(stable=1, canary=3, beta=3)),
            Answers("m", 1, label="stable"),
            Answers("m", 3, label="canary"),
            Answers("m", 3, label="beta"),
            Answers("m", 3),
        ),
    ),
    *(_case(what=f"no label {name} of itself", steps=(_unknown(name),)) for name in ("stable", "canary", "latest")),
    _case(
        what="labels are those of their own model",
        files={**_FILES, "n/1": 1},
        config=listed(entry("m", "{home}/m", _ALL), entry("n", "{home}/n")),
        steps=(
            Reload(listed(entry("m", "{home}/m", _ALL, label("stable", 2)), entry("n", "{home}/n"))),
            Answers("m", 2, label="stable"),
            Refuses("n", "INVALID_ARGUMENT", "Unrecognized servable version label: stable", label="stable"),
        ),
    ),
    _is_taken("a_B9", "a_B9"),
    _is_taken("a-b.c", "a-b.c"),
    _is_taken("with space", "with%20space"),
    _is_taken("ä", "%C3%A4"),
    _is_taken("7", "7"),
    _is_taken("x/y", "x%2Fy"),
    # Which versions may have one.
    _case(what="no label for a version that is not there", steps=(_nowhere(stable=9), _unknown("stable"))),
    _case(
        what="one label that is refused keeps all others out",
        steps=(_nowhere(good=1, stable=9), _unknown("good"), Reload(_labels(good=1)), Answers("m", 1, label="good")),
    ),
    _case(
        what="no label for a version that failed",
        settings={"max_num_load_retries": 0},
        steps=(Put("m/4", None), Status("m", 4, "END", "NOT_FOUND"), _nowhere(next=4)),
    ),
    _case(
        what="no label for a version that was unloaded",
        steps=(Take("m/1"), States("m", {3: "AVAILABLE", 2: "AVAILABLE", 1: "END"}), _nowhere(old=1)),
    ),
    _case(
        what="no label for a version that the policy leaves out",
        config=_labels(versions(3)),
        steps=(_nowhere(versions(3), old=1),),
    ),
    _case(
        what="a label for a version that the same reload brings",
        config=_labels(versions(3)),
        steps=(
            Reload(_labels(versions(2, 3), stable=2)),
            States("m", {3: "AVAILABLE", 2: "AVAILABLE"}),
            Answers("m", 2, label="stable"),
        ),
        difference="labels of loading versions",
    ),
    _case(
        what="labels in the first config",
        config=_labels(stable=1, canary=3),
        steps=(Answers("m", 1, label="stable"), Answers("m", 3, label="canary")),
        difference="labels of loading versions",
    ),
    # With --allow_version_labels_for_unavailable_models.
    _allowing(
        what="labels in the first config where that is allowed",
        config=_labels(stable=1, next=9),
        steps=(
            Answers("m", 1, label="stable"),
            Refuses("m", "NOT_FOUND", "Servable not found for request: Specific(m, 9)", label="next"),
        ),
    ),
    _allowing(
        what="a new label may point anywhere where that is allowed",
        steps=(
            Reload(_labels(next=9)),
            Refuses("m", "NOT_FOUND", "Servable not found for request: Specific(m, 9)", label="next"),
            Put("m/9", 9),
            States("m", dict.fromkeys((9, 3, 2, 1), "AVAILABLE")),
            Answers("m", 9, label="next"),
        ),
    ),
    _allowing(
        what="a label may keep its version where that is allowed",
        steps=(Reload(_labels(next=9)), Reload(_labels(next=9, stable=1)), Answers("m", 1, label="stable")),
    ),
    _allowing(
        what="a label may keep a version that has gone where that is allowed",
        steps=(
            Reload(_labels(old=1)),
            Take("m/1"),
            States("m", {3: "AVAILABLE", 2: "AVAILABLE", 1: "END"}),
            Reload(_labels(old=1, stable=2)),
            Refuses("m", "NOT_FOUND", "Servable not found for request: Specific(m, 1)", label="old"),
        ),
    ),
    _allowing(
        what="no label may be moved to a version that is not there even where that is allowed",
        steps=(Reload(_labels(stable=1)), _nowhere(stable=9), Answers("m", 1, label="stable")),
    ),
    _allowing(
        what="no label may be moved from one version that is not there to another",
        steps=(Reload(_labels(next=9)), _nowhere(next=10)),
    ),
    _allowing(
        what="a label may be moved to an available version where that is allowed",
        steps=(Reload(_labels(next=9)), Reload(_labels(next=3)), Answers("m", 3, label="next")),
    ),
    _allowing(
        what="a label that was dropped is new again",
        steps=(Reload(_labels(stable=1)), Reload(_labels()), Reload(_labels(stable=9))),
    ),
    # How they change.
    _case(
        what="a label is moved",
        steps=(
            Reload(_labels(stable=1)),
            Answers("m", 1, label="stable"),
            Reload(_labels(stable=2)),
            Answers("m", 2, label="stable"),
        ),
    ),
    _case(
        what="labels are exchanged",
        steps=(
            Reload(_labels(stable=1, canary=2)),
            Reload(_labels(stable=2, canary=1)),
            Answers("m", 2, label="stable"),
            Answers("m", 1, label="canary"),
        ),
    ),
    _case(
        what="a label that is left out vanishes",
        steps=(
            Reload(_labels(stable=1, canary=2)),
            Reload(_labels(canary=2)),
            _unknown("stable"),
            Answers("m", 2, label="canary"),
        ),
    ),
    _case(
        what="the labels of a model that is left out vanish",
        steps=(
            Reload(_labels(stable=1)),
            Reload(listed()),
            States("m", dict.fromkeys((3, 2, 1), "END")),
            _unknown("stable"),
            Reload(_labels()),
            _unknown("stable"),
        ),
    ),
    _case(
        what="a label whose version goes",
        steps=(
            Reload(_labels(stable=1)),
            Take("m/1"),
            States("m", {3: "AVAILABLE", 2: "AVAILABLE", 1: "END"}),
            Refuses("m", "NOT_FOUND", "Servable not found for request: Specific(m, 1)", label="stable"),
        ),
    ),
    _case(
        what="a label whose version goes and comes back",
        steps=(
            Reload(_labels(stable=1)),
            Take("m/1"),
            States("m", {3: "AVAILABLE", 2: "AVAILABLE", 1: "END"}),
            Put("m/1", 100),
            States("m", dict.fromkeys((3, 2, 1), "AVAILABLE")),
            Answers("m", 100, label="stable"),
        ),
    ),
)
