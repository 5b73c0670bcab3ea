"""§4.3: how batches are formed. How they are filled up and cut has section_4_3_shapes.py."""

from __future__ import annotations

import threading
from functools import partial

from conformance.at_once import Held, Together, all_end
from conformance.case import GrpcCase, ServerCase
from conformance.cases.batching import (
    HALF_FILES,
    batch_sizes,
    grpc_request,
    half,
    half_by_rest,
    num_runs,
    parameters,
    refused_half,
    regress,
    rest_request,
)
from conformance.cases.text_protos import HALF, floats, predict, predicted, spec
from conformance.play import Play

_case = partial(ServerCase, section="4.3", files=HALF_FILES)
_failing = partial(_case, files={"failing/1": "failing"})
_busy = partial(_case, files={**HALF_FILES, "examples/1": "examples"})
_SPLITS = "enable_large_batch_splitting { value: true }"
_ONE_THREAD = "num_batch_threads { value: 1 }"
_FULL = "The batch scheduling queue to which this task was submitted is full;"
_LATE = "Run() timeout exceeded while waiting in batching queue"


def _fails(*values: float) -> GrpcCase:
    return grpc_request(
        request=predict(spec("failing"), x=floats(*values)), code="INVALID_ARGUMENT", starts="assertion failed: "
    )


def _succeeds(*values: float) -> GrpcCase:
    used = spec("failing", 1, signature="serving_default")
    return grpc_request(
        request=predict(spec("failing"), x=floats(*values)), response=predicted(used, y=floats(*values))
    )


def _outputs(what: str, signature: str, text: str) -> ServerCase:
    request = predict(spec("outputs", signature=signature), x=floats(1.0))
    refused = grpc_request(request=request, code="FAILED_PRECONDITION", text=text)
    return _case(what=what, files={"outputs/1": "outputs"}, batching="\n", steps=(refused,))


def _time_passes(_: Play) -> None:
    """More than the requests of the case have."""
    threading.Event().wait(0.15)


_FULL_WITH_SPLITTING = (
    f"{_FULL} task size is 3 but scheduling capacity is only 2"
    " (num_enqueued_batches=1, max_enqueued_batches=2, open_batch_size=2, max_execution_batch_size=2)"
)

CASES = (
    # When a batch runs.
    _case(
        what="a batch runs when it is full",
        batching=parameters(3),
        steps=(Held(half(1.0), half(2.0)), Together(half(3.0)), num_runs(1)),
    ),
    _case(
        what="a batch that has no room for the next task runs without it",
        batching=parameters(3),
        steps=(
            Held(half(1.0)),
            Held(half(2.0)),
            Together(half(3.0, 4.0), half(5.0)),
            num_runs(2),
            *batch_sizes(count=2, rows=5),
        ),
    ),
    _case(
        what="a batch runs when its time is over",
        batching=parameters(3, "batch_timeout_micros { value: 20000 }"),
        steps=(half(1.0), num_runs(1)),
    ),
    _busy(
        what="a batch waits for a thread, and others join it meanwhile",
        batching=parameters(3, _ONE_THREAD, "batch_timeout_micros { value: 0 }"),
        steps=(Together(regress("slow", x=0.3), half(1.0), half(2.0)), num_runs(2), *batch_sizes(count=2, rows=3)),
    ),
    _busy(
        what="queues take turns",
        batching=parameters(1, _ONE_THREAD),
        steps=(
            Together(
                regress("slow", x=0.3),
                regress("run_number", 1.0),
                regress("run_number", 3.0),
                regress("same_run_number", 2.0),
                regress("same_run_number", 4.0),
            ),
        ),
    ),
    _case(
        what="answers come back to those who asked",
        batching=parameters(4),
        steps=(Together(half(1.0, 2.0), half(3.0), half(4.0)), num_runs(1)),
    ),
    _case(
        what="an empty batch",
        batching=parameters(4),
        steps=(half(), num_runs(0)),
        difference="empty batch",
    ),
    # What is refused.
    _case(
        what="a task that is too large",
        batching=parameters(3),
        steps=(
            refused_half(
                "INVALID_ARGUMENT", "Task size 4 is larger than maximum input batch size 3", 1.0, 2.0, 3.0, 4.0
            ),
            rest_request(
                target=f"/v1/models/{HALF}:predict",
                body='{"instances": [1, 2, 3, 4]}',
                status=400,
                error="Task size 4 is larger than maximum input batch size 3",
            ),
        ),
    ),
    _case(
        what="a full queue",
        batching=parameters(2, "max_enqueued_batches { value: 1 }"),
        steps=(
            Held(half(1.0)),
            refused_half(
                "UNAVAILABLE", f"{_FULL} currently 1 batches enqueued and max_enqueued_batches is 1", 1.0, 2.0
            ),
            rest_request(
                target=f"/v1/models/{HALF}:predict",
                body='{"instances": [1, 2]}',
                status=503,
                error=f"{_FULL} currently 1 batches enqueued and max_enqueued_batches is 1",
            ),
            Together(half(2.0)),
        ),
    ),
    _busy(
        what="a full queue with splitting",
        batching=parameters(
            4, _SPLITS, _ONE_THREAD, "max_execution_batch_size { value: 2 }", "max_enqueued_batches { value: 2 }"
        ),
        steps=(
            Together(
                regress("slow", x=0.1),
                regress("slow", x=0.4),
                half(1.0, 2.0),
                refused_half("UNAVAILABLE", _FULL_WITH_SPLITTING, 1.0, 2.0, 3.0),
                half(3.0, 4.0),
            ),
        ),
    ),
    # Outputs and failures.
    _outputs("outputs without a dimension", "count", "Batched output tensor has 0 dimensions"),
    _outputs(
        "outputs of another size",
        "pair",
        "Batched output tensor's 0th dimension does not equal the sum of the 0th dimension sizes of the input tensors",
    ),
    _failing(
        what="a batch that fails fails all its tasks",
        batching=parameters(3),
        steps=(Together(_fails(1.0), _fails(-1.0), _fails(2.0)), num_runs(1), Together(*(_succeeds(1.0),) * 3)),
    ),
    # Time.
    _case(
        what="a request whose time is over before its batch runs",
        batching=parameters(4, "batch_timeout_micros { value: 50000 }"),
        settings={"rest_api_timeout_seconds": 0.005},
        steps=(
            rest_request(target=f"/v1/models/{HALF}:predict", body='{"instances": [1.0]}', status=429, error=_LATE),
            num_runs(0),
        ),
    ),
    _case(
        what="requests whose time is all over before their batch runs",
        batching=parameters(4, "batch_timeout_micros { value: 100000 }"),
        settings={"rest_api_timeout_seconds": 0.001},
        steps=(
            Together(
                *(
                    rest_request(
                        target=f"/v1/models/{HALF}:predict", body='{"instances": [1.0]}', status=429, error=_LATE
                    ),
                )
                * 2
            ),
            num_runs(0),
        ),
    ),
    _case(
        what="a request whose time is over runs along with one whose is not",
        batching=parameters(2),
        settings={"rest_api_timeout_seconds": 0.1},
        steps=(Held(half_by_rest(1.0)), _time_passes, Together(half(2.0)), all_end, num_runs(1)),
    ),
)
