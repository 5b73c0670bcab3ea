"""Traces in a few lines."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from tfsctl.profiler_protos import ProfileRequest, XSpace
from tfsctl.protos import stand_in_for_tensorflow
from tfsctl.serving.profiler.trace_summary import is_empty, summarize

MILLISECOND = 1_000_000_000


def trace(**durations: list[int]) -> Any:
    """A trace of events by their names (`__` stands for `:`), each with durations in ms."""
    space = XSpace()
    space.planes.add(name=b"Task Environment")
    plane = space.planes.add(name=b"/host:CPU")
    plane.lines.add()
    line = plane.lines.add()
    for number, (name, milliseconds) in enumerate(durations.items(), start=1):
        plane.event_metadata.add(key=number).value.name = name.replace("__", ":").encode()
        for duration in milliseconds:
            line.events.add(metadata_id=number, duration_ps=duration * MILLISECOND)
    return space


@pytest.mark.parametrize(("durations", "empty"), [({}, True), ({"SessionRun": []}, True), ({"SessionRun": [1]}, False)])
def test_trace_without_events_is_empty(durations: dict[str, list[int]], empty: bool) -> None:
    assert is_empty(trace(**durations).SerializeToString()) is empty


def test_fields_that_are_not_known_are_skipped() -> None:
    unknown = b"\x48\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" + b"\x51" + b"x" * 8 + b"\x5d" + b"x" * 4

    assert is_empty(unknown)
    assert not is_empty(unknown + trace(SessionRun=[1]).SerializeToString())


def test_summary_counts_runs_and_their_time() -> None:
    text = summarize(trace(SessionRun=[1, 3], x__MatMul=[2]).SerializeToString(), 0.5, level=1)

    assert text.splitlines() == [
        "Observed for: 500 ms",
        "Model runs: 2 (4.0 per second)",
        "Time of a model run: 2.000 ms on average, 3.000 ms at most",
    ]


def test_summary_of_level_2_names_the_busiest_operations() -> None:
    space = trace(SessionRun=[9], a__Add=[1, 1], b__MatMul=[5], ExecutorState____Process=[7])

    assert summarize(space.SerializeToString(), 1.0, level=2).splitlines()[3:] == [
        "5.000 ms in 1 x b:MatMul",
        "2.000 ms in 2 x a:Add",
    ]


def test_summary_without_runs() -> None:
    assert summarize(b"", 0.0, level=2) == "Observed for: 0 ms\nModel runs: 0 (0.0 per second)\n"


def test_names_may_be_any_bytes() -> None:
    space = trace(name__Op=[1])
    space.planes[1].event_metadata[0].value.name = b"\xff:Op"

    assert "x \N{REPLACEMENT CHARACTER}:Op" in summarize(space.SerializeToString(), 1.0, level=2)


@pytest.mark.parametrize("ours", [XSpace.DESCRIPTOR, ProfileRequest.DESCRIPTOR.fields_by_name["opts"].message_type])
def test_fields_have_the_numbers_that_tensorflow_gives_them(ours: Any) -> None:
    with stand_in_for_tensorflow():
        package = "tensorflow.tsl.profiler.protobuf."
        modules = [importlib.import_module(package + name) for name in ("xplane_pb2", "profiler_options_pb2")]
    theirs = next(getattr(module, ours.name) for module in modules if hasattr(module, ours.name)).DESCRIPTOR

    def check(ours: Any, theirs: Any) -> None:
        for field in ours.fields:
            known = theirs.fields_by_name[field.name]
            assert known.number == field.number
            if field.message_type is not None:
                check(field.message_type, known.message_type)

    check(ours, theirs)
