"""§4.1: batching parameters."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from conformance.at_once import Held, Together
from conformance.case import ScenarioCase, ServerCase
from conformance.cases.batching import (
    HALF_FILES,
    NEVER,
    batch_sizes,
    half,
    identity,
    num_runs,
    parameters,
    refused_half,
    regress,
)
from conformance.play import Play
from conformance.stage import Stage
from conformance.steps import Answers, Status
from tfsctl.serving.batching.parameters import BatchingParameters
from tfsctl.serving.batching.parameters_file import read_batching_parameters
from tfsctl.serving.config_protos import BatchingParametersProto

_case = partial(ServerCase, section="4.1", files=HALF_FILES)
_UNREADABLE = "Invalid protobuf file: '{home}/batching.txt'"
_TOO_LARGE = "Task size {} is larger than maximum input batch size {}"
_LAST_ALLOWED = "Last entry in allowed_batch_sizes must match max_batch_size; last entry was {}; expected {}"
_NOT_AVAILABLE = (
    "1 servable(s) did not become available: {{{name: half_plus_two version: 1} due to error: INVALID_ARGUMENT: "
    f"{_LAST_ALLOWED.format(4, 8)}}}, }}"
)
_FULL = (
    "The batch scheduling queue to which this task was submitted is full;"
    " currently {0} batches enqueued and max_enqueued_batches is {0}"
)
_FIELDS = (
    *("max_batch_size", "batch_timeout_micros", "max_enqueued_batches", "num_batch_threads", "thread_pool_name"),
    *("allowed_batch_sizes", "pad_variable_length_inputs", "enable_large_batch_splitting", "max_execution_batch_size"),
)
_ONE_THREAD = "num_batch_threads { value: 1 }"


def _has_fields(_: Stage) -> None:
    fields = {field.number: field.name for field in BatchingParametersProto.DESCRIPTOR.fields}
    assert fields == dict(enumerate(_FIELDS, start=1))


def _example_is_read(stage: Stage) -> None:
    file: Path = stage.directory / "batching.txt"
    file.write_text(
        "max_batch_size { value: 128 }\nbatch_timeout_micros { value: 0 }\n"
        "max_enqueued_batches { value: 1000000 }\nnum_batch_threads { value: 8 }\n"
    )
    expected = BatchingParameters(
        max_batch_size=128, batch_timeout_micros=0, max_enqueued_batches=1000000, num_batch_threads=8
    )
    assert read_batching_parameters(file) == expected


def _has_threads(name: str, count: int) -> tuple[Together, Callable[[Play], None]]:
    """After a request there are so many threads of this name."""

    def check(_: Play) -> None:
        assert sum(thread.name.startswith(f"{name}-") for thread in threading.enumerate()) == count

    return Together(half(1.0)), check


def _is_unreadable(what: str, text: str) -> ServerCase:
    return _case(what=f"{what} is refused", batching=text, refused=("INVALID_ARGUMENT", _UNREADABLE))


def _is_readable(what: str, text: str) -> ServerCase:
    return _case(what=f"{what} is accepted", batching=text, steps=(half(1.0),))


def _fails_to_load(what: str, text: str, error: str | None) -> ServerCase:
    """Parameters of one model that keep it from being loaded, and no other."""
    return _case(
        what=f"{what} fails the load",
        files={**HALF_FILES, "bad/1": "half_plus_two", "bad/1/batching_params.pbtxt": text.encode()},
        settings={
            "enable_batching": True,
            "enable_per_model_batching_parameters": True,
            "max_num_load_retries": 0,
        },
        steps=(Status("bad", 1, "END", "INVALID_ARGUMENT", error), half(1.0)),
    )


def _blocks(*more: str) -> str:
    """One thread, and batches of one row."""
    return parameters(1, _ONE_THREAD, *more)


def _queue_holds(what: str, count: int, *more: str) -> ServerCase:
    """While the thread is busy so many batches wait, and one more is refused."""
    full = refused_half("UNAVAILABLE", _FULL.format(count), 1.0)
    return _case(
        what=what,
        files={**HALF_FILES, "examples/1": "examples"},
        batching=_blocks(*more),
        steps=(Together(regress("slow", x=0.25), *[half(1.0)] * count, full, full),),
    )


CASES = (
    ScenarioCase(section="4.1", what="fields by number", play=_has_fields),
    ScenarioCase(section="4.1", what="example", play=_example_is_read),
    # How they are written.
    _is_readable("an empty message", "\n"),
    _is_readable("a number in braces", "max_batch_size { value: 3 }"),
    _is_readable("braces after a colon", "max_batch_size: { value: 3 }"),
    _is_readable("a bare list", "max_batch_size { value: 3 } allowed_batch_sizes: [1, 3]"),
    _is_readable("a list one by one", "max_batch_size { value: 3 } allowed_batch_sizes: 1 allowed_batch_sizes: 3"),
    _is_readable("a bare boolean", "pad_variable_length_inputs: true"),
    _is_readable("a boolean in braces", "enable_large_batch_splitting { value: true } max_batch_size { value: 3 }"),
    _is_unreadable("a number without braces", "max_batch_size: 3"),
    _is_unreadable("a boolean without braces", "enable_large_batch_splitting: true"),
    _is_unreadable("a name without braces", "thread_pool_name: 'x'"),
    _is_unreadable("an unknown field", "max_batch_sizes { value: 3 }"),
    _is_unreadable("something else", "nonsense"),
    # The file and the flag.
    _case(
        what="a file without batching",
        files={**HALF_FILES, "batching.txt": b"max_batch_size { value: 3 }"},
        settings={"batching_parameters_file": "{home}/batching.txt"},
        refused=(
            "INVALID_ARGUMENT",
            "server_options.batching_parameters_file is set without setting server_options.enable_batching to true.",
        ),
    ),
    _case(
        what="a file that is not there",
        settings={"enable_batching": True, "batching_parameters_file": "{home}/none.txt"},
        refused=("NOT_FOUND", "{home}/none.txt; No such file or directory"),
    ),
    _case(what="batching without a file", settings={"enable_batching": True}, steps=(half(1.0), num_runs(1))),
    # Each field, and its default.
    _case(
        what="max_batch_size is 1000 by default",
        batching="\n",
        steps=(
            half(*range(1000)),
            refused_half("INVALID_ARGUMENT", _TOO_LARGE.format(1001, 1000), *range(1001)),
        ),
    ),
    _case(
        what="max_batch_size bounds a task",
        batching=parameters(2),
        steps=(half(1.0, 2.0), refused_half("INVALID_ARGUMENT", _TOO_LARGE.format(3, 2), 1.0, 2.0, 3.0)),
    ),
    _case(
        what="max_batch_size bounds a batch",
        batching=parameters(2),
        steps=(Together(*(half(float(number)) for number in range(6))), *batch_sizes(count=3, rows=6)),
    ),
    _case(
        what="batch_timeout_micros is 0 by default",
        batching="max_batch_size { value: 100 }",
        steps=(half(1.0), num_runs(1)),
    ),
    _case(
        what="batch_timeout_micros is how long a batch waits",
        batching=parameters(2),
        steps=(Held(half(1.0)), num_runs(0), Together(half(2.0)), num_runs(1)),
    ),
    _queue_holds("max_enqueued_batches is 10 by default", 10),
    _queue_holds("max_enqueued_batches bounds a queue", 2, "max_enqueued_batches { value: 2 }"),
    _queue_holds("max_enqueued_batches 0 is 1 without splitting", 1, "max_enqueued_batches { value: 0 }"),
    _case(
        what="num_batch_threads is the number of processors by default",
        batching="thread_pool_name { value: 'by_default' }",
        steps=_has_threads("by_default", os.cpu_count() or 1),
    ),
    _case(
        what="num_batch_threads is for all models together",
        files={**HALF_FILES, "m/1": 1},
        batching="num_batch_threads { value: 3 } thread_pool_name { value: 'for_all' }",
        steps=(Answers("m", 1), *_has_threads("for_all", 3)),
    ),
    _case(
        what="num_batch_threads 0 ends the start",
        batching="num_batch_threads { value: 0 }",
        refused=("INVALID_ARGUMENT", "num_batch_threads must be positive; was 0"),
    ),
    _case(
        what="thread_pool_name is batch_threads by default",
        batching="num_batch_threads { value: 2 }",
        steps=_has_threads("batch_threads", 2),
    ),
    _case(
        what="thread_pool_name is model_server_batch_threads without a file",
        settings={"enable_batching": True},
        steps=_has_threads("model_server_batch_threads", os.cpu_count() or 1),
    ),
    _case(
        what="no batch is padded by default",
        batching=parameters(3),
        steps=(Together(half(1.0, 2.0), half(3.0)), *batch_sizes(count=1, rows=3)),
    ),
    _case(
        what="rows are not padded by default",
        files={"identity_float32/1": "identity_float32"},
        batching="max_batch_size { value: 3 }",
        steps=(identity(1, 2, values=(1.0, 2.0)),),
    ),
    _case(
        what="max_execution_batch_size is max_batch_size by default",
        batching=parameters(4, "enable_large_batch_splitting { value: true }"),
        steps=(Together(half(1.0, 2.0, 3.0), half(4.0)), *batch_sizes(count=1, rows=4)),
    ),
    _case(
        what="max_execution_batch_size says nothing without splitting",
        batching=parameters(4, "max_execution_batch_size { value: 2 }"),
        steps=(Together(half(1.0, 2.0, 3.0), half(4.0)), *batch_sizes(count=1, rows=4)),
    ),
    # Bad values.
    _fails_to_load(
        "a last allowed size that is not max_batch_size",
        "max_batch_size { value: 8 } allowed_batch_sizes: [2, 4]",
        _LAST_ALLOWED.format(4, 8),
    ),
    _fails_to_load(
        "allowed sizes without max_batch_size",
        "allowed_batch_sizes: [2, 4]",
        _LAST_ALLOWED.format(4, 1000),
    ),
    _case(
        what="a last allowed size that is not max_batch_size fails all loads where the server's file has it",
        batching="max_batch_size { value: 8 } allowed_batch_sizes: 4",
        settings={"max_num_load_retries": 0},
        refused=(
            "UNKNOWN",
            _NOT_AVAILABLE,
        ),
    ),
    _is_readable("a list that does not ascend", "max_batch_size { value: 4 } allowed_batch_sizes: [2, 1, 4]"),
    _fails_to_load("a negative batch_timeout_micros", "batch_timeout_micros { value: -1 }", None),
    _fails_to_load("max_batch_size 0", "max_batch_size { value: 0 }", None),
    _fails_to_load("a wrapper without a value", "max_batch_size {}", None),
    _fails_to_load(
        "max_enqueued_batches 0 with splitting",
        "max_enqueued_batches { value: 0 } max_batch_size { value: 4 } enable_large_batch_splitting { value: true }",
        None,
    ),
    _fails_to_load(
        "max_execution_batch_size above max_batch_size with splitting",
        f"max_batch_size {{ value: 2 }} {NEVER}"
        " max_execution_batch_size { value: 3 } enable_large_batch_splitting { value: true }",
        None,
    ),
)
