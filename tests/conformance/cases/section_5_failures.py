"""§5: warm-up. What fails, and what becomes of that."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from functools import partial

from conformance.case import ServerCase
from conformance.cases.batching import HALF_FILES, half
from conformance.cases.text_protos import (
    PREDICT,
    REGRESS,
    example,
    examples,
    tensor,
)
from conformance.layout import Content
from conformance.metric_steps import Samples
from conformance.steps import Answers, Move, Status
from conformance.warm_ups import FILE, example_log, predict_log, records, several_log
from serving.reload_calls import entry, listed

_case = partial(ServerCase, section="5")
_COUNT = predict_log("incr_counter")
_ONE = examples(example(x=1.0))
_WORKS = {"max_num_load_retries": 0}
_BAD_PATH = f"{{home}}/bad/1/{FILE}"
_NOT_TFRECORD = ". Please verify your warmup data is in TFRecord format."
_NOT_AVAILABLE = (
    "1 servable(s) did not become available: {{{name: counter version: 1} due to error:"
    " UNIMPLEMENTED: Unsupported log_type for warmup: 5}, }"
)


def _fails(what: str, model: str, content: Content, *error: str, **more: str) -> ServerCase:
    """A file that keeps its version from being loaded, and no other; `error` is the code, and perhaps the text."""
    files: Mapping[str, Content] = {**HALF_FILES, "bad/1": model, f"bad/1/{FILE}": content}
    steps = (Status("bad", 1, "END", *error, **more), half(1.0))
    return _case(what=what, files=files, settings=_WORKS, steps=steps)


def _refused(what: str, log: str, text: str, code: str = "INVALID_ARGUMENT") -> ServerCase:
    """A request that is refused with what a client would be told."""
    return _fails(what, "examples", records(log), code, text)


CASES = (
    # What fails.
    _fails(
        "more than 1000 records",
        "counter",
        records(*[_COUNT] * 1001),
        "INVALID_ARGUMENT",
        f"Number of warmup records exceeds the maximum (1000) at {_BAD_PATH}",
    ),
    _fails(
        "record 1001 is run before it is too many",
        "counter",
        records(*[_COUNT] * 1000, predict_log("none")),
        "FAILED_PRECONDITION",
        'Serving signature key "none" not found.',
    ),
    _fails(
        "record 1002 is not run",
        "counter",
        records(*[_COUNT] * 1001, predict_log("none")),
        "INVALID_ARGUMENT",
        f"Number of warmup records exceeds the maximum (1000) at {_BAD_PATH}",
    ),
    _fails(
        "a session run log",
        "counter",
        records("session_run_log {}"),
        "UNIMPLEMENTED",
        "Unsupported log_type for warmup: 5",
    ),
    _fails(
        "a log of streamed predict",
        "counter",
        records("predict_streamed_log {}"),
        "UNIMPLEMENTED",
        "Unsupported log_type for warmup: 7",
    ),
    _fails("a text file", "counter", b"no TFRecord file at all", "DATA_LOSS", ends=_NOT_TFRECORD),
    _fails("a short file", "counter", b"short", "DATA_LOSS", ends=_NOT_TFRECORD),
    _fails("a file that is cut off", "counter", records(_COUNT)[:-1], "DATA_LOSS", ends=_NOT_TFRECORD),
    _fails("a wrong checksum", "counter", records(_COUNT)[:-1] + b"\x00", "DATA_LOSS", ends=_NOT_TFRECORD),
    _fails("a compressed file", "counter", gzip.compress(records(_COUNT)), "DATA_LOSS", ends=_NOT_TFRECORD),
    _fails(
        "a record that is no log",
        "counter",
        records(b"some text"),
        "INVALID_ARGUMENT",
        starts="Failed to parse warmup record: ",
        ends=f" from {_BAD_PATH}",
    ),
    _refused(
        "predict with an unknown signature",
        predict_log("none"),
        'Serving signature key "none" not found.',
        "FAILED_PRECONDITION",
    ),
    _refused(
        "classify with an unknown signature",
        example_log("classify_log", "none", _ONE),
        "No signature was found with the name: none",
    ),
    _refused(
        "regress with an unknown signature",
        example_log("regress_log", "none", _ONE),
        "No signature was found with the name: none",
    ),
    _refused("regress without examples", example_log("regress_log", "regress", ""), "Input is empty."),
    _refused(
        "multi inference with an unknown signature",
        several_log(_ONE, ("none", REGRESS)),
        "Requested signature not found in model graph: none",
    ),
    _refused(
        "multi inference with another method",
        several_log(_ONE, ("regress", PREDICT)),
        f"Unsupported signature method_name: {PREDICT}",
        "UNIMPLEMENTED",
    ),
    _fails(
        "predict with another type",
        "half_plus_two",
        records(predict_log(x=tensor("DT_DOUBLE", [1], "double_val: 1.0"))),
        "INVALID_ARGUMENT",
        "Expects arg[0] to be float but double is provided",
    ),
    # What a failure leads to.
    _case(
        what="a warm up that fails is retried with its load",
        files={"m/1": 1, "bad/1": "counter", f"bad/1/{FILE}": records(b"nonsense")},
        settings={"max_num_load_retries": 2, "load_retry_interval_seconds": 0.01},
        steps=(
            Status("bad", 1, "END", "INVALID_ARGUMENT"),
            Samples(
                ":tensorflow:cc:saved_model:load_attempt_count",
                {
                    'model_path="{home}/bad/1",status="success"': 3,
                    'model_path="{home}/m/1",status="success"': 1,
                },
            ),
        ),
    ),
    _case(
        what="a warm up that fails ends the start",
        files={"counter/1": "counter", f"counter/1/{FILE}": records("session_run_log {}")},
        settings=_WORKS,
        refused=(
            "UNKNOWN",
            _NOT_AVAILABLE,
        ),
    ),
    _case(
        what="the old version serves on where the warm up of a new one fails",
        config=listed(entry("m", "{home}/m")),
        files={"m/1": 1, "made/2": 2, f"made/2/{FILE}": records(b"nonsense")},
        settings=_WORKS,
        steps=(
            Move("made/2", "m/2"),
            Status("m", 2, "END", "INVALID_ARGUMENT"),
            Answers("m", 1),
        ),
    ),
)
