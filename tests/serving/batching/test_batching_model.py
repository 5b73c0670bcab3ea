"""A model with batching in front of it: who runs with whom, and what each gets (tensorflow-serving.md §4.2, §4.3)."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.batching.fake_model import (
    AGAIN,
    DOUBLE,
    NO_INPUTS,
    TWO_INPUTS,
    TWO_OUTPUTS,
    WAIT_SECONDS,
    Caller,
    FakeModel,
)
from tfsctl.errors import (
    DeadlineExceededError,
    FailedPreconditionError,
    InternalError,
    InvalidArgumentError,
    ResourceExhaustedError,
    UnavailableError,
)
from tfsctl.serving.batching.batching_model import BatchingModel
from tfsctl.serving.batching.parameters import BatchingParameters
from tfsctl.serving.batching.scheduler import BatchScheduler
from tfsctl.signature import Signature

NEVER_MICROS = 3_600_000_000
Wrap = Callable[..., BatchingModel]


@pytest.fixture
def fake() -> Iterator[FakeModel]:
    fake = FakeModel()
    yield fake
    fake.gate.set()


@pytest.fixture
def wrap(fake: FakeModel) -> Iterator[Wrap]:
    """Puts batching in front of `fake`, with one thread."""
    scheduler = BatchScheduler(1, "test-batch")

    def make(model: Any = fake, **values: Any) -> BatchingModel:
        return BatchingModel(model, BatchingParameters(**values), scheduler)

    yield make
    fake.gate.set()
    scheduler.close()


def floats(*values: float) -> np.ndarray[Any, Any]:
    return np.array(values, np.float32)


def call(model: BatchingModel, *values: float, signature: Signature = DOUBLE, **arguments: Any) -> Caller:
    """Have values doubled in a thread of its own; for signatures of one input."""
    inputs = {next(iter(signature.inputs)): floats(*values)}
    return Caller(lambda: model.run(signature, inputs, **arguments))


def hold(model: BatchingModel, fake: FakeModel) -> Caller:
    """Keep the one thread busy until `fake.gate` is set."""
    fake.gate.clear()
    caller = call(model, 0.0)
    fake.wait_for_run()
    return caller


def wait_until_queued(model: BatchingModel, num_tasks: int) -> None:
    """Wait until so many tasks are in the model's queues."""
    gone_by = threading.Event()
    for _ in range(int(WAIT_SECONDS * 1000)):
        queues = list(model._queues.values())
        if sum(len(batch) for queue in queues for batch in list(queue._batches)) >= num_tasks:
            return
        gone_by.wait(0.001)
    raise AssertionError("tasks did not come")


def run_together(model: BatchingModel, fake: FakeModel, start: Sequence[Callable[[], Caller]]) -> list[Caller]:
    """Make these calls, in this order, while the thread is busy; then let it go on."""
    held = hold(model, fake)
    callers = []
    for number, each in enumerate(start, start=1):
        callers.append(each())
        wait_until_queued(model, number)
    fake.gate.set()
    held.result()
    return callers


def test_requests_run_together_and_each_gets_its_rows(wrap: Wrap, fake: FakeModel) -> None:
    model = wrap()
    callers = run_together(model, fake, [lambda: call(model, 1.0, 2.0), lambda: call(model, 3.0)])
    assert [caller.result()["y"].tolist() for caller in callers] == [[2.0, 4.0], [6.0]]
    assert fake.batch_sizes == [1, 3]


def test_signatures_with_the_same_tensors_share_batches_under_their_own_names(wrap: Wrap, fake: FakeModel) -> None:
    model = wrap()
    one, two = run_together(model, fake, [lambda: call(model, 1.0), lambda: call(model, 2.0, signature=AGAIN)])
    assert (one.result()["y"].tolist(), two.result()["output"].tolist()) == ([2.0], [4.0])
    assert fake.batch_sizes == [1, 2]


def test_other_outputs_are_another_queue(wrap: Wrap, fake: FakeModel) -> None:
    model = wrap()

    def ask(*names: str) -> Callable[[], Caller]:
        return lambda: call(model, 1.0, signature=TWO_OUTPUTS, output_names=names)

    callers = run_together(model, fake, [ask(), ask("z"), ask("z", "y"), ask("y")])
    assert [list(caller.result()) for caller in callers] == [["y", "z"], ["z"], ["z", "y"], ["y"]]
    # The choice of both is the same set; `y` alone is that of the request which keeps the thread busy.
    assert sorted(fake.batch_sizes[1:]) == [1, 1, 2]
    assert len(model._queues) == 3


def test_models_do_not_mix(wrap: Wrap, fake: FakeModel) -> None:
    other = FakeModel(lambda x: 3 * x)
    model, beside = wrap(), wrap(other)
    held = hold(model, fake)
    callers = [call(model, 1.0), call(beside, 1.0)]
    wait_until_queued(model, 1)
    wait_until_queued(beside, 1)
    fake.gate.set()
    assert [caller.result()["y"].tolist() for caller in (held, *callers)] == [[0.0], [2.0], [3.0]]
    assert other.batch_sizes == [1]


def test_a_batch_is_padded_to_an_allowed_size_and_the_padding_dropped(wrap: Wrap, fake: FakeModel) -> None:
    model = wrap(max_batch_size=8, allowed_batch_sizes=(4, 8))
    assert call(model, 5.0, 6.0).result()["y"].tolist() == [10.0, 12.0]
    assert fake.runs[0]["x"].tolist() == [5.0, 6.0, 5.0, 5.0]


def test_a_batch_beyond_all_allowed_sizes_runs_with_a_warning(
    wrap: Wrap, fake: FakeModel, caplog: pytest.LogCaptureFixture
) -> None:
    model = wrap()
    model._parameters = BatchingParameters(allowed_batch_sizes=(1,))  # Which are refused with 1000 as the largest.
    assert call(model, 1.0, 2.0, 3.0).result()["y"].tolist() == [2.0, 4.0, 6.0]
    assert "Batch size 3 is larger than every allowed batch size" in caplog.text


def test_rows_of_different_lengths_are_padded_where_asked_for(wrap: Wrap, fake: FakeModel) -> None:
    model = wrap(pad_variable_length_inputs=True)

    def ask(row: list[float]) -> Callable[[], Caller]:
        return lambda: Caller(lambda: model.run(DOUBLE, {"x": np.array([row], np.float32)}))

    callers = run_together(model, fake, [ask([1.0, 2.0]), ask([3.0])])
    # Outputs are not cut back.
    assert [caller.result()["y"].tolist() for caller in callers] == [[[2.0, 4.0]], [[6.0, 6.0]]]


def test_different_shapes_fail_every_task_of_the_batch(wrap: Wrap, fake: FakeModel) -> None:
    model = wrap()
    pair = {"x": np.zeros([1, 2], np.float32)}
    callers = run_together(model, fake, [lambda: call(model, 1.0), lambda: Caller(lambda: model.run(DOUBLE, pair))])
    for caller in callers:
        with pytest.raises(FailedPreconditionError, match=r"^Tensors with name 'x:0' from different tasks have diff"):
            caller.result()
    assert fake.batch_sizes == [1]


def test_an_error_of_the_model_goes_to_every_task(wrap: Wrap, fake: FakeModel) -> None:
    model = wrap(max_batch_size=2, batch_timeout_micros=NEVER_MICROS)
    fake.error = InvalidArgumentError("no", hint="never")
    errors = []
    for caller in [call(model, 1.0), call(model, 2.0)]:
        with pytest.raises(InvalidArgumentError, match=r"^no$") as caught:
            caller.result()
        errors.append(caught.value)
    assert fake.batch_sizes == [2]
    assert errors[0] is not errors[1]
    assert errors[0].hint == "never"


def test_an_unexpected_error_is_internal_and_logged(
    wrap: Wrap, fake: FakeModel, caplog: pytest.LogCaptureFixture
) -> None:
    fake.error = ZeroDivisionError("oops")
    with pytest.raises(InternalError, match="oops"):
        call(wrap(), 1.0).result()
    assert "A batch failed" in caplog.text


def test_outputs_that_are_no_batch_fail(wrap: Wrap) -> None:
    with pytest.raises(FailedPreconditionError, match=r"^Batched output tensor has 0 dimensions$"):
        call(wrap(FakeModel(lambda x: x.sum())), 1.0, 2.0).result()


@pytest.mark.parametrize(
    ("signature", "inputs", "text"),
    [
        (NO_INPUTS, {}, "Batching Run() must have at least one input tensor"),
        (DOUBLE, {"x": np.float32(1.0)}, "Batching Run() input tensors must have at least one dimension"),
        (TWO_INPUTS, {"a": floats(1), "b": floats(1, 2)}, "Batching Run() input tensors must have equal 0th-dimension"),
        (DOUBLE, {"x": floats(1, 2, 3, 4)}, "Task size 4 is larger than maximum input batch size 3"),
    ],
    ids=["no inputs", "a scalar", "unequal", "too large"],
)
def test_what_cannot_be_batched_is_refused(signature: Signature, inputs: Any, text: str, wrap: Wrap) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        wrap(max_batch_size=3).run(signature, inputs)
    assert caught.value.message.startswith(text)


def test_a_full_queue_refuses(wrap: Wrap, fake: FakeModel) -> None:
    model = wrap(max_batch_size=1, max_enqueued_batches=1)
    held = hold(model, fake)
    waiting = call(model, 1.0)
    wait_until_queued(model, 1)
    with pytest.raises(UnavailableError, match="currently 1 batches enqueued and max_enqueued_batches is 1"):
        model.run(DOUBLE, {"x": floats(2.0)})
    fake.gate.set()
    assert (held.result()["y"].tolist(), waiting.result()["y"].tolist()) == ([0.0], [2.0])


def test_an_empty_batch_does_not_wait(wrap: Wrap, fake: FakeModel) -> None:
    model = wrap(batch_timeout_micros=NEVER_MICROS)
    assert model.run(DOUBLE, {"x": floats()})["y"].shape == (0,)
    assert fake.batch_sizes == [0]


def test_inputs_of_another_type_run_by_themselves(wrap: Wrap, fake: FakeModel) -> None:
    model = wrap(batch_timeout_micros=NEVER_MICROS)
    model.run(DOUBLE, {"x": np.array([1.0])})
    assert fake.runs[0]["x"].dtype == np.float64


@pytest.mark.parametrize(
    ("inputs", "outputs"), [({"q": floats(1.0)}, ()), ({"x": floats(1.0)}, ("q",))], ids=["input", "output"]
)
def test_unknown_aliases_are_left_to_the_model(inputs: Any, outputs: Any, wrap: Wrap, fake: FakeModel) -> None:
    wrap(batch_timeout_micros=NEVER_MICROS).run(DOUBLE, inputs, output_names=outputs)
    assert len(fake.runs) == 1


def test_large_tasks_are_split_and_put_together_again(wrap: Wrap, fake: FakeModel) -> None:
    model = wrap(max_batch_size=100, max_execution_batch_size=4, enable_large_batch_splitting=True)
    small, large = run_together(
        model, fake, [lambda: call(model, 1.0, 2.0, 3.0), lambda: call(model, *map(float, range(10)))]
    )
    assert small.result()["y"].tolist() == [2.0, 4.0, 6.0]
    assert large.result()["y"].tolist() == [2.0 * number for number in range(10)]
    assert fake.batch_sizes == [1, 4, 4, 4, 1]


def test_a_failing_piece_fails_the_task(wrap: Wrap, fake: FakeModel) -> None:
    def refuse_nine(x: Any) -> Any:
        if 9.0 in x:
            raise InvalidArgumentError("nine")
        return x

    model = wrap(FakeModel(refuse_nine), max_execution_batch_size=4, enable_large_batch_splitting=True)
    with pytest.raises(InvalidArgumentError, match=r"^nine$"):
        model.run(DOUBLE, {"x": floats(*range(12))})


def test_a_batch_has_the_longest_time_of_its_tasks(wrap: Wrap, fake: FakeModel) -> None:
    model = wrap()
    callers = run_together(
        model,
        fake,
        [lambda: call(model, 1.0, timeout_seconds=1000.0), lambda: call(model, 2.0, timeout_seconds=2000.0)],
    )
    for caller in callers:
        caller.result()
    assert fake.timeouts[0] is None
    assert 1000.0 < (fake.timeouts[1] or 0.0) <= 2000.0


def test_a_task_that_is_too_late_is_refused_unless_another_lives(wrap: Wrap, fake: FakeModel) -> None:
    model = wrap()
    late = run_together(model, fake, [lambda: call(model, 1.0, timeout_seconds=math.ulp(0.0))])
    with pytest.raises(ResourceExhaustedError, match=r"^Run\(\) timeout exceeded while waiting in batching queue$"):
        late[0].result()
    assert fake.batch_sizes == [1]
    both = [lambda: call(model, 1.0, timeout_seconds=math.ulp(0.0)), lambda: call(model, 2.0)]
    assert [caller.result()["y"].tolist() for caller in run_together(model, fake, both)] == [[2.0], [4.0]]


def test_a_request_whose_time_is_over_at_once_is_left_to_the_model(wrap: Wrap, fake: FakeModel) -> None:
    fake.error = DeadlineExceededError("over")
    with pytest.raises(DeadlineExceededError):
        wrap(batch_timeout_micros=NEVER_MICROS).run(DOUBLE, {"x": floats(1.0)}, timeout_seconds=0.0)
    assert fake.timeouts == [0.0]


def test_close_runs_what_waits_first(wrap: Wrap, fake: FakeModel) -> None:
    model = wrap(batch_timeout_micros=NEVER_MICROS)
    waiting = call(model, 1.0)
    wait_until_queued(model, 1)
    model.close()
    assert waiting.result()["y"].tolist() == [2.0]
    assert fake.is_closed
    with pytest.raises(UnavailableError):
        model.run(DOUBLE, {"x": floats(1.0)})
    model.close()


def test_bad_parameters_are_refused_at_once(wrap: Wrap) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^Last entry in allowed_batch_sizes must match"):
        wrap(allowed_batch_sizes=(3,))


def test_a_client_cannot_make_any_number_of_queues(wrap: Wrap) -> None:
    outputs = {f"y{number}": TWO_OUTPUTS.outputs["y"] for number in range(400)}
    outputs = {name: type(spec)(f"{name}:0", spec.dtype) for name, spec in outputs.items()}
    many = Signature(name="many", inputs=DOUBLE.inputs, outputs=outputs)
    model = wrap()
    for name in outputs:
        assert model.run(many, {"x": floats(1.0)}, output_names=[name])[name].tolist() == [2.0]
    assert len(model._queues) == len(model._routes) == 256


class Noted:
    """A `BatchingObserver` that keeps what it is told."""

    def __init__(self) -> None:
        self.queuing: list[float] = []
        self.received: list[tuple[int, int]] = []
        self.formed: list[tuple[int, int]] = []
        self.num_runs = 0

    def queues_made(self, *, num_waiting_batches: Callable[[], int], num_running_batches: Callable[[], int]) -> None:
        raise AssertionError("No queues are made by a model.")

    def request_received(self, num_rows: int, *, num_inputs: int) -> None:
        self.received.append((num_rows, num_inputs))

    def task_dequeued(self, queuing_seconds: float) -> None:
        self.queuing.append(queuing_seconds)

    def batch_formed(self, num_rows: int, *, num_padding_rows: int) -> None:
        self.formed.append((num_rows, num_padding_rows))

    def batch_run(self) -> None:
        self.num_runs += 1


def test_an_observer_is_told_of_tasks_and_batches(fake: FakeModel) -> None:
    scheduler, noted = BatchScheduler(1, "test-batch"), Noted()
    parameters = BatchingParameters(max_batch_size=4, allowed_batch_sizes=(4,))
    model = BatchingModel(fake, parameters, scheduler, observer=noted)
    model.run(TWO_INPUTS, {"a": floats(1.0, 2.0), "b": floats(1.0, 2.0)})
    scheduler.close()
    assert (noted.received, noted.formed, noted.num_runs) == ([(2, 2)], [(4, 2)], 1)
    assert len(noted.queuing) == 1
    assert noted.queuing[0] >= 0.0


@settings(max_examples=60)
@given(
    st.lists(st.integers(1, 12), min_size=1, max_size=12),
    st.integers(0, 12),
    st.sampled_from([(), (16,), (3, 16)]),
    st.integers(1, 3),
)
def test_each_caller_gets_its_rows_whatever_the_sizes(
    sizes: list[int], max_execution: int, allowed: tuple[int, ...], num_threads: int
) -> None:
    scheduler = BatchScheduler(num_threads, "test-batch")
    parameters = BatchingParameters(
        max_batch_size=16,
        allowed_batch_sizes=allowed,
        max_enqueued_batches=1000,
        enable_large_batch_splitting=max_execution > 0,
        max_execution_batch_size=max_execution or None,
    )
    fake = FakeModel(lambda x: np.stack([x, -x], axis=1))
    model = BatchingModel(fake, parameters, scheduler)
    rows = [np.arange(size, dtype=np.float32) + 100 * number for number, size in enumerate(sizes)]
    callers = [Caller(lambda x=x: model.run(DOUBLE, {"x": x})["y"]) for x in rows]  # type: ignore[misc]  # As mypy sees defaults of lambdas.
    for x, caller in zip(rows, callers, strict=True):
        assert caller.result().tolist() == [[value, -value] for value in x.tolist()]
    scheduler.close()
