"""The checks of a Predict request, without any transport; a real model runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tfsctl.errors import DeadlineExceededError, InternalError, InvalidArgumentError, NotFoundError
from tfsctl.model_spec import ModelSpec
from tfsctl.serving import Server
from tfsctl.serving.inference.predictor import Predictor, find_signature
from tfsctl.serving.models.servable import Servable
from tfsctl.signature import Signature

ONE = np.array([1.0], np.float32)


def default_signature(server: Server, model: str) -> tuple[Servable, Signature]:
    servable = server.core.servable(ModelSpec(model)).servable
    return servable, servable.signatures["serving_default"]


def test_outputs_come_by_alias(server: Server) -> None:
    servable, signature = default_signature(server, "half_plus_two")
    assert Predictor().predict(servable, signature, {"x": ONE})["y"].tolist() == [2.5]


def test_inputs_are_decoded_only_after_their_names_were_checked(server: Server) -> None:
    servable, signature = default_signature(server, "half_plus_two")
    decoded: list[str] = []

    def decode(alias: str, value: Any) -> Any:
        decoded.append(alias)
        return np.full([1], value, np.float32)

    with pytest.raises(InvalidArgumentError, match="input size does not match"):
        Predictor().predict(servable, signature, {"x": 2, "z": 2}, decode=decode)
    assert decoded == []
    assert Predictor().predict(servable, signature, {"x": 2}, decode=decode)["y"].tolist() == [3.0]


def test_a_default_stands_in_for_an_input_left_out(server: Server) -> None:
    servable, signature = default_signature(server, "half_plus_two_tf2")
    assert Predictor().predict(servable, signature, {})["y"].tolist() == [2.0]


def test_the_method_name_is_checked_first_where_that_is_asked_for(server: Server) -> None:
    servable, signature = default_signature(server, "half_plus_two")
    odd = replace(signature, method_name="odd")
    assert Predictor().predict(servable, odd, {"x": ONE})["y"].tolist() == [2.5]
    assert Predictor(check_method_name=True).predict(servable, signature, {"x": ONE})["y"].tolist() == [2.5]
    with pytest.raises(InternalError) as caught:
        Predictor(check_method_name=True).predict(servable, odd, {})
    assert caught.value.message == (
        "Expected prediction signature method_name to be one of {tensorflow/serving/predict,"
        " tensorflow/serving/classify, tensorflow/serving/regress}. Was: odd"
    )


def test_a_model_that_runs_too_long_is_stopped(server: Server) -> None:
    servable, signature = default_signature(server, "slow")
    with pytest.raises(DeadlineExceededError):
        Predictor().predict(servable, signature, {"seconds": np.array(60.0)}, timeout_seconds=0.1)


def test_each_edge_has_its_own_error_for_an_unknown_signature(server: Server) -> None:
    servable, signature = default_signature(server, "half_plus_two")
    assert find_signature(servable, "serving_default", NotFoundError) is signature
    with pytest.raises(NotFoundError, match=r"^nope$"):
        find_signature(servable, "nope", NotFoundError)
