"""§3.6: what may stand in a model config file, and what keeps a server from starting."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

from conformance.case import ScenarioCase, ServerCase
from conformance.stage import Stage
from conformance.steps import Answers, Configure, Reload, States
from serving.reload_calls import entry, label, listed

_M, _N = entry("m", "{home}/m"), entry("n", "{home}/n")
_case = partial(ServerCase, section="3.6", files={"m/1": 1, "n/1": 100})
_CONFIG = "config { name: 'm' base_path: '{home}/m' "
_UNREADABLE = "Invalid protobuf file: '{home}/models.config'"


def _is_accepted(what: str, config: str) -> ServerCase:
    """A file that serves `m`."""
    return _case(what=f"file with {what}", config=config, steps=(Answers("m", 1),))


def _is_refused(what: str, config: str, text: str) -> ServerCase:
    """A file that a server does not start with."""
    return _case(what=f"file with {what} refused", config=config, refused=("INVALID_ARGUMENT", text))


def _is_empty(what: str, config: str) -> ServerCase:
    """A file that sets nothing: the server runs, and may be given a list."""
    return _case(
        what=f"file with {what} sets nothing",
        config=config,
        steps=(States("m", {}), Reload(listed(_M)), Answers("m", 1)),
    )


def _tells_stderr(stage: Stage) -> None:
    file = stage.directory / "models.config"
    file.write_text("model_config_list {\n  config { nmae: 'm' }\n}\n")
    flags = (f"--grpc_socket_path={stage.directory}/s", "--port=0", f"--model_config_file={file}")
    run = subprocess.run(
        [sys.executable, "-m", "tfsctl.serving", *flags], capture_output=True, text=True, timeout=60, check=False
    )
    expected = f"Failed to start server. Error: INVALID_ARGUMENT: Invalid protobuf file: '{file}'\n"
    assert (run.stdout, run.returncode) == (expected, 255)
    assert "Error parsing text-format tensorflow.serving.ModelServerConfig: 2:12" in run.stderr


CASES = (
    # What may stand there.
    _is_accepted("one model", listed(_M)),
    _is_accepted("two models", listed(_N, _M)),
    _is_accepted("the deprecated type", listed(f"{_CONFIG} model_type: TENSORFLOW }}")),
    _is_accepted("the deprecated type as a number", listed(f"{_CONFIG} model_type: 1 }}")),
    _is_accepted("comments", f"# models\n{listed(_M)} # all of them\n"),
    _is_accepted(
        "colons, commas and single quotes", f"model_config_list: {{ {_CONFIG}, model_platform: 'tensorflow' }} }}"
    ),
    _is_accepted(
        "a text in pieces",
        listed("config { name: 'm' base_path: '{home}' \"/m\" model_platform: 'tensor' 'flow' }"),
    ),
    _is_accepted(
        "models in brackets",
        "model_config_list { config: [ { name: 'm' base_path: '{home}/m' model_platform: 'tensorflow' } ] }",
    ),
    _is_accepted(
        "angle brackets",
        "model_config_list < config < name: 'm' base_path: '{home}/m' model_platform: 'tensorflow' > >",
    ),
    _is_accepted("an empty policy", listed(entry("m", "{home}/m", "model_version_policy {}"))),
    _case(
        what="two names for one base path",
        config=listed(_M, entry("other", "{home}/m")),
        steps=(Answers("m", 1), Answers("other", 1)),
    ),
    # What sets nothing.
    _is_empty("one newline", "\n"),
    _is_empty("a comment", "# nothing yet\n"),
    _is_empty("an empty list", "model_config_list {}"),
    _case(
        what="a file that sets nothing may set a list later",
        config="\n",
        settings={"model_config_file_poll_wait_seconds": 0.02},
        steps=(Configure(listed(_M)), States("m", {1: "AVAILABLE"})),
    ),
    # What is refused.
    _case(
        what="file of no bytes refused",
        files={"empty.config": b""},
        settings={"model_config_file": "{home}/empty.config"},
        refused=("INVALID_ARGUMENT", "{home}/empty.config; Invalid argument"),
    ),
    _case(
        what="file that is not there refused",
        settings={"model_config_file": "{home}/none.config"},
        refused=("NOT_FOUND", "{home}/none.config; No such file or directory"),
    ),
    _is_refused("something else", "nonsense", _UNREADABLE),
    _is_refused("an open brace", "model_config_list {", _UNREADABLE),
    _is_refused("an unknown field", listed("config { nmae: 'm' }"), _UNREADABLE),
    _is_refused("an unknown type", listed(f"{_CONFIG} model_type: CAFFE }}"), _UNREADABLE),
    _is_refused(
        "a text in place of a number", listed(entry("m", "{home}/m", label("a", 1)).replace("1", "'one'")), _UNREADABLE
    ),
    ScenarioCase(section="3.6", what="the process says on stderr what is wrong in a file", play=_tells_stderr),
    _is_refused("a model listed twice", listed(_M, _M), "Illegal to list model m multiple times in config list"),
    _is_refused(
        "neither platform nor type",
        listed(f"{_CONFIG} }}"),
        "Illegal setting neither ModelServerConfig::model_type (deprecated) nor ModelServerConfig::model_platform,"
        " model name is m",
    ),
    _is_refused(
        "platform and type",
        listed(entry("m", "{home}/m", "model_type: TENSORFLOW")),
        "Illegal setting both ModelServerConfig::model_type (deprecated) and ModelServerConfig::model_platform,"
        " model name is m",
    ),
    _is_refused(
        "an unknown platform",
        listed(f"{_CONFIG} model_platform: 'caffe' }}"),
        "Model m requests unsupported platform caffe",
    ),
    _is_refused(
        "a platform in capitals",
        listed(f"{_CONFIG} model_platform: 'TensorFlow' }}"),
        "Model m requests unsupported platform TensorFlow",
    ),
    _is_refused("a custom config", "custom_model_config {}", "ModelServer does not yet support custom model config."),
)
