from __future__ import annotations

from pathlib import Path

import pytest

from tfsctl.serving.batching.parameters import check_parameters
from tfsctl.serving.batching.parameters_file import read_batching_parameters
from tfsctl.tune import Batching, model_parameters_text, parameters_text

_PLAIN = Batching(max_batch_size=16, num_batch_threads=3, max_enqueued_batches=10)
_ALL = Batching(
    max_batch_size=8,
    num_batch_threads=2,
    max_enqueued_batches=12,
    batch_timeout_micros=1500,
    allowed_batch_sizes=(1, 2, 4, 8),
    pad_variable_length_inputs=True,
)


def test_parameters_text_is_what_tf_serving_reads() -> None:
    assert parameters_text(_ALL).splitlines() == [
        "max_batch_size { value: 8 }",
        "batch_timeout_micros { value: 1500 }",
        "max_enqueued_batches { value: 12 }",
        "num_batch_threads { value: 2 }",
        *(f"allowed_batch_sizes: {size}" for size in (1, 2, 4, 8)),
        "pad_variable_length_inputs: true",
    ]


@pytest.mark.parametrize("batching", [_PLAIN, _ALL])
def test_parameters_that_are_written_are_read_back(batching: Batching, tmp_path: Path) -> None:
    file = tmp_path / "batching_parameters.txt"
    file.write_text(parameters_text(batching))
    read = read_batching_parameters(file)
    check_parameters(read)
    names = Batching.__dataclass_fields__
    assert {name: getattr(read, name) for name in names} == {name: getattr(batching, name) for name in names}


def test_parameters_of_a_model_leave_the_threads_to_the_server(tmp_path: Path) -> None:
    file = tmp_path / "batching_params.pbtxt"
    file.write_text(model_parameters_text(_ALL))
    assert "threads" not in file.read_text()
    assert read_batching_parameters(file).allowed_batch_sizes == (1, 2, 4, 8)
