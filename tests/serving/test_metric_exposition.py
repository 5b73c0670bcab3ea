"""The rules of tensorflow-serving.md §7.1, sentence by sentence, and the families of §7.2."""

from __future__ import annotations

import pytest

from tfsctl.serving.metrics.exposition import exposition, label_name, metric_name
from tfsctl.serving.metrics.families import Computed, Counter, Gauge, Histogram, exponential
from tfsctl.serving.metrics.server_metrics import Metrics

# tensorflow-serving.md §7.2: name, kind, labels, the number of finite limits, the last of them as it is printed.
FAMILIES = [
    ("request_count", "counter", ("model_name", "status"), 0, ""),
    ("request_latency", "histogram", ("model_name", "API", "entrypoint"), 33, "1.47476e+09"),
    ("runtime_latency", "histogram", ("model_name", "API", "runtime"), 33, "1.47476e+09"),
    ("request_example_counts", "histogram", ("model",), 15, "16384"),
    ("request_example_count_total", "counter", ("model",), 0, ""),
    ("request_log_count", "counter", ("model_name", "status_code"), 0, ""),
    ("model_warmup_latency", "histogram", ("model_path", "status"), 33, "1.47476e+09"),
    ("model_warmup_records_read", "counter", ("model_path", "status"), 0, ""),
    ("mlmd_map", "gauge", ("model_name", "version"), 0, ""),
    ("batching_session/queuing_latency", "histogram", ("thread_pool_name",), 52, "1.09205e+06"),
    ("batching_session/wrapped_run_count", "counter", (), 0, ""),
    ("batching_session/input_batch_size", "histogram", (), 14, "8192"),
    ("batching_session/processed_batch_size", "histogram", (), 14, "8192"),
]


def lines(*families: Counter | Gauge | Histogram | Computed) -> list[str]:
    page = exposition(families).decode()
    assert page.endswith("\n")
    return page[:-1].split("\n")


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("/tensorflow/serving/request_count", ":tensorflow:serving:request_count"),
        ("a-b.c d", "a:b:c:d"),
        ("é", ":"),
        ("9lives", "_9lives"),
        ("_ok_1", "_ok_1"),
    ],
)
def test_metric_name_is_of_letters_digits_underscores_and_colons(name: str, printed: str) -> None:
    assert metric_name(name) == printed


@pytest.mark.parametrize(("name", "printed"), [("API", "API"), ("a-b/c_d:e", "a_b_c_d_e"), ("1st", "_1st")])
def test_label_name_is_of_letters_digits_and_underscores(name: str, printed: str) -> None:
    assert label_name(name) == printed


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ('a"b', 'a\\"b'),
        ("a\\b", "a\\\\b"),
        ("é/:{}", "é/:{}"),
        # No such escape: readers of Prometheus's format refuse `\\r`.
        ("a\rb", "a\rb"),
        # Not TF Serving's way: it would let a request's URL make the page unreadable.
        ("a\nb", "a\\nb"),
        ("\udcff", "?"),
    ],
)
def test_label_value_is_escaped(value: str, printed: str) -> None:
    family = Counter("c", "x")
    family.cell(value).increment()
    assert lines(family)[1] == f'c{{x="{printed}"}} 1'


def test_counter_without_labels_has_braces() -> None:
    family = Counter("/a/b")
    family.cell().add(3)
    assert lines(family) == ["# TYPE :a:b counter", ":a:b{} 3"]


def test_metric_without_cells_has_its_type_line() -> None:
    assert lines(Gauge("g", "x")) == ["# TYPE g gauge"]


def test_metrics_are_sorted_by_name_and_cells_by_labels() -> None:
    second, first = Counter("/b", "x", "y"), Gauge("/a")
    for labels in (("2", "a"), ("1", "b"), ("1", "a")):
        second.cell(*labels).increment()
    assert lines(second, first) == [
        "# TYPE :a gauge",
        "# TYPE :b counter",
        ':b{x="1",y="a"} 1',
        ':b{x="1",y="b"} 1',
        ':b{x="2",y="a"} 1',
    ]


def test_histogram_is_cumulative_with_sum_and_count() -> None:
    family = Histogram("h", "m", limits=[10, 104.976, 1274820.0367])
    for value in (5, 10, 50, 2e6):
        family.cell("x").record(value)
    assert lines(family) == [
        "# TYPE h histogram",
        'h_bucket{m="x",le="10"} 1',
        'h_bucket{m="x",le="104.976"} 3',
        'h_bucket{m="x",le="1.27482e+06"} 3',
        'h_bucket{m="x",le="+Inf"} 4',
        'h_sum{m="x"} 2.00006e+06',
        'h_count{m="x"} 4',
    ]


def test_histogram_without_labels_has_only_the_limit() -> None:
    family = Histogram("h", limits=[1])
    family.cell()
    assert lines(family)[1:] == ['h_bucket{le="1"} 0', 'h_bucket{le="+Inf"} 0', "h_sum{} 0", "h_count{} 0"]


def test_latency_limits_print_as_in_the_reference() -> None:
    family = Histogram("h", limits=exponential(10, 1.8, 33))
    family.cell()
    limits = [line.split('"')[1] for line in lines(family) if "le=" in line]
    assert limits[:5] == ["10", "18", "32.4", "58.32", "104.976"]
    assert (limits[20], len(limits)) == ("1.27482e+06", 34)


def test_computed_value_may_be_a_fraction() -> None:
    assert lines(Computed("g", kind="gauge", read=lambda: {(): 0.25}))[1] == "g{} 0.25"


@pytest.mark.parametrize("row", FAMILIES, ids=[row[0] for row in FAMILIES])
def test_family_of_the_reference_is_there(row: tuple[str, str, tuple[str, ...], int, str]) -> None:
    name, kind, labels, num_limits, last = row
    family = Metrics().families()[f"/tensorflow/serving/{name}"]
    assert (family.kind, family.labels) == (kind, labels)
    if isinstance(family, Histogram):
        limits = family.cell(*labels).read().limits
        assert (len(limits), f"{limits[-1]:.6g}") == (num_limits, last)
