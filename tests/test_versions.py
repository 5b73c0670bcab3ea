"""Version numbers and version policies (tensorflow-serving.md §3.1, §3.2)."""

from __future__ import annotations

import pytest

from tfsctl.versions import (
    AllPolicy,
    LatestPolicy,
    ServableVersionPolicy,
    SpecificPolicy,
    choose_versions,
    parse_version,
)


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("1", 1),
        ("00000123", 123),
        ("20170111173521", 20170111173521),
        (" 7 ", 7),
        ("+7", 7),
        ("-7", -7),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", None),
        ("v1", None),
        ("0.1", None),
        ("5.denied", None),
        ("tmp", None),
        ("", None),
        ("1_000", None),
        ("٣", None),
    ],
)
def test_parse_version_takes_whole_base_10_int64_names_only(name: str, version: int | None) -> None:
    assert parse_version(name) == version


@pytest.mark.parametrize(
    ("policy", "chosen"),
    [
        (LatestPolicy(), [9]),
        (LatestPolicy(num_versions=0), [9]),
        (LatestPolicy(num_versions=2), [9, 7]),
        (LatestPolicy(num_versions=10), [9, 7, 1]),
        (AllPolicy(), [9, 7, 1]),
        (SpecificPolicy(versions=(1, 9, 5)), [9, 1]),
        (SpecificPolicy(), []),
    ],
)
def test_choose_versions_by_policy(policy: ServableVersionPolicy, chosen: list[int]) -> None:
    assert choose_versions(policy, [7, 1, 9, 7]) == chosen


def test_choose_versions_of_nothing_is_nothing() -> None:
    assert choose_versions(LatestPolicy(), []) == []
