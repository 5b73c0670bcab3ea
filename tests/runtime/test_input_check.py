"""Inputs that TensorFlow's kernels would not survive are refused; all others are not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from runtime.loading import Load, run
from tfsctl.errors import InvalidArgumentError
from tfsctl.runtime._input_check import InputCheck, find_input_checks
from tfsctl.saved_model import describe_meta_graph, find_meta_graph, read_saved_model_proto

_SCRIPT = Path(__file__).with_name("rank_answers.py")
# What TensorFlow's oneDNN kernels alone refuse or do not survive: images without rows for another number of channels,
# and more dimensions than oneDNN has.
_ONEDNN_ONLY = {("channels_first", (0, 4, 4, 2)), ("mish", (1,) * 13), ("mish", (1,) * 30)}


def _checks(path: Path) -> Mapping[str, InputCheck]:
    meta_graph = find_meta_graph(path, read_saved_model_proto(path), ("serve",))
    info = describe_meta_graph(path, meta_graph)
    return find_input_checks(meta_graph, info.signatures, info.ops)


def _answers(*arguments: str | Path, **environment: str) -> dict[tuple[str, str, str, tuple[int, ...]], str]:
    command = [sys.executable, str(_SCRIPT), *map(str, arguments)]
    result = subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, timeout=200, check=True)
    lines = map(json.loads, result.stdout.splitlines())
    return {(Path(path).parent.name, name, output, tuple(shape)): text for path, name, output, shape, text in lines}


def _refuses(check: InputCheck, *shape: int) -> bool:
    try:
        check({"x": np.zeros(shape, np.float32)})
    except InvalidArgumentError:
        return True
    return False


def test_wrong_rank_for_a_convolution_is_an_error_with_tensorflows_words(load: Load) -> None:
    model = load("cnn")

    for shape in [(), (1,), (28, 28, 1), (1, 1, 28, 28, 1)]:
        with pytest.raises(InvalidArgumentError) as caught:
            run(model, {"images": np.zeros(shape, np.float32)})
        text = str(list(shape)).replace(" ", "")
        assert str(caught.value).startswith(f"convolution input must be 4-dimensional: {text}\n\t [[{{{{function_node")
    assert run(model, {"images": np.zeros((2, 28, 28, 1), np.float32)})["scores"].shape == (2, 10)


@pytest.mark.slow
def test_what_tensorflow_accepts_without_onednn_is_accepted_and_nothing_else(zoo: Path) -> None:
    models = [zoo / name / "1" for name in ("ranks", "ranks_tf1")]
    expected = _answers("--unchecked", *models, TF_ENABLE_ONEDNN_OPTS="0")

    ours = _answers(*models)

    assert ours.keys() == expected.keys()
    different = {key[1::2] for key, text in expected.items() if (text == "OK") != (ours[key] == "OK")}
    assert different <= _ONEDNN_ONLY
    texts = [(ours[key], text) for key, text in expected.items() if key[1] in {"any_rank", "depthwise", "volume"}]
    wrong_ranks = [pair for pair in texts if "-dimensional" in pair[1]]
    assert len(wrong_ranks) > 40
    assert all(ours == theirs for ours, theirs in wrong_ranks)


def test_the_other_runtime_lives_too(zoo: Path) -> None:
    assert set(_answers("--python", zoo / "ranks_tf1/1").values()) > {"OK"}


def test_models_without_such_operations_have_no_checks(zoo: Path) -> None:
    assert not any(_checks(zoo / name / "1") for name in ("half_plus_two", "identity_float32", "table", "examples"))


def test_of_branches_one_that_fits_is_enough(zoo: Path) -> None:
    either = _checks(zoo / "ranks/1")["either"]

    assert [_refuses(either, *(1,) * rank) for rank in range(6)] == [True, True, True, False, False, True]


def test_branch_for_the_shape_of_the_signature_wants_that(zoo: Path) -> None:
    checks = _checks(zoo / "ranks/1")

    for name in ("branch", "loop"):
        assert [_refuses(checks[name], *(1,) * rank) for rank in range(6)] == [True, True, True, True, False, True]


def test_reshaped_input_may_have_any_rank(zoo: Path) -> None:
    checks = [_checks(zoo / "ranks/1")["reshaped"], _checks(zoo / "ranks_tf1/1")["reshaped"]]

    assert not any(_refuses(check, *(1,) * rank) for check in checks for rank in range(8))


@pytest.mark.parametrize("shape", [(2**31, 0), (0, 2**40, 2), (2**12, 2**13, 0, 1)])
def test_empty_tensors_of_enormous_size_are_refused(load: Load, shape: tuple[int, ...]) -> None:
    with pytest.raises(InvalidArgumentError, match="of an empty tensor must not multiply to more than 16777216"):
        run(load("ranks"), {"x": np.zeros(shape, np.float32)}, "dense")


def test_more_dimensions_than_onednn_has_are_refused_where_nobody_checks_that(load: Load) -> None:
    with pytest.raises(InvalidArgumentError, match="softplus input must be at most 12-dimensional"):
        run(load("ranks"), {"x": np.zeros((1,) * 13, np.float32)}, "mish")
