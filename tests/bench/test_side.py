"""What may stand after --compare."""

from __future__ import annotations

from typing import Any

import pytest

from tfsctl.bench import BenchPlan
from tfsctl.bench.comparing.side import plans_for
from tfsctl.errors import UsageError


def changed(first: str, second: str, **plan: Any) -> list[dict[str, Any]]:
    names = ("server", "protocol", "model_version", "version_label")
    sides = plans_for(BenchPlan(**plan), first, second)
    return [{name: value for name in names if (value := getattr(side, name)) is not None} for side in sides]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("rest", "grpc", [{"protocol": "rest"}, {"protocol": "grpc"}]),
        ("a:8501", "b:8501", [{"server": "a:8501"}, {"server": "b:8501"}]),
        ("version:3", "label:canary", [{"model_version": 3}, {"version_label": "canary"}]),
        ("localhost", "unix:/tmp/x", [{"server": "localhost"}, {"server": "unix:/tmp/x"}]),
        (
            "a:1, grpc,version:2",
            "http://b:2",
            [{"server": "a:1", "protocol": "grpc", "model_version": 2}, {"server": "http://b:2"}],
        ),
    ],
)
def test_each_form_changes_the_plan(first: str, second: str, expected: list[dict[str, Any]]) -> None:
    assert changed(first, second) == expected


def test_what_a_side_does_not_say_stays_as_planned() -> None:
    first, second = changed("version:1", "label:x", server="h:1", model_version=5)
    assert first == {"server": "h:1", "model_version": 1}
    assert second == {"server": "h:1", "version_label": "x"}


def test_protocols_alone_take_the_usual_ports() -> None:
    assert changed("rest", "grpc", server="h:8501") == [
        {"server": "h", "protocol": "rest"},
        {"server": "h", "protocol": "grpc"},
    ]
    with pytest.raises(UsageError, match="speaks one protocol"):
        changed("rest", "grpc", server="h:9000")


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("rest", "rest", "are the same"),
        ("gprc", "rest", "'gprc' is no side"),
        ("rest,grpc", "rest", "'grpc' is one too many"),
        ("version:1,label:x", "rest", "'label:x' is one too many"),
        ("version:x", "rest", "'x' is no version"),
        (" , ", "rest", "one side is empty"),
        ("ftp://x", "rest", "unknown scheme"),
    ],
)
def test_a_slip_is_pointed_at(first: str, second: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        changed(first, second)
    assert message in caught.value.message
    assert caught.value.hint
