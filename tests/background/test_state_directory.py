from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from tfsctl.background import ServerEntry, ServerState, StateDirectory
from tfsctl.background.process_identity import own_identity
from tfsctl.background.state_directory import check_name, to_name
from tfsctl.errors import UnavailableError, UsageError


def own_entry(state: StateDirectory, name: str) -> ServerEntry:
    """A server that is this process."""
    pid, birth = own_identity()
    entry = ServerEntry(
        name=name,
        pid=pid,
        birth=birth,
        command="tfsctl serve",
        log=state.log_of(name),
        started=datetime.now(timezone.utc),
        models=("one", "two"),
    )
    state.write(entry)
    entry.log.write_text("Hello\n")
    return entry


@pytest.fixture
def state(tmp_path: Path) -> StateDirectory:
    return StateDirectory(tmp_path / "state")


def test_what_is_written_is_read_again_for_its_owner_only(state: StateDirectory) -> None:
    entry = own_entry(state, "digits")
    assert state.entries() == (entry,)
    assert state.entry("digits") == entry
    assert state.entry("../digits") is None
    assert os.stat(state.path / "digits.json").st_mode & 0o077 == 0


def test_states_follow_the_process_and_the_file(state: StateDirectory) -> None:
    entry = own_entry(state, "digits")
    assert entry.state() is ServerState.STARTING
    assert replace(entry, is_ready=True).state() is ServerState.RUNNING
    assert replace(entry, birth="another").state() is ServerState.EXITED
    assert replace(entry, birth="another", host="elsewhere").state() is ServerState.ELSEWHERE


def test_files_that_are_no_entries_are_passed_over(state: StateDirectory) -> None:
    own_entry(state, "digits")
    for name, text in (("a", ""), ("b", "[]"), ("c", "{}"), ("d", '{"name": "d", "pid": "x"}'), ("e", "\udcff")):
        (state.path / f"{name}.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    (state.path / "copy.json").write_bytes((state.path / "digits.json").read_bytes())
    assert [entry.name for entry in state.entries()] == ["digits"]


def test_removing_leaves_another_server_of_that_name_alone(state: StateDirectory) -> None:
    entry = own_entry(state, "digits")
    state.remove(replace(entry, pid=entry.pid + 1))
    assert state.entry("digits") == entry
    state.remove(entry)
    assert state.entries() == ()
    assert not entry.log.exists()


def test_what_has_exited_is_forgotten_after_a_week_and_what_runs_is_not(state: StateDirectory) -> None:
    dead = replace(own_entry(state, "dead"), birth="another")
    recent = replace(own_entry(state, "recent"), birth="another")
    live = own_entry(state, "live")
    state.write(dead)
    state.write(recent)
    for entry in (dead, live):
        for file in (state.path / f"{entry.name}.json", entry.log):
            os.utime(file, (0, 0))
    state.forget_old()
    assert [entry.name for entry in state.entries()] == ["live", "recent"]


def test_a_lock_that_another_holds_is_told(state: StateDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tfsctl.background.state_directory._LOCK_SECONDS", 0.1)
    with state.locked(), pytest.raises(UnavailableError, match="does not let go"), state.locked():
        pass


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "a b", "-n", "x" * 101, "é"])
def test_a_name_that_cannot_be_a_files_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a server's name"):
        check_name(name)


@pytest.mark.parametrize(("text", "name"), [("half_plus_two", "half_plus_two"), ("../é x", "x"), ("", "tfsctl")])
def test_a_name_is_made_of_any_text(text: str, name: str) -> None:
    assert to_name(text) == name
    check_name(to_name(text))
