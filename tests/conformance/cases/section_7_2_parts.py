"""§7.2: the metrics of batching, of warm-up, and of TensorFlow."""

from __future__ import annotations

from functools import partial

from conformance.at_once import Together
from conformance.case import GrpcCase, ServerCase
from conformance.cases.batching import HALF_FILES, grpc_request, half, half_by_rest, parameters, refused_half
from conformance.cases.text_protos import HALF, floats, predict, spec, tensor
from conformance.metric_steps import Limits, Lines, NoLines, Samples, page
from conformance.play import Play
from conformance.steps import Put, States, Status
from conformance.warm_ups import FILE, predict_log, records

_TF = ":tensorflow:serving:"
_BATCHING = f"{_TF}batching_session:"
_case = partial(ServerCase, section="7.2", files=HALF_FILES)
_MICROS = tuple(f"{10 * 1.8**power:.6g}" for power in range(33))
_SIZES = tuple(str(2**power) for power in range(14))
_AT_ONCE = "batch_timeout_micros { value: 0 }"
_PREDICT = predict_log(x=floats(1.0))
_PATH = f'model_path="{{home}}/{HALF}/1"'
_OK = f'{_PATH},status="OK"'
_READ, _WARMUP = f"{_TF}model_warmup_records_read", f"{_TF}model_warmup_latency_count"
_LOADS = ":tensorflow:cc:saved_model:"


def _count(name: str, count: int, labels: str = "") -> Samples:
    """So many values in a histogram."""
    return Samples(f"{_BATCHING}{name}_count", {labels: count})


def _sum(name: str, total: int, labels: str = "") -> Samples:
    return Samples(f"{_BATCHING}{name}_sum", {labels: total})


def _sums(*rows: int) -> list[GrpcCase]:
    """A request of two inputs with so many rows each."""
    return [
        grpc_request(
            request=predict(
                spec("sum_difference"),
                a=floats(*[1.0] * count),
                b=tensor("DT_INT32", [count], f"int_val: {[1] * count}"),
            )
        )
        for count in rows
    ]


def _warmed_up(what: str, *logs: str | bytes, settings: dict[str, int] | None = None, num_read: int) -> ServerCase:
    return _case(
        what=what,
        files={**HALF_FILES, f"{HALF}/1/{FILE}": records(*logs)},
        settings=settings or {},
        steps=(Samples(_READ, {_OK: num_read} if num_read else {}), Samples(_WARMUP, {_OK: 1})),
    )


def _load_took_a_while(play: Play) -> None:
    """A counter of microseconds, for loads that succeed."""
    (line,) = [line for line in page(play).splitlines() if line.startswith(f"{_LOADS}load_latency{{")]
    labels, micros = line.split(" ")
    assert labels == play.expand(f"{_LOADS}load_latency{{{_PATH}}}")
    assert int(micros) > 0


CASES = (
    # batching_session.
    _case(
        what="queuing_latency counts tasks",
        batching=parameters(2),
        steps=(Together(half(1.0), half_by_rest(2.0)), _count("queuing_latency", 2, 'thread_pool_name=""')),
    ),
    _case(
        what="queuing_latency says nothing of what is refused",
        batching=parameters(1),
        steps=(
            refused_half("INVALID_ARGUMENT", "Task size 2 is larger than maximum input batch size 1", 1.0, 2.0),
            half(1.0),
            _count("queuing_latency", 1, 'thread_pool_name=""'),
        ),
    ),
    _case(
        what="limits of queuing_latency",
        batching="\n",
        steps=(
            half(1.0),
            Limits(
                f"{_BATCHING}queuing_latency",
                'thread_pool_name=""',
                tuple(f"{100 * 1.2**power:.6g}" for power in range(52)),
            ),
        ),
    ),
    _case(
        what="wrapped_run_count counts batches",
        batching=parameters(2),
        steps=(
            Together(half(1.0), half(2.0), half(3.0), half(4.0)),
            Lines((f"{_BATCHING}wrapped_run_count{{}} 2",)),
        ),
    ),
    _case(
        what="wrapped_run_count counts batches that fail",
        files={"failing/1": "failing"},
        batching=parameters(1),
        steps=(
            grpc_request(request=predict(spec("failing"), x=floats(-1.0)), code="INVALID_ARGUMENT"),
            Samples(f"{_BATCHING}wrapped_run_count", {"": 1}),
        ),
    ),
    _case(
        what="padding_size is there once there was a batch",
        batching=parameters(1),
        steps=(
            NoLines(f"# TYPE {_BATCHING}padding_size"),
            half(1.0),
            Lines((f"# TYPE {_BATCHING}padding_size histogram",)),
        ),
    ),
    _case(
        what="padding_size counts by the size of the batch",
        batching=parameters(4, "allowed_batch_sizes: [2, 4]", _AT_ONCE),
        steps=(
            half(1.0),
            half(1.0, 2.0, 3.0),
            half(1.0, 2.0),
            Samples(f"{_BATCHING}padding_size_sum", {'execution_batch_size="2"': 1, 'execution_batch_size="4"': 1}),
            Samples(f"{_BATCHING}padding_size_count", {'execution_batch_size="2"': 2, 'execution_batch_size="4"': 1}),
            Limits(f"{_BATCHING}padding_size", 'execution_batch_size="2"', _SIZES),
        ),
    ),
    _case(
        what="input_batch_size counts the rows of requests, not of batches",
        batching=parameters(4, "allowed_batch_sizes: [4]"),
        steps=(
            Together(half(1.0), half(2.0, 3.0, 4.0)),
            _count("input_batch_size", 2),
            _sum("input_batch_size", 4),
            Limits(f"{_BATCHING}input_batch_size", "", _SIZES),
        ),
    ),
    _case(
        what="input_batch_size counts each input",
        files={"sum_difference/1": "sum_difference"},
        batching="\n",
        steps=(*_sums(1, 3), _count("input_batch_size", 4), _sum("input_batch_size", 8)),
    ),
    _case(
        what="input_batch_size does not count padding",
        batching=parameters(4, "allowed_batch_sizes: [4]", _AT_ONCE),
        steps=(half(1.0), _sum("input_batch_size", 1), _sum("processed_batch_size", 4)),
    ),
    _case(
        what="processed_batch_size counts the rows of batches",
        batching=parameters(4),
        steps=(
            Together(half(1.0), half(2.0, 3.0, 4.0)),
            _count("processed_batch_size", 1),
            _sum("processed_batch_size", 4),
            Limits(f"{_BATCHING}processed_batch_size", "", _SIZES),
        ),
    ),
    _case(
        what="processed_batch_size counts once for several inputs",
        files={"sum_difference/1": "sum_difference"},
        batching="\n",
        steps=(*_sums(1, 3), _count("processed_batch_size", 2), _sum("processed_batch_size", 4)),
    ),
    _case(
        what="without batching its metrics have no samples",
        steps=(half(1.0), NoLines(_BATCHING), NoLines(f"# TYPE {_BATCHING}padding_size")),
    ),
    # model_warmup.
    _warmed_up("model_warmup_records_read counts records", _PREDICT, _PREDICT, num_read=2),
    _warmed_up(
        "model_warmup_records_read counts a record once, however often it is run",
        _PREDICT,
        settings={"num_request_iterations_for_warmup": 5},
        num_read=1,
    ),
    _case(
        what="limits of model_warmup_latency",
        files={**HALF_FILES, f"{HALF}/1/{FILE}": records(_PREDICT)},
        steps=(Limits(f"{_TF}model_warmup_latency", _OK, _MICROS),),
    ),
    _case(
        what="without a warm up file nothing is counted",
        steps=(Samples(_READ, {}), Samples(_WARMUP, {})),
    ),
    _case(
        what="a warm up in which a record fails is not counted",
        files={**HALF_FILES, "bad/1": HALF, f"bad/1/{FILE}": records(_PREDICT, b"nonsense")},
        settings={"max_num_load_retries": 0},
        steps=(Status("bad", 1, "END", "INVALID_ARGUMENT"), Samples(_READ, {}), Samples(_WARMUP, {})),
    ),
    _case(
        what="a warm up is not counted as requests",
        files={**HALF_FILES, f"{HALF}/1/{FILE}": records(_PREDICT)},
        steps=(Samples(f"{_TF}request_count", {}), Samples(f"{_TF}request_latency_count", {})),
    ),
    # What TensorFlow counts.
    _case(
        what="load_attempt_count counts loads",
        settings={"max_num_load_retries": 0},
        steps=(
            Lines((f"# TYPE {_LOADS}load_attempt_count counter",)),
            Samples(f"{_LOADS}load_attempt_count", {f'{_PATH},status="success"': 1}),
            Put(f"{HALF}/2", None),
            States(HALF, {2: "END", 1: "AVAILABLE"}),
            Samples(
                f"{_LOADS}load_attempt_count",
                {f'{_PATH},status="success"': 1, f'model_path="{{home}}/{HALF}/2",status="fail"': 1},
            ),
        ),
    ),
    _case(
        what="load_latency is a counter of microseconds",
        steps=(Lines((f"# TYPE {_LOADS}load_latency counter",)), _load_took_a_while),
    ),
)
