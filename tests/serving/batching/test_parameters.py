"""BatchingParameters: files, defaults, and what is refused (tensorflow-serving.md §4.1)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tfsctl.errors import InvalidArgumentError, NotFoundError
from tfsctl.serving.batching.parameters import BatchingParameters, check_parameters, check_threads
from tfsctl.serving.batching.parameters_file import read_batching_parameters

EXAMPLE = """
# TF Serving's own example, and more.
max_batch_size { value: 128 }
batch_timeout_micros { value: 0 }
max_enqueued_batches { value: 1000000 }
num_batch_threads { value: 8 }
thread_pool_name { value: 'mine' }
allowed_batch_sizes: 8
allowed_batch_sizes: [32, 128]
pad_variable_length_inputs: true
enable_large_batch_splitting { value: true }
max_execution_batch_size { value: 64 }
"""


def read(tmp_path: Path, text: str) -> BatchingParameters:
    file = tmp_path / "batching.txt"
    file.write_text(text)
    return read_batching_parameters(file)


def test_a_file_sets_every_parameter(tmp_path: Path) -> None:
    assert read(tmp_path, EXAMPLE) == BatchingParameters(
        max_batch_size=128,
        batch_timeout_micros=0,
        max_enqueued_batches=1_000_000,
        num_batch_threads=8,
        thread_pool_name="mine",
        allowed_batch_sizes=(8, 32, 128),
        pad_variable_length_inputs=True,
        enable_large_batch_splitting=True,
        max_execution_batch_size=64,
    )


def test_an_empty_message_has_tf_servings_defaults(tmp_path: Path) -> None:
    parameters = read(tmp_path, "\n")
    assert parameters == BatchingParameters()
    assert (parameters.max_batch_size, parameters.batch_timeout_micros) == (1000, 0)
    assert (parameters.max_enqueued_batches, parameters.num_batch_threads) == (10, os.cpu_count())
    assert (parameters.thread_pool_name, parameters.allowed_batch_sizes) == ("batch_threads", ())
    assert not parameters.pad_variable_length_inputs
    assert not parameters.enable_large_batch_splitting


def test_a_wrapper_without_a_value_is_zero_not_the_default(tmp_path: Path) -> None:
    assert read(tmp_path, "max_batch_size { }").max_batch_size == 0


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("\nmax_batch_size: 3", "2:"),
        ("max_batch_sizes { value: 3 }", "1:1"),
        ("max_batch_size { value: 1.5 }", "1:25"),
        ("allowed_batch_sizes { value: 3 }", "1:"),
        ("batching", "1:"),
    ],
)
def test_a_malformed_file_is_refused_with_its_place(text: str, place: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        read(tmp_path, text)
    assert caught.value.message == f"Invalid protobuf file: '{tmp_path}/batching.txt'"
    hint = caught.value.hint or ""
    assert hint.startswith(f"Error parsing text-format tensorflow.serving.BatchingParameters: {place}")


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"none\.txt; No such file or directory$"):
        read_batching_parameters(tmp_path / "none.txt")


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (
            {"allowed_batch_sizes": (2, 4), "max_batch_size": 8},
            "Last entry in allowed_batch_sizes must match max_batch_size; last entry was 4; expected 8",
        ),
        (
            {"allowed_batch_sizes": (2, 4)},
            "Last entry in allowed_batch_sizes must match max_batch_size; last entry was 4; expected 1000",
        ),
        ({"max_batch_size": 0}, "max_batch_size must be positive; was 0"),
        ({"batch_timeout_micros": -1}, "batch_timeout_micros must be non-negative; was -1"),
        ({"max_enqueued_batches": -1}, "max_enqueued_batches must be positive; was -1"),
        (
            {"max_enqueued_batches": 0, "enable_large_batch_splitting": True},
            "max_enqueued_batches must be positive; was 0",
        ),
        (
            {"max_execution_batch_size": 0, "enable_large_batch_splitting": True},
            "max_execution_batch_size must be positive; was 0",
        ),
        (
            {"max_execution_batch_size": 9, "max_batch_size": 8, "enable_large_batch_splitting": True},
            (
                "When enable_large_batch_splitting is true, input_batch_size_limit must be greater than or equal to"
                " max_execution_batch_size."
            ),
        ),
    ],
    ids=str,
)
def test_parameters_that_cannot_be_are_refused(values: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        check_parameters(BatchingParameters(**values))
    assert caught.value.message == text


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"allowed_batch_sizes": (4, 2, 8), "max_batch_size": 8},
        {"max_enqueued_batches": 0},
        {"max_execution_batch_size": 2000},
        {"enable_large_batch_splitting": True},
    ],
    ids=str,
)
def test_parameters_that_only_look_odd_are_taken(values: dict[str, Any]) -> None:
    check_parameters(BatchingParameters(**values))


def test_a_server_needs_a_thread() -> None:
    with pytest.raises(InvalidArgumentError, match=r"^num_batch_threads must be positive; was 0$"):
        check_threads(BatchingParameters(num_batch_threads=0))


def test_the_execution_size_counts_only_with_splitting() -> None:
    assert BatchingParameters(max_batch_size=8, max_execution_batch_size=2).largest_batch == 8
    splitting = BatchingParameters(max_batch_size=8, enable_large_batch_splitting=True)
    assert splitting.largest_batch == 8
