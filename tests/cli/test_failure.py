from __future__ import annotations

import json
from pathlib import Path

import pytest

from tfsctl.cli._frame.console import Console
from tfsctl.cli._frame.failure import report
from tfsctl.cli._frame.settings import Settings, SettingsFile
from tfsctl.errors import NotFoundError, UsageError


def test_report_writes_message_and_hint_to_stderr_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    report(NotFoundError("No such model.", hint="Served: half_plus_two."), Console())
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "Error: No such model.\nHint: Served: half_plus_two.\n"


def test_report_with_json_writes_the_error_as_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    report(NotFoundError("No such model."), Console(as_json=True))
    assert json.loads(capsys.readouterr().err) == {
        "error": {"code": "NOT_FOUND", "message": "No such model.", "hint": None, "exit_status": 4}
    }


def test_report_when_quiet_still_tells_the_error(capsys: pytest.CaptureFixture[str]) -> None:
    report(NotFoundError("No such model."), Console(quiet=True))
    assert capsys.readouterr().err == "Error: No such model.\n"


def test_report_of_the_unexpected_is_one_line_and_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    report(ZeroDivisionError("division by zero"), Console())
    error, hint = capsys.readouterr().err.splitlines()
    assert error == "Error: internal error: ZeroDivisionError: division by zero"
    assert "TFSCTL_DEBUG=1" in hint


def test_report_with_debug_set_shows_the_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFSCTL_DEBUG", "1")
    with pytest.raises(UsageError) as caught:
        Settings((SettingsFile(Path("tfsctl.toml"), {"bensh": {}}),)).check_sections(["bench"])
    report(caught.value, Console())
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_report_does_not_let_a_message_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    report(NotFoundError("evil \x1b]0;title\x07 text"), Console())
    assert "\x1b" not in capsys.readouterr().err


def test_report_of_system_exit_lets_it_pass() -> None:
    with pytest.raises(SystemExit):
        report(SystemExit(3), Console())
