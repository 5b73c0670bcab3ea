"""§3.5: how often a load is tried, and what it can end with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from conformance.case import GrpcCase, RestCase, ServerCase
from conformance.cases.text_protos import floats, predict, spec
from conformance.layout import Content
from conformance.metric_steps import Samples
from conformance.play import Play
from conformance.steps import Answers, Logs, Move, Put, States, Status, Stays, Take
from conformance.warm_ups import FILE, takes
from serving.reload_calls import entry, listed
from tfsctl.serving import ModelConfig, ServerConfig

_M = entry("m", "{home}/m")
_case = partial(ServerCase, section="3.5", files={"m/1": 1})
_patient = partial(_case, settings={"max_num_load_retries": 50})
_final = partial(_case, settings={"max_num_load_retries": 0})
_ask = partial(GrpcCase, section="", what="", request=predict(spec("m"), x=floats(1.0)))
_SLOW_LOAD: Mapping[str, Content] = {"m/1": 1, "made/2": "slow", f"made/2/{FILE}": takes(0.5)}
_NO_BUNDLE = (
    "Specified file path does not appear to contain a SavedModel bundle"
    " (should have a file called `saved_model.pb`)\nSpecified file path: {home}/m/2"
)
_ATTEMPTS = ":tensorflow:cc:saved_model:load_attempt_count"


def _identity(zoo: Path) -> bytes:
    """A SavedModel that needs no other file."""
    return (zoo / "identity_float32/1/saved_model.pb").read_bytes()


def _identity_as_text(zoo: Path) -> bytes:
    from google.protobuf import text_format

    from tfsctl.protos import SavedModel

    return text_format.MessageToBytes(SavedModel.FromString(_identity(zoo)))


def _attempts(num_failed: int, **more: int) -> Samples:
    """How often loads of m/2 have failed, and those of m/1, or others, have not."""
    good = {f'model_path="{{home}}/m/{version}",status="success"': count for version, count in more.items()}
    return Samples(_ATTEMPTS, {'model_path="{home}/m/1",status="success"': 1, _failed(2): num_failed, **good})


def _failed(version: int) -> str:
    return f'model_path="{{home}}/m/{version}",status="fail"'


def _tries(num_retries: int) -> ServerCase:
    return _case(
        what=f"with {num_retries} retries a load is tried {num_retries + 1} times",
        settings={"max_num_load_retries": num_retries, "load_retry_interval_seconds": 0.01},
        steps=(Put("m/2", None), Status("m", 2, "END", "NOT_FOUND"), _attempts(num_retries + 1)),
    )


def _has_defaults(_: Play) -> None:
    config = ServerConfig(models=(ModelConfig(name="m", base_path=Path("m")),))
    assert (config.max_num_load_retries, config.load_retry_interval_seconds) == (5, 60.0)
    assert (config.num_load_threads, config.num_unload_threads) == (0, 0)


CASES = (
    # Retries.
    _case(what="a load is retried 5 times, after 60 s at most, by default", steps=(_has_defaults,)),
    _tries(0),
    _tries(1),
    _tries(3),
    _patient(
        what="between retries the state is loading, with what went wrong",
        steps=(Put("m/2", None), Status("m", 2, "LOADING", "NOT_FOUND", _NO_BUNDLE), Answers("m", 1)),
        difference="retries",
    ),
    _patient(
        what="a retry that succeeds leaves no error",
        steps=(
            Put("m/2", None),
            Status("m", 2, "LOADING", "NOT_FOUND"),
            Put("m/2/saved_model.pb", _identity),
            Status("m", 2, "AVAILABLE", text=""),
        ),
    ),
    _patient(
        what="a version that goes is not tried again, and ends with its last error",
        steps=(
            Put("m/2", None),
            Status("m", 2, "LOADING", "NOT_FOUND"),
            Take("m/2"),
            Status("m", 2, "END", "NOT_FOUND", _NO_BUNDLE),
        ),
    ),
    _patient(
        what="a load that is retried holds up no other model",
        files={"m/1": 1, "n/1": 1},
        settings={"max_num_load_retries": 50, "num_load_threads": 0},
        steps=(
            Put("m/2", None),
            Status("m", 2, "LOADING", "NOT_FOUND"),
            Put("n/2", 2),
            States("n", {2: "AVAILABLE", 1: "END"}),
        ),
        difference="retries hold nobody up",
    ),
    _patient(
        what="a load that is retried holds up no other model with two load threads",
        files={"m/1": 1, "n/1": 1},
        settings={"max_num_load_retries": 50, "num_load_threads": 2},
        steps=(
            Put("m/2", None),
            Status("m", 2, "LOADING", "NOT_FOUND"),
            Put("n/2", 2),
            States("n", {2: "AVAILABLE", 1: "END"}),
        ),
    ),
    # Cancelled loads.
    _case(
        what="a version that goes while it is loaded ends as cancelled",
        files=_SLOW_LOAD,
        config=listed(_M),
        steps=(
            Move("made/2", "m/2"),
            Logs("Starting to read warmup data for model at {home}/m/2"),
            Status("m", 2, "LOADING", text=""),
            Take("m/2"),
            Status("m", 2, "END", "CANCELLED", "Loading of servable cancelled"),
            Answers("m", 1),
        ),
    ),
    _case(
        what="a version that goes while it is warmed up ends as cancelled",
        files={"m/1": 1, "made/2": "slow", f"made/2/{FILE}": takes(*[0.1] * 9)},
        config=listed(_M),
        steps=(
            Move("made/2", "m/2"),
            Logs("Starting to read warmup data for model at {home}/m/2"),
            Take("m/2"),
            Status("m", 2, "END", "CANCELLED", "Loading of servable cancelled"),
        ),
    ),
    _case(
        what="a version that was cancelled and comes back is loaded",
        files=_SLOW_LOAD,
        config=listed(_M),
        steps=(
            Move("made/2", "m/2"),
            Logs("Starting to read warmup data for model at {home}/m/2"),
            Status("m", 2, "LOADING", text=""),
            Move("m/2", "made/2"),
            Status("m", 2, "END", "CANCELLED"),
            Put("m/2", 200),
            States("m", {2: "AVAILABLE", 1: "END"}),
            Answers("m", 200),
        ),
    ),
    # After the last failure.
    _final(
        what="a version that has failed is not tried again while it stays",
        steps=(
            Put("m/2", None),
            Status("m", 2, "END", "NOT_FOUND"),
            Put("m/2/saved_model.pb", _identity),
            Stays("m", {2: "END", 1: "AVAILABLE"}),
            _attempts(1),
        ),
    ),
    _final(
        what="a version that has failed is tried again when it went and came back",
        steps=(
            Put("m/2", None),
            Status("m", 2, "END", "NOT_FOUND"),
            Take("m/2"),
            Stays("m", {2: "END", 1: "AVAILABLE"}),
            Put("m/2", 2),
            Status("m", 2, "AVAILABLE", text=""),
            States("m", {2: "AVAILABLE", 1: "END"}),
        ),
    ),
    _final(
        what="the error of a version that has failed and gone stays",
        steps=(
            Put("m/2", None),
            Status("m", 2, "END", "NOT_FOUND"),
            Take("m/2"),
            Stays("m", {2: "END", 1: "AVAILABLE"}),
            Status("m", 2, "END", "NOT_FOUND", _NO_BUNDLE),
        ),
    ),
    # Errors of loads.
    _final(
        what="a directory without a SavedModel",
        steps=(Put("m/2", None), Status("m", 2, "END", "NOT_FOUND", _NO_BUNDLE)),
    ),
    _final(
        what="a SavedModel in text form",
        files={"m/1": 1, "made": None, "made/saved_model.pbtxt": _identity_as_text},
        config=listed(_M),
        steps=(Move("made", "m/2"), States("m", {2: "AVAILABLE", 1: "END"}), Answers("m", 0)),
    ),
    _final(
        what="a session bundle",
        files={"m/1": 1, "made": None, "made/export.meta": b""},
        config=listed(_M),
        steps=(
            Move("made", "m/2"),
            Status("m", 2, "END", "UNIMPLEMENTED", "Session Bundle is deprecated and removed."),
        ),
    ),
    _final(
        what="a meta graph with other tags",
        steps=(
            Put("m/2", "without_serve_tag"),
            Status(
                "m",
                2,
                "END",
                "NOT_FOUND",
                starts="Could not find meta graph def matching supplied tags: { serve }",
            ),
        ),
    ),
    _case(
        what="a meta graph with the tags that are asked for",
        files={"m/2": "without_serve_tag"},
        settings={"saved_model_tags": ("train", "gpu")},
        steps=(States("m", {2: "AVAILABLE"}),),
    ),
    _final(
        what="a SavedModel that is cut off",
        steps=(Put("m/2", "truncated_saved_model"), Status("m", 2, "END", "DATA_LOSS")),
    ),
    _case(
        what="a model of TF1 without its directory of variables loads, and then every request fails",
        files={"m/1": 1, "made/2": "half_plus_two"},
        config=listed(_M),
        steps=(
            Take("made/2/variables"),
            Move("made/2", "m/2"),
            States("m", {2: "AVAILABLE", 1: "END"}),
            RestCase(
                section="3.5",
                what="the request",
                method="POST",
                target="/v1/models/m/versions/2:predict",
                body='{"instances": [1.0]}',
                status=400,
                contains=("Attempting to use uninitialized value",),
            ),
        ),
    ),
    _final(
        what="variables without their index",
        steps=(Put("m/2", "missing_variables_index"), Status("m", 2, "END", "NOT_FOUND"), Answers("m", 1)),
        difference="variables without index",
    ),
    _case(
        what="a model without variables needs none",
        files={"m/1": "identity_float32"},
        steps=(_ask(contains=f"model_spec {{ {spec('m', 1)} }}"),),
    ),
)
