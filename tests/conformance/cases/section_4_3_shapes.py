"""§4.3: how batches are filled up, and tasks cut."""

from __future__ import annotations

from functools import partial
from typing import Any

from conformance.at_once import Held, Together
from conformance.case import GrpcCase, ServerCase
from conformance.cases.batching import (
    HALF_FILES,
    batch_sizes,
    grpc_request,
    half,
    half_by_rest,
    identity,
    num_runs,
    parameters,
    refused_half,
)
from conformance.cases.text_protos import floats, predict, predicted, spec, tensor
from conformance.metric_steps import Samples
from conformance.play import Play
from tfsctl.model_spec import ModelSpec

_case = partial(ServerCase, section="4.3", files=HALF_FILES)
_identity = partial(_case, files={"identity_float32/1": "identity_float32"})
_failing = partial(_case, files={"failing/1": "failing"})
_SPLITS = "enable_large_batch_splitting { value: true }"
_PADS = "pad_variable_length_inputs: true"
_DIFFER = (
    "Tensors with name 'x:0' from different tasks have different shapes and padding is turned off. Set"
    " pad_variable_length_inputs to true, or ensure that all tensors with the same name have equal dimensions starting"
    " with the first dim."
)


def _padding(**sizes: int) -> Samples:
    """How many rows were added, by the sizes of the batches."""
    samples = {f'execution_batch_size="{name.removeprefix("of_")}"': rows for name, rows in sizes.items()}
    return Samples(":tensorflow:serving:batching_session:padding_size_sum", samples)


def _refused_identity(code: str, text: str, *shape: int, num: int) -> GrpcCase:
    given = tensor("DT_FLOAT", shape, f"float_val: {[1.0] * num}")
    return grpc_request(request=predict(spec("identity_float32"), x=given), code=code, text=text)


def _put(*numbers: float) -> GrpcCase:
    """Keeps its inputs in variables; its answer has no rows, which is an error with batching."""
    words = tensor("DT_STRING", [len(numbers)], " ".join('string_val: "w"' for _ in numbers))
    request = predict(spec("keeps_input", signature="put"), x=words, z=floats(*numbers))
    text = "Batched output tensor has 0 dimensions"
    return grpc_request(request=request, code="FAILED_PRECONDITION", text=text)


def _kept(*numbers: float) -> Any:
    """What the model has been given last."""

    def check(play: Play) -> None:
        batched: Any = play.server.core.servable(ModelSpec("keeps_input")).servable.model
        model = batched._model
        outputs = model.run(model.info.signatures["get"], {})
        assert outputs["z"].tolist() == list(numbers)

    return check


def _fails(*values: float) -> GrpcCase:
    return grpc_request(
        request=predict(spec("failing"), x=floats(*values)), code="INVALID_ARGUMENT", starts="assertion failed: "
    )


def _succeeds(*values: float) -> GrpcCase:
    used = spec("failing", 1, signature="serving_default")
    return grpc_request(
        request=predict(spec("failing"), x=floats(*values)), response=predicted(used, y=floats(*values))
    )


CASES = (
    # Allowed sizes.
    _case(
        what="a batch is filled up to the next allowed size",
        batching=parameters(8, "allowed_batch_sizes: [2, 4, 8]", "batch_timeout_micros { value: 0 }"),
        steps=(half(1.0, 2.0, 3.0), *batch_sizes(count=1, rows=4), _padding(of_4=1)),
    ),
    _case(
        what="a batch of an allowed size is not filled up",
        batching=parameters(8, "allowed_batch_sizes: [2, 4, 8]", "batch_timeout_micros { value: 0 }"),
        steps=(half(1.0, 2.0), *batch_sizes(count=1, rows=2), _padding(of_2=0)),
    ),
    _case(
        what="what fills up a batch is no answer",
        batching=parameters(8, "allowed_batch_sizes: 8", "batch_timeout_micros { value: 0 }"),
        steps=(half_by_rest(1.0, 2.0), *batch_sizes(count=1, rows=8), _padding(of_8=6)),
    ),
    _case(
        what="a batch is filled up with the first row of its last task",
        files={"keeps_input/1": "keeps_input"},
        batching=parameters(8, "allowed_batch_sizes: [6, 8]", "batch_timeout_micros { value: 300000 }"),
        steps=(Together(_put(1.0, 2.0), _put(3.0, 4.0)), _kept(1.0, 2.0, 3.0, 4.0, 3.0, 3.0)),
    ),
    # Rows of different shapes.
    _identity(
        what="rows of different shapes fail every task",
        batching=parameters(2),
        steps=(
            Together(
                _refused_identity("FAILED_PRECONDITION", _DIFFER, 1, 2, num=2),
                _refused_identity("FAILED_PRECONDITION", _DIFFER, 1, 3, num=3),
            ),
        ),
    ),
    _identity(
        what="rows of different ranks fail every task",
        batching=parameters(2),
        steps=(
            Together(
                _refused_identity("FAILED_PRECONDITION", _DIFFER, 1, num=1),
                _refused_identity("FAILED_PRECONDITION", _DIFFER, 1, 1, num=1),
            ),
        ),
    ),
    _identity(
        what="rows are filled up with the first element of their tensor, and stay so in the answer",
        batching=parameters(3, _PADS),
        steps=(
            Together(
                identity(2, 1, values=(5.0, 6.0), shape_then=(2, 3), then=(5.0, 5.0, 5.0, 6.0, 5.0, 5.0)),
                identity(1, 3, values=(1.0, 2.0, 3.0)),
            ),
        ),
    ),
    _identity(
        what="every dimension but the first is filled up to the largest",
        batching=parameters(2, _PADS),
        steps=(
            Together(
                identity(1, 1, 2, values=(7.0, 8.0), shape_then=(1, 2, 2), then=(7.0, 8.0, 7.0, 7.0)),
                identity(1, 2, 1, values=(1.0, 2.0), shape_then=(1, 2, 2), then=(1.0, 1.0, 2.0, 1.0)),
            ),
        ),
    ),
    _identity(
        what="rank 6 can be filled up",
        batching=parameters(2, _PADS),
        steps=(
            Together(
                identity(1, 1, 1, 1, 1, 1, values=(7.0,), shape_then=(1, 1, 1, 1, 1, 2), then=(7.0, 7.0)),
                identity(1, 1, 1, 1, 1, 2, values=(1.0, 2.0)),
            ),
        ),
    ),
    _identity(
        what="rank 7 cannot be filled up",
        batching=parameters(2, _PADS),
        steps=(
            Together(
                *(
                    _refused_identity(
                        "INVALID_ARGUMENT",
                        "Only tensors with rank from 1 to 6 can be padded.",
                        *(1, 1, 1, 1, 1, 1),
                        last,
                        num=last,
                    )
                    for last in (1, 2)
                )
            ),
        ),
    ),
    _identity(
        what="nothing cannot be filled up",
        batching=parameters(2, _PADS),
        steps=(
            Together(
                _refused_identity("INVALID_ARGUMENT", "Got empty tensor in batch of non-empty tensors.", 1, 0, num=0),
                _refused_identity("INVALID_ARGUMENT", "Got empty tensor in batch of non-empty tensors.", 1, 2, num=2),
            ),
        ),
    ),
    # Splitting.
    _case(
        what="a task is cut, first to fill the open batch",
        batching=parameters(4, _SPLITS, "max_execution_batch_size { value: 2 }"),
        steps=(Together(half(1.0), half(2.0, 3.0, 4.0)), num_runs(2), *batch_sizes(count=2, rows=4)),
    ),
    _case(
        what="a task is cut into whole batches",
        batching=parameters(6, _SPLITS, "max_execution_batch_size { value: 2 }"),
        steps=(half(1.0, 2.0, 3.0, 4.0, 5.0, 6.0), num_runs(3), *batch_sizes(count=3, rows=6)),
    ),
    _case(
        what="the end of a task that was cut waits for others",
        batching=parameters(4, _SPLITS, "max_execution_batch_size { value: 2 }"),
        steps=(Held(half(1.0, 2.0, 3.0)), num_runs(1), Together(half(4.0)), num_runs(2)),
    ),
    _case(
        what="a task that is too large is refused with splitting too",
        batching=parameters(4, _SPLITS, "max_execution_batch_size { value: 2 }"),
        steps=(refused_half("INVALID_ARGUMENT", "Task size 5 is larger than maximum input batch size 4", *[1.0] * 5),),
    ),
    _failing(
        what="a piece that fails fails its task",
        batching=parameters(4, _SPLITS, "max_execution_batch_size { value: 1 }"),
        steps=(_fails(1.0, -1.0, 2.0), num_runs(3), _succeeds(1.0, 2.0)),
    ),
)
