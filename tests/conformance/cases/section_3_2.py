"""§3.2: version policies."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from conformance.case import MessageCase, ServerCase
from conformance.layout import Content
from conformance.steps import Answers, Logs, Put, Reload, States, Stays, Take, is_awaited, opened
from serving.reload_calls import entry, listed, versions

_FILES: Mapping[str, Content] = {"m/2": 2, "m/3": 3, "m/10": 10}
_case = partial(ServerCase, section="3.2", files=_FILES)
_POLICY = "FileSystemStoragePathSourceConfig.ServableVersionPolicy"


def _policy(text: str) -> str:
    return f"model_version_policy {{ {text} }}"


def _wants(what: str, policy: str, *numbers: int) -> ServerCase:
    """Of 2, 3 and 10 these are loaded."""
    states = dict.fromkeys(numbers, "AVAILABLE")
    return _case(what=what, more=policy, steps=(Stays("m", states), Answers("m", max(numbers))))


def _changes(what: str, before: str, after: str, states: Mapping[int, str]) -> ServerCase:
    """A reload with another policy."""
    reload = Reload(listed(entry("m", "{home}/m", _policy(after))))
    newest = max(version for version, state in states.items() if state == "AVAILABLE")
    return _case(what=what, more=_policy(before), steps=(reload, States("m", states), Answers("m", newest)))


_LATEST, _ALL, _SPECIFIC = ("latest {}", "all {}", "specific { versions: 2 }")

CASES = (
    _wants("no policy is the highest version", "", 10),
    _wants("an empty policy is the highest version", "model_version_policy {}", 10),
    _wants("latest is the highest version", _policy("latest {}"), 10),
    _wants("latest 1", _policy("latest { num_versions: 1 }"), 10),
    _wants("latest 2", _policy("latest { num_versions: 2 }"), 10, 3),
    _wants("latest 0 is latest 1", _policy("latest { num_versions: 0 }"), 10),
    _wants("latest of more than there are", _policy("latest { num_versions: 7 }"), 10, 3, 2),
    _wants("all", _policy("all {}"), 10, 3, 2),
    _wants("specific", versions(2, 10), 10, 2),
    _wants("specific, one that is absent", versions(2, 7), 2),
    _wants("specific, one listed twice", versions(2, 2), 2),
    _case(
        what="an absent specific version is a warning",
        more=versions(2, 7),
        steps=(
            Logs(
                "Version 7 of servable m, which was requested to be served as a 'specific' version in the servable's"
                " config, was not found in the file system"
            ),
        ),
    ),
    _case(
        what="an absent specific version is loaded when it appears",
        more=versions(2, 7),
        steps=(States("m", {2: "AVAILABLE"}), Put("m/7", 7), States("m", {7: "AVAILABLE", 2: "AVAILABLE"})),
    ),
    _case(
        what="a specific version that goes is unloaded, and no other takes its place",
        more=versions(2, 3),
        steps=(
            States("m", {3: "AVAILABLE", 2: "AVAILABLE"}),
            Take("m/3"),
            Stays("m", {3: "END", 2: "AVAILABLE"}),
        ),
    ),
    _case(
        what="specific versions under their plain names are taken without listing",
        files={"m/7": 7, "m/7 ": 70},
        more=versions(7),
        steps=(Answers("m", 7, version=7),),
    ),
    _case(
        what="listing would have found the other name",
        files={"m/7": 7, "m/7 ": 70},
        steps=(Answers("m", 70, version=7),),
    ),
    _case(
        what="if one specific version is not there under its plain name all are listed",
        files={"m/7": 7, "m/7 ": 70, "m/08": 8},
        more=versions(7, 8),
        steps=(Answers("m", 70, version=7), Answers("m", 8, version=8)),
    ),
    _case(
        what="a specific version with leading zeros",
        files={"m/0007": 7},
        more=versions(7),
        steps=(Answers("m", 7, version=7),),
    ),
    _case(
        what="no specific version at all is a warning, and nothing is aspired",
        more=_policy("specific {}"),
        is_awaited=False,
        steps=(
            is_awaited,
            Logs("No versions of servable m found under base path {home}/m."),
            States("m", {}),
        ),
    ),
    _case(
        what="only absent specific versions, and nothing is aspired",
        more=versions(7),
        is_awaited=False,
        steps=(is_awaited, States("m", {}), Put("m/7", 7), opened, Answers("m", 7)),
    ),
    # As versions come and go.
    _case(
        what="latest follows the highest version",
        steps=(
            Put("m/11", 11),
            States("m", {11: "AVAILABLE", 10: "END"}),
            Put("m/4", 4),
            Stays("m", {11: "AVAILABLE", 10: "END"}),
            Take("m/11"),
            States("m", {11: "END", 10: "AVAILABLE"}),
        ),
    ),
    _case(
        what="latest 2 lets the lowest go",
        more=_policy("latest { num_versions: 2 }"),
        steps=(Put("m/11", 11), States("m", {11: "AVAILABLE", 10: "AVAILABLE", 3: "END"})),
    ),
    _case(
        what="all takes what comes",
        more=_policy("all {}"),
        steps=(
            Put("m/1", 1),
            States("m", dict.fromkeys((10, 3, 2, 1), "AVAILABLE")),
            Take("m/3"),
            States("m", {10: "AVAILABLE", 3: "END", 2: "AVAILABLE", 1: "AVAILABLE"}),
        ),
    ),
    # As policies change.
    _changes("latest to specific", _LATEST, _SPECIFIC, {10: "END", 2: "AVAILABLE"}),
    _changes("latest to all", _LATEST, _ALL, dict.fromkeys((10, 3, 2), "AVAILABLE")),
    _changes("all to latest", _ALL, _LATEST, {10: "AVAILABLE", 3: "END", 2: "END"}),
    _changes("all to specific", _ALL, _SPECIFIC, {10: "END", 3: "END", 2: "AVAILABLE"}),
    _changes("specific to latest", _SPECIFIC, _LATEST, {10: "AVAILABLE", 2: "END"}),
    _case(
        what="specific to nothing unloads all",
        more=versions(2, 3),
        steps=(
            Reload(listed(entry("m", "{home}/m", _policy("specific {}")))),
            States("m", {3: "END", 2: "END"}),
        ),
    ),
    # On the wire.
    MessageCase(
        section="3.2",
        what="numbers of the policies",
        message=_POLICY,
        fields={100: "latest", 101: "all", 102: "specific"},
    ),
)
