"""§3.6: a model config file that is read again."""

from __future__ import annotations

from functools import partial

from conformance.case import ServerCase
from conformance.play import Play
from conformance.steps import Answers, Configure, Logs, Rests, States
from serving.reload_calls import entry, label, listed

_M, _N = entry("m", "{home}/m"), entry("n", "{home}/n")
_ONE = {1: "AVAILABLE"}
_NOT_RELOADED = "PollFilesystemAndReloadConfig failed to ReloadConfig: "
_followed = partial(
    ServerCase,
    section="3.6",
    files={"m/1": 1, "n/1": 100},
    config=listed(_M),
    settings={"model_config_file_poll_wait_seconds": 0.02},
)


def _is_logged(what: str, config: str, text: str) -> ServerCase:
    """A file that is not followed."""
    return _followed(
        what=what,
        steps=(
            Configure(config),
            Logs(text),
            Rests("m", _ONE),
            Answers("m", 1),
            Configure(listed(_M, _N)),
            States("n", _ONE),
        ),
    )


def _failure(model: str) -> str:
    return (
        f"{{{{name: {model} version: 1}} due to error: NOT_FOUND: "
        "Specified file path does not appear to contain a SavedModel bundle"
        f" (should have a file called `saved_model.pb`)\nSpecified file path: {{home}}/{model}/1}}, "
    )


def _removed(play: Play) -> None:
    (play.home / "models.config").unlink()


CASES = (
    # Files that are read again.
    _is_logged(
        "a file that is no longer right is logged",
        "model_config_list { config {",
        "Failed to read ModelServerConfig file: Invalid protobuf file: '{home}/models.config'",
    ),
    _followed(
        what="a file that is gone is logged",
        steps=(_removed, Logs("Failed to read ModelServerConfig file: "), Rests("m", _ONE), Answers("m", 1)),
    ),
    _is_logged(
        "a file with a model listed twice is logged",
        listed(_M, _M),
        f"{_NOT_RELOADED}Illegal to list model m multiple times in config list",
    ),
    _is_logged(
        "a file with an unknown platform is logged",
        listed(_M, "config { name: 'x' base_path: '/x' model_platform: 'caffe' }"),
        f"{_NOT_RELOADED}Model x requests unsupported platform caffe",
    ),
    _is_logged(
        "a file that sets nothing after a list is logged",
        "\n",
        f"{_NOT_RELOADED}Cannot transition to requested config.",
    ),
    _is_logged(
        "a file with a custom config after a list is logged",
        "custom_model_config {}",
        f"{_NOT_RELOADED}Cannot transition to requested config.",
    ),
    _is_logged(
        "a file with a label for a version that is not available is logged",
        listed(entry("m", "{home}/m", label("stable", 9))),
        f"{_NOT_RELOADED}Request to assign label to version 9 of model m, which is not currently available for"
        " inference",
    ),
    _followed(
        what="a file with a new model that fails is logged",
        files={"m/1": 1, "bad/1": None},
        settings={"model_config_file_poll_wait_seconds": 0.02, "max_num_load_retries": 0},
        steps=(
            Configure(listed(_M, entry("bad", "{home}/bad"))),
            Logs(f"{_NOT_RELOADED}1 model(s) did not become available: {{{_failure('bad')}}}"),
        ),
    ),
)
