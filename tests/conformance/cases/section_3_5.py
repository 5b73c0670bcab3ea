"""§3.5: loading and unloading, in what order and when. What a load can end with stands in section_3_5_loads.py."""

from __future__ import annotations

from functools import partial

from conformance.at_once import Begins, all_end
from conformance.case import GrpcCase, ScenarioCase, ServerCase
from conformance.cases.text_protos import predict, spec, tensor
from conformance.play import Play
from conformance.stage import Stage
from conformance.steps import (
    Answers,
    Move,
    Order,
    Put,
    Refuses,
    Reload,
    Rests,
    States,
    Status,
    Stays,
    Take,
)
from conformance.warm_ups import FILE, takes
from serving.reload_calls import entry, listed, versions
from tfsctl.core import ActionKind, ManagerState, ResourcePreservingPolicy, ServableState, VersionSnapshot
from tfsctl.core.loader_harness import HarnessState
from tfsctl.model_spec import ModelSpec

_M, _N = entry("m", "{home}/m"), entry("n", "{home}/n")
_ALL = "model_version_policy { all {} }"
_case = partial(ServerCase, section="3.5", files={"m/1": 1})
_three = partial(_case, files={"m/2": 2, "m/3": 3, "m/10": 10}, more=_ALL)


def _call(seconds: float) -> GrpcCase:
    """A request for `slow` that takes so long and is answered."""
    request = predict(spec("slow"), seconds=tensor("DT_DOUBLE", [], f"double_val: {seconds}"))
    return GrpcCase(section="", what="", request=request, contains=f"model_spec {{ {spec('slow', 1)} }}")


def _preserves_resources(_: Stage) -> None:
    policy = ResourcePreservingPolicy()
    new = VersionSnapshot(2, HarnessState.NEW, is_aspired=True)

    def next_kind(state: HarnessState) -> ActionKind | None:
        action = policy.next_action([VersionSnapshot(1, state, is_aspired=False), new])
        return None if action is None else action.kind

    assert next_kind(HarnessState.READY) is ActionKind.UNLOAD
    assert next_kind(HarnessState.UNLOADING) is None
    assert next_kind(HarnessState.DISABLED) is ActionKind.LOAD


def _answers_when_told(play: Play) -> None:
    """At the moment that AVAILABLE and UNLOADING are published a request finds the version."""
    found: list[tuple[ManagerState, int]] = []

    def look(state: ServableState) -> None:
        if state.state in {ManagerState.AVAILABLE, ManagerState.UNLOADING}:
            found.append((state.state, play.server.core.servable(ModelSpec("m", state.id.version)).id.version))

    play.server.core.subscribe(look)
    Put("m/2", 2)(play)
    States("m", {2: "AVAILABLE", 1: "END"})(play)
    assert found == [(ManagerState.AVAILABLE, 2), (ManagerState.UNLOADING, 1)]


CASES = (
    # The order of loads and unloads.
    _three(
        what="versions are loaded from the highest to the lowest",
        settings={"num_load_threads": 1},
        steps=(Order(("m/10 LOADING", "m/3 LOADING", "m/2 LOADING")),),
    ),
    _case(
        what="a new version is loaded before the old one is unloaded",
        steps=(
            Put("m/2", 2),
            Order(("m/2 START", "m/2 LOADING", "m/2 AVAILABLE", "m/1 UNLOADING", "m/1 END")),
            Answers("m", 2),
        ),
    ),
    _case(
        what="the old version serves until the new one does",
        settings={"max_num_load_retries": 50, "load_retry_interval_seconds": 0.02},
        steps=(
            Put("m/2", None),
            Status("m", 2, "LOADING", "NOT_FOUND"),
            Answers("m", 1),
            Put("m/2/saved_model.pb", lambda zoo: (zoo / "identity_float32/1/saved_model.pb").read_bytes()),
            States("m", {2: "AVAILABLE", 1: "END"}),
            Answers("m", 0),
        ),
        difference="retries",
    ),
    _case(
        what="the old version goes on serving where the new one ends in error",
        settings={"max_num_load_retries": 0},
        steps=(
            Put("m/2", None),
            Status("m", 2, "END", "NOT_FOUND"),
            Stays("m", {2: "END", 1: "AVAILABLE"}),
            Answers("m", 1),
        ),
    ),
    _three(
        what="where no version is aspired all are unloaded, the lowest first",
        steps=(
            Reload(listed(entry("m", "{home}/m", versions()))),
            States("m", {10: "END", 3: "END", 2: "END"}),
            Order(("m/2 UNLOADING", "m/3 UNLOADING", "m/10 UNLOADING")),
        ),
    ),
    _three(
        what="of several that are not aspired one stays until an aspired one is ready",
        settings={"max_num_load_retries": 0},
        steps=(
            Put("m/11", None),
            Reload(listed(entry("m", "{home}/m", versions(11)))),
            Stays("m", {11: "END", 10: "AVAILABLE", 3: "END", 2: "END"}),
            Order(("m/2 UNLOADING", "m/3 UNLOADING")),
            Answers("m", 10),
        ),
    ),
    _three(
        what="once an aspired one is ready no other stays",
        steps=(
            Reload(listed(entry("m", "{home}/m", versions(3)))),
            States("m", {10: "END", 3: "AVAILABLE", 2: "END"}),
            Order(("m/2 UNLOADING", "m/10 UNLOADING")),
        ),
    ),
    ScenarioCase(section="3.5", what="the policy that preserves resources unloads first", play=_preserves_resources),
    # The latest.
    _three(
        what="the latest version is the highest that is loaded", steps=(Answers("m", 10), Answers("m", 3, version=3))
    ),
    _case(
        what="the newest directory is deleted to roll back",
        files={"m/1": 1, "m/2": 2},
        steps=(
            Take("m/2"),
            Order(("m/2 AVAILABLE", "m/1 LOADING", "m/1 AVAILABLE", "m/2 UNLOADING", "m/2 END")),
            Answers("m", 1),
        ),
    ),
    # What is loaded is loaded.
    _case(
        what="files that change in place are not loaded again",
        steps=(
            Put("m/1/saved_model.pb", lambda zoo: (zoo / "identity_float32/1/saved_model.pb").read_bytes()),
            Stays("m", {1: "AVAILABLE"}),
            Answers("m", 1),
        ),
    ),
    _case(
        what="a loaded version is not loaded again from another base path",
        files={"m/1": 1, "n/1": 100},
        config=listed(_M),
        steps=(Reload(listed(entry("m", "{home}/n"))), Stays("m", {1: "AVAILABLE"}), Answers("m", 1)),
    ),
    _case(
        what="other versions are loaded from another base path",
        files={"m/1": 1, "n/1": 100, "n/2": 200},
        config=listed(_M),
        steps=(
            Reload(listed(entry("m", "{home}/n", _ALL))),
            States("m", {2: "AVAILABLE", 1: "AVAILABLE"}),
            Answers("m", 200),
            Answers("m", 1, version=1),
        ),
    ),
    _case(
        what="a version that goes and comes back is loaded again",
        steps=(Take("m/1"), States("m", {1: "END"}), Put("m/1", 100), States("m", {1: "AVAILABLE"}), Answers("m", 100)),
    ),
    _case(
        what="a version that comes back while it is being unloaded waits until it is gone",
        files={"slow/1": "slow"},
        steps=(
            Begins(_call(0.4)),
            Move("slow/1", "slow/one"),
            States("slow", {1: "UNLOADING"}),
            Move("slow/one", "slow/1"),
            Stays("slow", {1: "UNLOADING"}),
            all_end,
            Order(("slow/1 UNLOADING", "slow/1 END", "slow/1 START", "slow/1 LOADING", "slow/1 AVAILABLE")),
        ),
    ),
    # Requests under way.
    _case(
        what="a request that runs is answered though its version goes",
        files={"slow/1": "slow"},
        steps=(
            Begins(_call(0.3)),
            Take("slow/1"),
            Rests("slow", {1: "UNLOADING"}),
            all_end,
            States("slow", {1: "END"}),
        ),
    ),
    _case(
        what="a version that is being unloaded takes no more requests",
        files={"slow/1": "slow"},
        steps=(
            Begins(_call(0.3)),
            Take("slow/1"),
            States("slow", {1: "UNLOADING"}),
            Refuses("slow", "NOT_FOUND", "Servable not found for request: Latest(slow)"),
            all_end,
        ),
    ),
    _case(
        what="a long request of one model holds up no other",
        files={"slow/1": "slow", "m/1": 1},
        steps=(
            Begins(_call(0.6)),
            Put("m/2", 2),
            States("m", {2: "AVAILABLE", 1: "END"}),
            Stays("slow", {1: "AVAILABLE"}),
            all_end,
        ),
        difference="swaps",
    ),
    # The states that are shown.
    _case(
        what="a version that waits to be loaded is shown as start, one that is being loaded as loading",
        files={"m/1": 1, "a": None, "b": None, "made/1": "slow", f"made/1/{FILE}": takes(0.3), "made/2": "slow"},
        config=listed(_M, entry("a", "{home}/a"), entry("b", "{home}/b")),
        settings={"num_load_threads": 1},
        steps=(
            Move("made/1", "a/1"),
            Status("a", 1, "LOADING", text=""),
            Move("made/2", "b/1"),
            Status("b", 1, "START", text=""),
            States("b", {1: "AVAILABLE"}),
        ),
    ),
    _case(what="a version that serves is shown as available", steps=(Status("m", 1, "AVAILABLE", text=""),)),
    _case(
        what="a version that is in use still is shown as unloading",
        files={"slow/1": "slow"},
        steps=(Begins(_call(0.3)), Take("slow/1"), Status("slow", 1, "UNLOADING", text=""), all_end),
    ),
    _case(
        what="a version that was unloaded is shown as end",
        steps=(Take("m/1"), Status("m", 1, "END", text="")),
    ),
    _case(
        what="a version that was unloaded is shown for ever",
        steps=(
            Put("m/2", 2),
            States("m", {2: "AVAILABLE", 1: "END"}),
            Take("m/1"),
            Put("m/3", 3),
            States("m", {3: "AVAILABLE", 2: "END", 1: "END"}),
        ),
    ),
    _case(what="available is said when a version answers, unloading while it does", steps=(_answers_when_told,)),
)
