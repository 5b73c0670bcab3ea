from __future__ import annotations

import pytest

from cli.runner import Runner


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("--modelversion", "Did you mean --model-version?"),
        ("--model_versoin", "Did you mean --model-version?"),
        ("--modle-version=3", "Did you mean --model-version?"),
        ("--signature_nam", "Did you mean --signature-name?"),
        ("--sever", "Did you mean --server?"),
        ("--JSON", "Did you mean --json?"),
        ("--col", "Did you mean --columnar?"),
        ("--no-colour", "Did you mean --no-color?"),
        ("-server", "Did you mean --server?"),
        ("-server=x", "Did you mean --server?"),
        ("-x", "`tfsctl predict --help` shows what it takes."),
        ("--qwertyuiop", "`tfsctl predict --help` shows what it takes."),
    ],
)
def test_an_unknown_option_is_told_with_the_nearest(typed: str, hint: str, tfsctl: Runner) -> None:
    result = tfsctl("predict", "m", "[1.0]", typed)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[0].startswith("Error: No such option: ")
    assert result.stderr.splitlines()[1] == f"Hint: {hint}"


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("label lst", "Did you mean `tfsctl label list`?"),
        ("Predict", "Did you mean `tfsctl predict`?"),
        ("warmup mak", "Did you mean `tfsctl warmup make`?"),
        ("label", "Give one of list, set, drop; `tfsctl label --help` shows what it takes."),
    ],
)
def test_an_unknown_command_of_a_group_is_told_with_the_nearest(line: str, hint: str, tfsctl: Runner) -> None:
    result = tfsctl(*line.split())
    assert result.exit_code == 2
    assert result.stderr.splitlines()[1] == f"Hint: {hint}"
