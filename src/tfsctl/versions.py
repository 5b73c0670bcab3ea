"""Version numbers and the policies that choose among those on disk (tensorflow-serving.md §3.1, §3.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Union

_INT64_MAX = 2**63 - 1
# What C's base-10 integer parser takes: surrounding white space and one sign.
_NUMBER = re.compile(r"[ \t\n\v\f\r]*([+-]?[0-9]+)[ \t\n\v\f\r]*", re.ASCII)


def parse_version(name: str) -> int | None:
    """The version number that a directory's name spells, or None if it is not one: `00000123` is 123, `v1` is none."""
    match = _NUMBER.fullmatch(name)
    if match is None:
        return None
    number = int(match[1])
    return number if -_INT64_MAX - 1 <= number <= _INT64_MAX else None


@dataclass(frozen=True, slots=True)
class LatestPolicy:
    """The `num_versions` highest versions; 0 means 1."""

    num_versions: int = 1


@dataclass(frozen=True, slots=True)
class AllPolicy:
    """Every version there is."""


@dataclass(frozen=True, slots=True)
class SpecificPolicy:
    """These versions, those of them that exist."""

    versions: tuple[int, ...] = ()


ServableVersionPolicy = Union[LatestPolicy, AllPolicy, SpecificPolicy]  # noqa: UP007 (a runtime alias, Python 3.10)


def choose_versions(policy: ServableVersionPolicy, found: Iterable[int]) -> list[int]:
    """The versions of `found` that `policy` wants, highest first."""
    descending = sorted(set(found), reverse=True)
    if isinstance(policy, LatestPolicy):
        return descending[: max(1, policy.num_versions)]
    if isinstance(policy, SpecificPolicy):
        wanted = set(policy.versions)
        return [version for version in descending if version in wanted]
    return descending
