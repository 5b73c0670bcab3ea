"""What is read from traces."""

from __future__ import annotations

import pytest

from profiling.traces import trace
from tfsctl.errors import InternalError
from tfsctl.profile.report import LoadTime
from tfsctl.profile.stages import op_times, stages_of_runs, stages_of_spans
from tfsctl.profile.trace import OpTotal, RequestSpan, Trace, read_trace


def span(ms: float, **stages: float) -> RequestSpan:
    return RequestSpan(1, "m", 1, "serving_default", "Predict", "GRPC", True, ms, stages)


def load(mean_ms: float) -> LoadTime:
    return LoadTime("grpc", 1, 10, 0, 100.0, mean_ms, mean_ms, mean_ms, "")


def test_operations_have_the_time_without_those_within_them() -> None:
    found = read_trace(trace([("f/call:PartitionedCall", 0, 100), ("f/a:MatMul", 10, 30), ("f/b:Add", 40, 20)]))

    assert found.ops == (
        OpTotal("PartitionedCall", "f/call", 1, 0.05),
        OpTotal("MatMul", "f/a", 1, 0.03),
        OpTotal("Add", "f/b", 1, 0.02),
    )


def test_operations_of_all_threads_are_added_up() -> None:
    found = read_trace(trace([("a:MatMul", 0, 10), ("SessionRun", 0, 50)], [("a:MatMul", 5, 20), ("X::Y", 0, 9)]))

    assert found.ops == (OpTotal("MatMul", "a", 2, 0.03),)
    assert (found.session_runs, found.requests, found.host_name) == ((0.05,), None, "host")


def test_what_is_no_trace_is_refused() -> None:
    with pytest.raises(InternalError, match="cannot be read"):
        read_trace(b"\x0a\x05\xff\xff\xff\xff\xff")


def test_empty_trace_has_nothing() -> None:
    assert read_trace(b"") == Trace(None, (), (), ())


def test_stages_and_the_remainder_add_up_to_what_the_client_saw() -> None:
    requests = [span(3.0, parse=1.0, run=1.5, encode=0.5), span(5.0, queue=2.0, parse=1.0, run=1.5, encode=0.5)]

    stages = stages_of_spans(requests, load(8.0))

    assert [(part.name, part.mean_ms) for part in stages.parts] == [
        ("queue", 1.0),
        ("parse", 1.0),
        ("run", 1.5),
        ("encode", 0.5),
        ("client and wire", 4.0),
    ]
    assert (stages.total.mean_ms, sum(part.share for part in stages.parts)) == (8.0, 1.0)
    assert (stages.parts[0].p50_ms, stages.parts[0].p99_ms) == (0.0, 2.0)


def test_without_load_the_stages_are_the_whole() -> None:
    stages = stages_of_spans([span(3.0, parse=1.0, run=1.5, encode=0.5)], None)

    assert [part.name for part in stages.parts] == ["queue", "parse", "run", "encode"]
    assert stages.total.mean_ms == 3.0


def test_clocks_of_two_sides_never_make_a_negative_remainder() -> None:
    stages = stages_of_spans([span(3.0, parse=1.0, run=2.0)], load(2.9))

    assert (stages.total.mean_ms, stages.parts[-1].mean_ms) == (3.0, 0.0)


def test_server_without_spans_is_told_from_tensorflows_runs() -> None:
    found = read_trace(trace([("SessionRun", 0, 1000), ("SessionRun", 2000, 3000)]))

    stages = stages_of_runs(found, load(5.0), None)

    assert [(part.name, part.mean_ms) for part in stages.parts] == [("run", 2.0), ("client and wire", 3.0)]
    assert any("cannot be told" in note for note in stages.notes)


def test_batching_of_a_server_without_spans_is_told_by_its_means() -> None:
    found = read_trace(trace([("SessionRun", 0, 1000)], [("BatchingSessionRun", 0, 3000)]))

    stages = stages_of_runs(found, None, None)

    assert [(part.name, part.mean_ms, part.p99_ms) for part in stages.parts] == [
        ("queue", 2.0, None),
        ("run", 1.0, 1.0),
    ]
    assert stages.total.mean_ms == 3.0


def test_metrics_tell_parsing_and_encoding_together() -> None:
    from tfsctl.bench.level_result import TimeSplit

    found = read_trace(trace([("SessionRun", 0, 1000)]))

    stages = stages_of_runs(found, load(5.0), TimeSplit(total=5.0, server=1.5))

    assert [(part.name, part.mean_ms) for part in stages.parts] == [
        ("run", 1.0),
        ("parse and encode", 0.5),
        ("client and wire", 3.5),
    ]


def test_shares_of_operations_are_of_all() -> None:
    ops = op_times([OpTotal("MatMul", "a", 2, 3.0), OpTotal("Add", "b", 1, 1.0)])

    assert [(op.mean_ms, op.share) for op in ops] == [(1.5, 0.75), (1.0, 0.25)]
    assert op_times([]) == ()
