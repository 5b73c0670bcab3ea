"""§7.1: how metrics are printed."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from conformance.case import RestCase, ScenarioCase, ServerCase
from conformance.cases.batching import HALF_FILES, grpc_request, half, rest_request
from conformance.cases.text_protos import HALF, REGRESS, example, examples, spec, task
from conformance.metric_steps import Lines, NoLines, Samples, page
from conformance.play import Play
from conformance.stage import Stage
from tfsctl.serving.metrics.exposition import exposition
from tfsctl.serving.metrics.families import Counter, Family, Gauge, Histogram

_case = partial(ServerCase, section="7.1", files=HALF_FILES)
_COUNT = ":tensorflow:serving:request_count"


def _multi_inference(num_examples: int) -> Callable[[Play], None]:
    """So many examples in one request."""
    tasks = task(spec(HALF, signature="regress_x_to_y"), REGRESS)
    request = f"{tasks} input {{ {examples(*[example(x=1.0)] * num_examples)} }}"
    step = grpc_request(call="MultiInference", request=request)
    return lambda play: play.take(step)


def _asked_for(target: str, error: str) -> RestCase:
    return rest_request(method="GET", target=target, status=404, error=error)


def _is_printed(what: str, family: Family, *lines: str) -> ScenarioCase:
    """What is printed of a metric that no server has."""

    def check(_: Stage) -> None:
        assert exposition([family]).decode() == "".join(line + "\n" for line in lines)

    return ScenarioCase(section="7.1", what=what, play=check)


def _counted(name: str, *labels: str, values: tuple[str, ...] = ()) -> Counter:
    counter = Counter(name, *labels)
    counter.cell(*(values or labels)).add(3)
    return counter


def _measured(*values: float, limits: tuple[float, ...]) -> Histogram:
    histogram = Histogram("h", limits=limits)
    for value in values:
        histogram.cell().record(value)
    return histogram


def _set() -> Gauge:
    gauge = Gauge("g", "x")
    gauge.cell("y").set(5)
    return gauge


def _lines(play: Play) -> list[str]:
    return page(play).split("\n")


def _ends_with_one_newline(play: Play) -> None:
    text = page(play)
    assert text.endswith("\n")
    assert "\n\n" not in text


def _types_come_first(play: Play) -> None:
    """Every sample stands below the line of its metric's type."""
    current, names = "", []
    for line in _lines(play)[:-1]:
        if line.startswith("# TYPE "):
            current = line.split(" ")[2]
            names.append(current)
        else:
            assert re.fullmatch(rf"{current}(_bucket|_sum|_count)?\{{.*\}} [^ ]+", line), line
    assert len(set(names)) == len(names)


def _types_are_known(play: Play) -> None:
    types = {line.split(" ")[3] for line in _lines(play) if line.startswith("#")}
    assert types == {"counter", "gauge", "histogram"}


def _is_sorted(play: Play) -> None:
    names = [line.split(" ")[2].replace(":", "/") for line in _lines(play) if line.startswith("#")]
    assert names == sorted(names)


def _names_are_plain(play: Play) -> None:
    for line in _lines(play)[:-1]:
        if not line.startswith("#"):
            name, _, rest = line.partition("{")
            assert re.fullmatch(r"[A-Za-z_:][A-Za-z0-9_:]*", name), line
            assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", label) for label in re.findall(r'([^,{}"]+)="', rest)), (
                line
            )


def _counts_are_whole(play: Play) -> None:
    counters = {line.split(" ")[2] for line in _lines(play) if line.endswith(" counter")}
    serving = [line for line in _lines(play) if line.split("{")[0] in counters and line.startswith(":tensorflow:")]
    assert serving
    assert all(re.fullmatch(r".*\} \d+", line) for line in serving)


CASES = (
    # The page.
    _case(what="the page ends with one newline", steps=(half(1.0), _ends_with_one_newline)),
    _case(what="there is no help", steps=(NoLines("# HELP"),)),
    _case(what="each metric has one line with its type, above its samples", steps=(half(1.0), _types_come_first)),
    _case(what="types", steps=(_types_are_known,)),
    _case(what="metrics are in the order of their names", steps=(_is_sorted,)),
    _case(what="names are of plain characters", steps=(half(1.0), _names_are_plain)),
    # Names.
    _case(what="a slash in a name is a colon", steps=(Lines((f"# TYPE {_COUNT} counter",)),)),
    _is_printed("other characters in a name are colons", _counted("a-b.c é"), "# TYPE a:b:c:: counter", "a:b:c::{} 3"),
    _is_printed("an underscore in a name stays", _counted("_a_b"), "# TYPE _a_b counter", "_a_b{} 3"),
    _is_printed("a digit at the front of a name", _counted("9lives"), "# TYPE _9lives counter", "_9lives{} 3"),
    _is_printed(
        "characters in names of labels",
        _counted("c", "a-b", "c:d", "e_f"),
        "# TYPE c counter",
        'c{a_b="a-b",c_d="c:d",e_f="e_f"} 3',
    ),
    _is_printed("a digit at the front of a label", _counted("c", "1st"), "# TYPE c counter", 'c{_1st="1st"} 3'),
    # Values of labels.
    _case(
        what="quotes and backslashes in the value of a label are escaped",
        steps=(
            _asked_for("/v1/models/a%22b%5Cc", 'Could not find any versions of model a"b\\c'),
            Samples(_COUNT, {'model_name="a\\"b\\\\c",status="NOT_FOUND"': 1}),
        ),
    ),
    _case(
        what="other characters in the value of a label stay",
        steps=(
            _asked_for("/v1/models/%C3%A4%7B%7D,=%3A%2F", "Could not find any versions of model ä{},=:/"),
            Samples(_COUNT, {'model_name="ä{},=:/",status="NOT_FOUND"': 1}),
        ),
    ),
    _case(
        what="a newline in the value of a label",
        steps=(
            _asked_for("/v1/models/a%0Ab", "Could not find any versions of model a\nb"),
            Samples(_COUNT, {'model_name="a\\nb",status="NOT_FOUND"': 1}),
        ),
        difference="metric labels",
    ),
    # Samples.
    _case(
        what="a sample without labels has braces",
        batching="\n",
        steps=(half(1.0), Lines((":tensorflow:serving:batching_session:wrapped_run_count{} 1",))),
    ),
    _case(
        what="labels are in the order of the metric",
        steps=(half(1.0), Lines((f'{_COUNT}{{model_name="{HALF}",status="OK"}} 1',))),
    ),
    _case(what="counters are whole numbers", steps=(half(1.0), _counts_are_whole)),
    _case(
        what="a metric without samples has its type alone",
        steps=(Lines(("# TYPE :tensorflow:serving:mlmd_map gauge",)), NoLines(":tensorflow:serving:mlmd_map")),
    ),
    # Histograms.
    _case(
        what="a histogram, whole",
        steps=(
            _multi_inference(3),
            _multi_inference(3),
            Lines(
                (
                    "# TYPE :tensorflow:serving:request_example_counts histogram",
                    *(
                        f':tensorflow:serving:request_example_counts_bucket{{model="{HALF}",le="{limit}"}} {count}'
                        for limit, count in (
                            *(("1", 0), ("2", 0), ("4", 2), ("8", 2), ("16", 2), ("32", 2), ("64", 2), ("128", 2)),
                            *(("256", 2), ("512", 2), ("1024", 2), ("2048", 2), ("4096", 2), ("8192", 2)),
                            *(("16384", 2), ("+Inf", 2)),
                        )
                    ),
                    f':tensorflow:serving:request_example_counts_sum{{model="{HALF}"}} 6',
                    f':tensorflow:serving:request_example_counts_count{{model="{HALF}"}} 2',
                )
            ),
        ),
    ),
    _case(
        what="a value equal to a limit counts in the next bucket",
        steps=(
            _multi_inference(1),
            _multi_inference(2),
            _multi_inference(4),
            Lines(
                tuple(
                    f':tensorflow:serving:request_example_counts_bucket{{model="{HALF}",le="{limit}"}} {count}'
                    for limit, count in (("1", 0), ("2", 1), ("4", 2), ("8", 3))
                )
            ),
        ),
    ),
    _is_printed(
        "a histogram without labels",
        _measured(1.5, limits=(1.0, 2.0)),
        "# TYPE h histogram",
        'h_bucket{le="1"} 0',
        'h_bucket{le="2"} 1',
        'h_bucket{le="+Inf"} 1',
        "h_sum{} 1.5",
        "h_count{} 1",
    ),
    _is_printed(
        "limits and sums have six digits",
        _measured(1234567.0, limits=(10 * 1.8**4, 10 * 1.8**20)),
        "# TYPE h histogram",
        'h_bucket{le="104.976"} 0',
        'h_bucket{le="1.27482e+06"} 1',
        'h_bucket{le="+Inf"} 1',
        "h_sum{} 1.23457e+06",
        "h_count{} 1",
    ),
    _is_printed(
        "values beyond all limits",
        _measured(5.0, 7.0, limits=(1.0,)),
        "# TYPE h histogram",
        'h_bucket{le="1"} 0',
        'h_bucket{le="+Inf"} 2',
        "h_sum{} 12",
        "h_count{} 2",
    ),
    _is_printed("a gauge", _set(), "# TYPE g gauge", 'g{x="y"} 5'),
)
