from __future__ import annotations

import re

import pytest

from cli.runner import Runner
from tfsctl.cli._frame.console import Console, OutputClosedError
from tfsctl.cli._frame.exit_status import ExitStatus, exit_status
from tfsctl.cli._frame.failure import report
from tfsctl.errors import (
    Code,
    DeadlineExceededError,
    InternalError,
    InvalidArgumentError,
    NotFoundError,
    ServerStartError,
    UnavailableError,
    UsageError,
    error_for,
)


def test_numbers_are_the_documented_contract() -> None:
    assert {status.name: status.value for status in ExitStatus} == {
        "OK": 0,
        "NEGATIVE_ANSWER": 1,
        "USAGE": 2,
        "SERVER_NOT_STARTED": 3,
        "NOT_FOUND": 4,
        "UNAVAILABLE": 5,
        "DEADLINE": 6,
        "REFUSED": 7,
        "FAULT": 8,
        "INTERRUPTED": 130,
    }


def test_help_tells_every_status(tfsctl: Runner) -> None:
    told = " ".join(tfsctl("--help").split()).partition("Exit status: ")[2].partition(" TFSCTL_DEBUG")[0]
    assert [int(number) for number in re.findall(r"(\d+) [a-z]", told)] == [status.value for status in ExitStatus]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UsageError("x"), ExitStatus.USAGE),
        (ServerStartError("x"), ExitStatus.SERVER_NOT_STARTED),
        (NotFoundError("x"), ExitStatus.NOT_FOUND),
        (UnavailableError("x"), ExitStatus.UNAVAILABLE),
        (DeadlineExceededError("x"), ExitStatus.DEADLINE),
        (InvalidArgumentError("x"), ExitStatus.REFUSED),
        (InternalError("x"), ExitStatus.FAULT),
        (KeyboardInterrupt(), ExitStatus.INTERRUPTED),
        (OutputClosedError(), ExitStatus.OK),
        (BrokenPipeError(), ExitStatus.OK),
        (PermissionError(13, "Permission denied", "x.npy"), ExitStatus.FAULT),
        (ZeroDivisionError("x"), ExitStatus.FAULT),
    ],
    ids=lambda value: type(value).__name__,
)
def test_report_of_each_kind_of_error_ends_with_its_status(error: BaseException, status: ExitStatus) -> None:
    assert report(error, Console()) == status


@pytest.mark.parametrize("code", [code for code in Code if code is not Code.OK])
def test_every_canonical_code_is_a_failure(code: Code) -> None:
    assert exit_status(error_for(code, "x")) not in {ExitStatus.OK, ExitStatus.NEGATIVE_ANSWER}
