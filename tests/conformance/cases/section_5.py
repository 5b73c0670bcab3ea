"""§5: warm-up. What fails has section_5_failures.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from conformance.case import GrpcCase, ServerCase
from conformance.cases.batching import HALF_FILES, batch_sizes, grpc_request, num_runs
from conformance.cases.text_protos import (
    CLASSIFY,
    REGRESS,
    example,
    examples,
    floats,
    predict,
    predicted,
    spec,
    tensor,
)
from conformance.layout import Content
from conformance.metric_steps import Samples
from conformance.play import Play
from conformance.steps import Logs, Move, Order
from conformance.warm_ups import FILE, example_log, predict_log, records, several_log, takes
from serving.reload_calls import entry, listed
from tfsctl.serving import ModelConfig, ServerConfig

_case = partial(ServerCase, section="5")
_COUNT = predict_log("incr_counter")
_ONE = examples(example(x=1.0))
_WORKS = {"max_num_load_retries": 0}
_READ = ":tensorflow:serving:model_warmup_records_read"


def _has_run(count: float) -> GrpcCase:
    """The counter has been incremented so often."""
    used = spec("counter", 1, signature="get_counter")
    output = tensor("DT_FLOAT", [], f"float_val: {count}")
    request = predict(spec("counter", signature="get_counter"))
    return grpc_request(request=request, response=predicted(used, output=output))


def _runs(what: str, content: bytes, count: float, **settings: object) -> ServerCase:
    """A file of the counter, and how often it has been incremented."""
    files: Mapping[str, Content] = {"counter/1": "counter", f"counter/1/{FILE}": content}
    return _case(what=what, files=files, settings=settings, steps=(_has_run(count),))


def _is_fine(what: str, *logs: str) -> ServerCase:
    """A file of `examples` whose records are all run."""
    files: Mapping[str, Content] = {"examples/1": "examples", f"examples/1/{FILE}": records(*logs)}
    path = 'model_path="{home}/examples/1",status="OK"'
    return _case(what=what, files=files, steps=(Samples(_READ, {path: len(logs)}),))


def _is_on_by_default(_: Play) -> None:
    config = ServerConfig(models=(ModelConfig(name="m", base_path=Path("m")),))
    assert (config.enable_model_warmup, config.num_request_iterations_for_warmup) == (True, 0)


def _comes_before(first: str, second: str) -> Callable[[Play], None]:
    """Lines of the log that begin so."""

    def check(play: Play) -> None:
        found = [start for line in play.log for start in (first, second) if line.startswith(start)]
        assert found == [first, second]

    return check


_PATH = f"{{home}}/counter/1/{FILE}"
_SPEC = 'model_spec { name: "counter" version { value: 9 } signature_name: "incr_counter" }'
_LABELLED = 'model_spec { name: "nobody" version_label: "none" signature_name: "incr_counter" }'

CASES = (
    # What is run.
    _case(what="warm up is on by default", files={"m/1": 1}, steps=(_is_on_by_default,)),
    _runs("each record is run once", records(_COUNT, _COUNT), 2),
    _runs("records are run in their order", records(_COUNT, predict_log("reset_counter"), _COUNT), 1),
    _runs("iterations", records(_COUNT, _COUNT), 10, num_request_iterations_for_warmup=5),
    _runs(
        "the iterations of a record follow one another",
        records(_COUNT, predict_log("reset_counter")),
        0,
        num_request_iterations_for_warmup=3,
    ),
    _runs("0 iterations are one", records(_COUNT), 1, num_request_iterations_for_warmup=0),
    _runs("warm up that is off", records(_COUNT, b"nonsense"), 0, enable_model_warmup=False),
    _runs("name and version of a record are ignored", records(f"predict_log {{ request {{ {_SPEC} }} }}"), 1),
    _runs("name and label of a record are ignored", records(f"predict_log {{ request {{ {_LABELLED} }} }}"), 1),
    _runs("the answer in a record is ignored", records(f"predict_log {{ request {{ {_SPEC} }} response {{}} }}"), 1),
    _runs("a record without a log is ignored", records("", _COUNT), 1),
    _runs("metadata in a record is ignored", records(f"log_metadata {{}} {_COUNT}"), 1),
    _runs("an empty file", b"", 0),
    _runs("1000 records", records(*[_COUNT] * 1000), 1000),
    _is_fine("classify", example_log("classify_log", "classify", _ONE)),
    _is_fine("regress", example_log("regress_log", "regress", _ONE)),
    _is_fine("multi inference", several_log(_ONE, ("classify", CLASSIFY), ("regress", REGRESS))),
    _is_fine(
        "all kinds together",
        example_log("classify_log", "classify", _ONE),
        example_log("regress_log", "regress", _ONE),
        several_log(_ONE, ("regress", REGRESS)),
    ),
    _case(
        what="predict with the signature that is not named",
        files={**HALF_FILES, f"half_plus_two/1/{FILE}": records(predict_log(x=floats(1.0)))},
        steps=(Samples(_READ, {'model_path="{home}/half_plus_two/1",status="OK"': 1}),),
    ),
    _case(
        what="warm up goes through batching",
        files={**HALF_FILES, f"half_plus_two/1/{FILE}": records(predict_log(x=floats(1.0, 2.0)))},
        batching="\n",
        steps=(num_runs(1), *batch_sizes(count=1, rows=2)),
    ),
    # When.
    _case(
        what="warm up comes before available",
        files={"m/1": 1, "slow/1": "slow", f"slow/1/{FILE}": takes(0.1)},
        steps=(_comes_before("Finished reading warmup data for model at", "slow/1 is AVAILABLE"),),
    ),
    _case(
        what="a new version takes over when it is warmed up",
        files={"counter/1": "counter", "made/2": "counter", f"made/2/{FILE}": records(_COUNT, _COUNT, _COUNT)},
        config=listed(entry("counter", "{home}/counter")),
        steps=(
            Move("made/2", "counter/2"),
            Order(("counter/2 AVAILABLE", "counter/1 END")),
            grpc_request(
                request=predict(spec("counter", signature="get_counter")),
                response=predicted(
                    spec("counter", 2, signature="get_counter"), output=tensor("DT_FLOAT", [], "float_val: 3")
                ),
            ),
        ),
    ),
    # What is logged.
    _case(
        what="log of a warm up",
        files={"counter/1": "counter", f"counter/1/{FILE}": records(_COUNT)},
        steps=(
            Logs(f"Starting to read warmup data for model at {_PATH}"),
            Logs(f"Finished reading warmup data for model at {_PATH}"),
        ),
    ),
    _case(
        what="log without a file",
        files={"counter/1": "counter"},
        steps=(Logs(f"No warmup data file found at {_PATH}"), _has_run(0)),
    ),
)
