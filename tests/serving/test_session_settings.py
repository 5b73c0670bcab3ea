"""What the flags about sessions amount to, up to a session that really has them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tfsctl.errors import InvalidArgumentError, NotFoundError, UsageError
from tfsctl.protos import ConfigProto
from tfsctl.runtime import load_model
from tfsctl.serving.flags.session_settings import session_options
from tfsctl.serving.flags.table import ModelServerFlags


def options(**flags: Any) -> Any:
    return session_options(ModelServerFlags(**flags))


@pytest.mark.parametrize(
    ("session", "intra_op", "inter_op", "wanted"),
    [
        (0, 0, 0, (0, 0)),
        (3, 0, 0, (3, 3)),
        (0, 1, 2, (1, 2)),
        (0, 1, 0, (1, 0)),
        (3, 1, 0, (1, 0)),
        (3, 0, 2, (0, 2)),
    ],
)
def test_the_number_for_both_kinds_of_threads_counts_where_neither_has_its_own(
    session: int, intra_op: int, inter_op: int, wanted: tuple[int, int]
) -> None:
    found = options(
        tensorflow_session_parallelism=session,
        tensorflow_intra_op_parallelism=intra_op,
        tensorflow_inter_op_parallelism=inter_op,
    )
    assert (found.intra_op_parallelism_threads, found.inter_op_parallelism_threads) == wanted
    assert found.config_proto == b""


def test_all_three_numbers_of_threads_are_refused_in_tf_servings_words() -> None:
    with pytest.raises(UsageError) as caught:
        options(tensorflow_session_parallelism=1, tensorflow_intra_op_parallelism=1, tensorflow_inter_op_parallelism=1)
    assert caught.value.message == (
        "Either configure server_options.tensorflow_session_parallelism or"
        " (server_options.tensorflow_intra_op_parallelism, server_options.tensorflow_inter_op_parallelism) separately."
        " You cannot configure all."
    )


def test_a_session_config_file_is_taken_over_and_other_flags_are_added(tmp_path: Path) -> None:
    file = tmp_path / "session.txt"
    file.write_text("inter_op_parallelism_threads: 5 gpu_options { allow_growth: true }")
    found = options(
        tensorflow_session_config_file=str(file),
        per_process_gpu_memory_fraction=0.25,
        mixed_precision="bfloat16",
        tensorflow_intra_op_parallelism=2,
    )
    config = ConfigProto.FromString(found.config_proto)
    assert found.intra_op_parallelism_threads == 2
    assert (config.inter_op_parallelism_threads, config.gpu_options.allow_growth) == (5, True)
    assert config.gpu_options.per_process_gpu_memory_fraction == 0.25
    assert config.graph_options.rewrite_options.auto_mixed_precision_onednn_bfloat16 == 1


def test_a_session_config_file_that_is_none_is_refused_in_tf_servings_words(tmp_path: Path) -> None:
    file = tmp_path / "session.txt"
    file.write_text("intra_op_threads: 5")
    with pytest.raises(InvalidArgumentError, match=r"^Invalid protobuf file: '.*session\.txt'$"):
        options(tensorflow_session_config_file=str(file))
    with pytest.raises(NotFoundError, match="No such file or directory"):
        options(tensorflow_session_config_file=str(tmp_path / "missing.txt"))


def test_another_precision_than_bfloat16_is_told_to_have_no_effect(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert options(mixed_precision="float16").config_proto == b""
    assert "--mixed_precision=float16 has no effect" in caplog.text


def test_a_session_takes_all_of_it(zoo: Path) -> None:
    found = options(mixed_precision="bfloat16", per_process_gpu_memory_fraction=0.5, tensorflow_session_parallelism=2)
    model = load_model(zoo / "half_plus_two" / "1", options=found)
    outputs = model.run(model.info.signatures["serving_default"], {"x": np.array([1.0, 2.0], np.float32)})
    assert [array.tolist() for array in outputs.values()] == [[2.5, 3.0]]
    model.close()
