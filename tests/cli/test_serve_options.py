from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path

import pytest

from tfsctl.cli import _serve_options as options
from tfsctl.cli.serve import serve
from tfsctl.errors import UsageError
from tfsctl.runtime import SessionOptions
from tfsctl.serving import ServerConfig

# Where TF Serving's flag and our field differ in unit or shape.
FIELD_OF = {
    "rest_api_timeout_in_ms": "rest_api_timeout_seconds",
    "load_retry_interval_micros": "load_retry_interval_seconds",
    "tensorflow_session_parallelism": "session_options",
    "tensorflow_intra_op_parallelism": "session_options",
    "tensorflow_inter_op_parallelism": "session_options",
    "paths": "models",
    "model_name": "models",
    "model_base_path": "models",
}


def test_every_option_has_a_field_and_every_field_an_option() -> None:
    parameters = set(inspect.signature(serve).parameters) - {"console"}
    fields = {field.name for field in dataclasses.fields(ServerConfig)} - {"require_models_at_start"}
    assert {FIELD_OF.get(name, name) for name in parameters} == fields


def test_options_and_fields_have_the_same_defaults() -> None:
    parameters = inspect.signature(serve).parameters
    for field in dataclasses.fields(ServerConfig):
        if field.name in parameters and field.name not in {"runtime", "saved_model_tags"}:
            assert parameters[field.name].default == field.default, field.name


@pytest.mark.parametrize(
    ("session", "intra_op", "inter_op", "wanted"),
    [
        (0, 0, 0, SessionOptions()),
        (3, 0, 0, SessionOptions(intra_op_parallelism_threads=3, inter_op_parallelism_threads=3)),
        (0, 1, 2, SessionOptions(intra_op_parallelism_threads=1, inter_op_parallelism_threads=2)),
    ],
)
def test_session_options(session: int, intra_op: int, inter_op: int, wanted: SessionOptions) -> None:
    assert options.session_options(session=session, intra_op=intra_op, inter_op=inter_op) == wanted


def test_session_options_of_all_three_are_refused_in_tensorflow_servings_words() -> None:
    with pytest.raises(UsageError, match="You cannot configure all"):
        options.session_options(session=1, intra_op=1, inter_op=1)


def test_a_model_base_path_may_be_missing_and_is_called_default() -> None:
    (model,) = options.models_to_serve([], model_name=None, model_base_path=Path("/nowhere"))
    assert (model.name, model.base_path) == ("default", Path("/nowhere"))


def test_a_model_config_file_overrides_the_one_model() -> None:
    file = Path("models.config")
    named = {"model_name": "m", "model_base_path": Path("/m"), "model_config_file": file}
    assert options.models_to_serve([], **named) == ()  # type: ignore[arg-type]  # One dict, several types.
    with pytest.raises(UsageError, match="not both"):
        options.models_to_serve(["models"], model_name=None, model_base_path=None, model_config_file=file)


def test_a_model_name_names_the_one_path() -> None:
    Path("exported/1").mkdir(parents=True)
    Path("exported/1/saved_model.pb").touch()
    (model,) = options.models_to_serve(["exported"], model_name="digits", model_base_path=None)
    assert (model.name, model.base_path.name) == ("digits", "exported")
