"""§3.3: polling."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from conformance.case import ServerCase
from conformance.play import Play
from conformance.steps import Answers, Configure, Logs, Move, Put, Reload, Rests, States, Take, opened
from serving.reload_calls import entry, listed
from tfsctl.serving import ModelConfig, ServerConfig

_M, _N = entry("m", "{home}/m"), entry("n", "{home}/n")
_ONE = {1: "AVAILABLE"}
_case = partial(ServerCase, section="3.3", files={"m/1": 1})
_both = partial(_case, files={"m/1": 1, "n/1": 1}, config=listed(_M))


def _never_looks(play: Play) -> None:
    """Nobody looks at the base paths, and the server does not open."""
    assert not play.server.core._source.wait_until_polled(timeout_seconds=0.1)
    assert (play.server.grpc_port, play.server.rest_port, play.outcome) == (None, None, None)


def _has_defaults(_: Play) -> None:
    config = ServerConfig(models=(ModelConfig(name="m", base_path=Path("m")),))
    assert (config.file_system_poll_wait_seconds, config.model_config_file_poll_wait_seconds) == (1.0, 0.0)


CASES = (
    _case(what="default periods", steps=(_has_defaults,)),
    # file_system_poll_wait_seconds
    _case(
        what="base paths are looked at at once, whatever the period",
        settings={"file_system_poll_wait_seconds": 3600},
        steps=(Answers("m", 1),),
    ),
    _case(
        what="base paths are looked at again and again",
        steps=(
            Put("m/2", 2),
            States("m", {2: "AVAILABLE", 1: "END"}),
            Put("m/3", 3),
            States("m", {3: "AVAILABLE", 2: "END", 1: "END"}),
        ),
    ),
    _case(
        what="errors do not end the polls",
        steps=(
            Move("m", "away"),
            Logs("Could not find base path {home}/m"),
            Put("m/2", 2),
            States("m", {2: "AVAILABLE", 1: "END"}),
        ),
    ),
    _case(
        what="with period 0 base paths are looked at once",
        settings={"file_system_poll_wait_seconds": 0},
        steps=(Put("m/2", 2), Rests("m", _ONE), Take("m/1"), Rests("m", _ONE), Answers("m", 1)),
    ),
    _both(
        what="with period 0 a reload that adds a model is answered",
        settings={"file_system_poll_wait_seconds": 0},
        steps=(Reload(listed(_M, _N)), Answers("n", 1), Put("n/2", 2), Rests("n", _ONE)),
        difference="one poll",
    ),
    _case(
        what="with a negative period base paths are never looked at, and the start waits for ever",
        settings={"file_system_poll_wait_seconds": -1},
        is_awaited=False,
        steps=(_never_looks,),
    ),
    # model_config_file_poll_wait_seconds
    _both(
        what="the config file is read again and again",
        settings={"model_config_file_poll_wait_seconds": 0.02},
        steps=(
            Configure(listed(_M, _N)),
            States("n", _ONE),
            Configure(listed(_N)),
            States("m", {1: "END"}),
            Configure(listed(_N, _M)),
            States("m", _ONE),
        ),
    ),
    ServerCase(
        section="3.3",
        what="the config file is read again at once",
        files={"n/1": 1},
        config=listed(_M),
        settings={"model_config_file_poll_wait_seconds": 3600},
        is_awaited=False,
        steps=(Configure(listed(_M, _N)), Put("m/1", 1), opened, States("n", _ONE)),
    ),
    _both(
        what="with period 0 the config file is not read again",
        settings={"model_config_file_poll_wait_seconds": 0},
        steps=(Configure(listed(_M, _N)), Rests("m", _ONE), States("n", {})),
    ),
    _both(
        what="with a negative period the config file is not read again",
        settings={"model_config_file_poll_wait_seconds": -1},
        steps=(Configure(listed(_M, _N)), Rests("m", _ONE), States("n", {})),
    ),
)
