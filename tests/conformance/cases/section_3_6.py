"""§3.6: reloads. What may stand in a configuration has section_3_6_files.py."""

from __future__ import annotations

from functools import partial

from conformance.at_once import Begins, Waits, all_end
from conformance.case import GrpcCase, ServerCase
from conformance.cases.text_protos import predict, spec, tensor
from conformance.steps import Answers, Put, Refuses, Reload, States, Status, Stays
from conformance.warm_ups import FILE, takes
from serving.reload_calls import entry, label, listed, versions

_M, _N = entry("m", "{home}/m"), entry("n", "{home}/n")
_ALL = "model_version_policy { all {} }"
_CHANGED = "config { name: 'm' base_path: '{home}/m' "
_case = partial(ServerCase, section="3.6", files={"m/1": 1, "n/1": 100}, config=listed(_M))
_ONE = {1: "AVAILABLE"}
_ONLY_A_LIST = (
    "ServerModelConfig type not supported by HandleReloadConfigRequest. Only ModelConfigList is currently supported"
)


def _is_refused(what: str, config: str, code: str, text: str) -> ServerCase:
    """A reload that changes nothing, however often, and keeps nothing from being done later."""
    refused = Reload(config, code, starts=text)
    return _case(
        what=what,
        steps=(refused, refused, Stays("m", _ONE), Answers("m", 1), Reload(listed(_M, _N)), Answers("n", 100)),
    )


def _failure(model: str) -> str:
    return (
        f"{{{{name: {model} version: 1}} due to error: NOT_FOUND: "
        "Specified file path does not appear to contain a SavedModel bundle"
        f" (should have a file called `saved_model.pb`)\nSpecified file path: {{home}}/{model}/1}}, "
    )


def _call(seconds: float) -> GrpcCase:
    request = predict(spec("slow"), seconds=tensor("DT_DOUBLE", [], f"double_val: {seconds}"))
    return GrpcCase(section="", what="", request=request)


CASES = (
    # What is refused.
    _is_refused(
        "reload with a model listed twice",
        listed(_N, _N),
        "INVALID_ARGUMENT",
        "Illegal to list model n multiple times in config list",
    ),
    _is_refused(
        "reload with neither platform nor type",
        listed(f"{_CHANGED} }}"),
        "INVALID_ARGUMENT",
        "Illegal setting neither ModelServerConfig::model_type (deprecated) nor ModelServerConfig::model_platform,"
        " model name is m",
    ),
    _is_refused(
        "reload with platform and type",
        listed(f"{_CHANGED} model_type: TENSORFLOW model_platform: 'tensorflow' }}"),
        "INVALID_ARGUMENT",
        "Illegal setting both",
    ),
    _case(
        what="a refused reload with a new model that sets platform and type is forgotten",
        steps=(
            Reload(
                listed(
                    _M, "config { name: 'n' base_path: '{home}/n' model_type: TENSORFLOW model_platform: 'tensorflow' }"
                ),
                "INVALID_ARGUMENT",
                starts="Illegal setting both",
            ),
            Reload(listed(_M, _N)),
            Answers("n", 100),
        ),
        difference="refused reload",
    ),
    _is_refused(
        "reload with a new model of an unknown platform",
        listed(_M, "config { name: 'n' base_path: '{home}/n' model_platform: 'caffe' }"),
        "INVALID_ARGUMENT",
        "Model n requests unsupported platform caffe",
    ),
    _is_refused(
        "reload that changes the platform",
        listed(f"{_CHANGED} model_platform: 'caffe' }}"),
        "INVALID_ARGUMENT",
        "Illegal to change a model's platform. For model m platform was tensorflow and new platform requested is caffe",
    ),
    _is_refused("reload of nothing", "", "INVALID_ARGUMENT", _ONLY_A_LIST),
    _is_refused("reload of a custom config", "custom_model_config {}", "INVALID_ARGUMENT", _ONLY_A_LIST),
    _case(
        what="a refused label leaves models and labels as they were",
        config=listed(entry("m", "{home}/m", label("stable", 1))),
        steps=(
            Reload(listed(_N, entry("m", "{home}/m", label("stable", 9))), "FAILED_PRECONDITION"),
            Stays("m", _ONE),
            States("n", {}),
            Answers("m", 1, label="stable"),
        ),
    ),
    # A reload replaces everything.
    _case(
        what="a model that is left out is unloaded",
        steps=(
            Reload(listed(_N)),
            States("m", {1: "END"}),
            Refuses("m", "NOT_FOUND", "Servable not found for request: Latest(m)"),
            Status("m", 1, "END", text=""),
            Answers("n", 100),
        ),
    ),
    _case(
        what="an empty list unloads everything",
        steps=(Reload(listed()), States("m", {1: "END"}), Reload(listed(_M)), Answers("m", 1)),
    ),
    _case(
        what="a model that is left out is not awaited",
        files={"slow/1": "slow", "n/1": 100},
        config=listed(entry("slow", "{home}/slow")),
        steps=(
            Begins(_call(0.4)),
            Reload(listed(_N)),
            Status("slow", 1, "UNLOADING", text=""),
            all_end,
            States("slow", {1: "END"}),
        ),
    ),
    _case(
        what="a new model is awaited",
        files={"m/1": 1, "slow/1": "slow", f"slow/1/{FILE}": takes(0.1)},
        steps=(
            Reload(listed(_M, entry("slow", "{home}/slow"))),
            Status("slow", 1, "AVAILABLE", text=""),
            _call(0.0),
        ),
    ),
    _case(
        what="a new model is awaited without an end",
        steps=(
            Waits(Reload(listed(_M, entry("late", "{home}/late")))),
            Put("late/1", 7),
            all_end,
            Answers("late", 7),
        ),
    ),
    _case(
        what="the same config again changes nothing",
        steps=(Reload(listed(_M)), Reload(listed(_M)), Stays("m", _ONE), Answers("m", 1)),
    ),
    _case(
        what="the same models in another order change nothing",
        config=listed(_M, _N),
        steps=(Reload(listed(_N, _M)), Stays("m", _ONE), Stays("n", _ONE)),
    ),
    # Models that stay are not awaited.
    _case(
        what="an existing model with another policy is not awaited",
        files={"m/1": "slow", "m/2": "slow", f"m/1/{FILE}": takes(0.3)},
        config=listed(entry("m", "{home}/m")),
        steps=(
            Reload(listed(entry("m", "{home}/m", _ALL))),
            Status("m", 1, "LOADING", text=""),
            States("m", {2: "AVAILABLE", 1: "AVAILABLE"}),
        ),
    ),
    _case(
        what="an existing model with another base path is not awaited",
        steps=(
            Reload(listed(entry("m", "{home}/late"))),
            Stays("m", _ONE),
            Put("late/2", 2),
            States("m", {2: "AVAILABLE", 1: "END"}),
        ),
    ),
    _case(
        what="an existing model with another policy follows it",
        files={"m/1": 1, "m/2": 2},
        steps=(Reload(listed(entry("m", "{home}/m", versions(1)))), States("m", {2: "END", 1: "AVAILABLE"})),
    ),
    # New models that fail.
    _case(
        what="a new model that fails",
        files={"m/1": 1, "bad/1": None, "n/1": 100},
        settings={"max_num_load_retries": 0},
        steps=(
            Reload(
                listed(_M, entry("bad", "{home}/bad"), _N),
                "UNKNOWN",
                f"1 model(s) did not become available: {{{_failure('bad')}}}",
            ),
            Answers("m", 1),
            Answers("n", 100),
            Status("bad", 1, "END", "NOT_FOUND"),
        ),
    ),
    _case(
        what="two new models that fail",
        files={"m/1": 1, "a/1": None, "b/1": None},
        settings={"max_num_load_retries": 0},
        steps=(
            Reload(
                listed(_M, entry("a", "{home}/a"), entry("b", "{home}/b")),
                "UNKNOWN",
                f"2 model(s) did not become available: {{{_failure('a')}{_failure('b')}}}",
            ),
        ),
    ),
    _case(
        what="a model that failed is new no more",
        files={"m/1": 1, "bad/1": None},
        settings={"max_num_load_retries": 0},
        steps=(
            Reload(listed(_M, entry("bad", "{home}/bad")), "UNKNOWN"),
            Reload(listed(_M, entry("bad", "{home}/bad"))),
        ),
    ),
)
