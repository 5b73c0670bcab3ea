"""From a model spec to a servable, and what is known of the models, without any transport."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from serving.model_directory import QUICK, add_counting_version, remove_version
from tfsctl.core import ManagerState
from tfsctl.errors import InvalidArgumentError, NotFoundError, ServerStartError, TfsctlError
from tfsctl.model_spec import ModelSpec
from tfsctl.serving import ModelConfig, ServerConfig
from tfsctl.serving.server_core import ServerCore
from tfsctl.versions import AllPolicy

WAIT_SECONDS = 20.0


@contextmanager
def started(*models: ModelConfig, **settings: Any) -> Iterator[ServerCore]:
    core = ServerCore(ServerConfig(models=models, **{**QUICK, **settings}))
    try:
        core.start()
        yield core
    finally:
        core.stop()


def wait_for(core: ServerCore, condition: Callable[[], bool]) -> None:
    """Wait until `condition` holds after some change of state."""
    assert core._monitor.wait_for(lambda _: condition(), timeout_seconds=WAIT_SECONDS)


@pytest.fixture
def base_path(zoo: Path, tmp_path: Path) -> Path:
    """A model with versions 1 and 2."""
    for version in (1, 2):
        add_counting_version(zoo, tmp_path / "m", version)
    return tmp_path / "m"


def all_available(core: ServerCore, num_versions: int) -> bool:
    states = [state.state for state in core.version_states(ModelSpec("m"))]
    return states == [ManagerState.AVAILABLE] * num_versions


def version_of(core: ServerCore, **spec: Any) -> int:
    return core.servable(ModelSpec("m", **spec)).id.version


def test_the_latest_version_answers_unless_another_is_asked_for(base_path: Path) -> None:
    with started(ModelConfig(name="m", base_path=base_path, version_policy=AllPolicy())) as core:
        wait_for(core, lambda: all_available(core, 2))
        assert version_of(core) == 2
        assert version_of(core, version=1) == 1
        with pytest.raises(NotFoundError, match=r"^Servable not found for request: Specific\(m, 3\)$"):
            version_of(core, version=3)


def test_a_label_stands_for_its_version_once_that_is_there(zoo: Path, base_path: Path) -> None:
    model = ModelConfig(name="m", base_path=base_path, version_policy=AllPolicy(), version_labels={"old": 1, "next": 3})
    with started(model) as core:
        wait_for(core, lambda: all_available(core, 2))
        assert version_of(core, version_label="old") == 1
        with pytest.raises(NotFoundError, match=r"Specific\(m, 3\)"):
            version_of(core, version_label="next")
        add_counting_version(zoo, base_path, 3)
        wait_for(core, lambda: all_available(core, 3))
        assert version_of(core, version_label="next") == 3


@pytest.mark.parametrize(
    ("spec", "error", "text"),
    [
        (ModelSpec(""), InvalidArgumentError, "ModelSpec has no name specified."),
        (ModelSpec("n"), NotFoundError, "Servable not found for request: Latest(n)"),
        (ModelSpec("m", version_label="x"), InvalidArgumentError, "Unrecognized servable version label: x"),
        (ModelSpec("m", version_label=""), InvalidArgumentError, "Unrecognized servable version label: "),
        (ModelSpec("n", version_label="x"), InvalidArgumentError, "Unrecognized servable version label: x"),
    ],
)
def test_specs_that_mean_nothing_are_refused(
    base_path: Path, spec: ModelSpec, error: type[TfsctlError], text: str
) -> None:
    with started(ModelConfig(name="m", base_path=base_path)) as core:
        with pytest.raises(error) as caught:
            core.servable(spec)
        assert caught.value.message == text


def test_status_lists_versions_newest_first_and_those_that_ended(zoo: Path, base_path: Path) -> None:
    with started(ModelConfig(name="m", base_path=base_path)) as core:
        add_counting_version(zoo, base_path, 10)
        wait_for(core, lambda: core.version_states(ModelSpec("m", 2))[0].state is ManagerState.END)
        states = core.version_states(ModelSpec("m"))
        assert [(state.id.version, state.state) for state in states] == [
            (10, ManagerState.AVAILABLE),
            (2, ManagerState.END),
        ]


def test_status_of_what_was_never_there_is_not_found(base_path: Path) -> None:
    with started(ModelConfig(name="m", base_path=base_path)) as core:
        with pytest.raises(NotFoundError, match=r"^Could not find version 7 of model m$"):
            core.version_states(ModelSpec("m", 7))
        with pytest.raises(NotFoundError, match=r"^Could not find any versions of model n$"):
            core.version_states(ModelSpec("n"))


def test_ready_follows_the_models_until_draining(base_path: Path) -> None:
    with started(ModelConfig(name="m", base_path=base_path)) as core:
        assert core.model_names() == ("m",)
        assert core.is_ready()
        remove_version(base_path, 2)
        wait_for(core, lambda: core.version_states(ModelSpec("m", 2))[0].state is ManagerState.END)
        assert version_of(core) == 1
        assert core.is_ready()
        core.start_draining()
        assert not core.is_ready()
        assert version_of(core) == 1


def test_subscribers_are_told_after_the_state_shows(base_path: Path) -> None:
    core = ServerCore(ServerConfig(models=(ModelConfig(name="m", base_path=base_path),), **QUICK))
    seen: list[tuple[ManagerState, bool]] = []
    core.subscribe(lambda state: seen.append((state.state, core.is_available("m"))))
    core.start()
    assert core.stop()
    assert [available for state, available in seen if state is ManagerState.AVAILABLE] == [True]
    assert seen[-1] == (ManagerState.END, False)


def test_a_core_without_models_does_not_start() -> None:
    with pytest.raises(ServerStartError, match="no model to serve"), started():
        pass


def test_stopping_before_starting_and_twice_is_harmless(base_path: Path) -> None:
    core = ServerCore(ServerConfig(models=(ModelConfig(name="m", base_path=base_path),), **QUICK))
    assert core.stop()
    assert core.stop()
