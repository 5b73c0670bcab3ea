"""The text that Prometheus reads, as TF Serving writes it (tensorflow-serving.md §7.1). A pure function.

The `prometheus_client` package cannot write this: it gives every metric a `# HELP` line and counters the suffix
`_total` and a `_created` twin, prints whole numbers as `3.0` and numbers without labels without braces, and counts a
value that equals a limit in the bucket below it. All that Prometheus itself accepts; dashboards and tests made for
TF Serving know the text below.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tfsctl.serving.metrics.cells import Distribution
from tfsctl.serving.metrics.families import Family

_NOT_IN_METRIC_NAME = re.compile(r"[^A-Za-z0-9_]")
_NOT_IN_LABEL_NAME = re.compile(r"[^A-Za-z0-9]")
# TF Serving leaves line breaks as they are: one made-up model name with a line break in a request's URL, and a reader
# that goes by lines refuses the whole page from then on. Here they are escaped as Prometheus's format asks for: these
# three and no others, for readers refuse escapes that they do not know.
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


def exposition(families: Iterable[Family]) -> bytes:
    """The page: metrics in the order of their names, cells in that of their label values."""
    lines: list[str] = []
    for family in sorted(families, key=lambda family: family.name):
        lines.extend(_family_lines(family))
    # A name that came percent-encoded need not be UTF-8; Prometheus would refuse the page.
    return "".join(line + "\n" for line in lines).encode("utf-8", "replace")


def metric_name(name: str) -> str:
    """`/tensorflow/serving/request_count` is `:tensorflow:serving:request_count` for Prometheus."""
    return _not_starting_with_digit(_NOT_IN_METRIC_NAME.sub(":", name))


def label_name(name: str) -> str:
    """A label's name for Prometheus."""
    return _not_starting_with_digit(_NOT_IN_LABEL_NAME.sub("_", name))


def _family_lines(family: Family) -> Iterator[str]:
    name = metric_name(family.name)
    yield f"# TYPE {name} {family.kind}"
    names = [label_name(label) for label in family.labels]
    for label_values, value in sorted(family.values(), key=lambda cell: cell[0]):
        labels = [f'{label}="{text.translate(_ESCAPES)}"' for label, text in zip(names, label_values, strict=True)]
        if isinstance(value, Distribution):
            yield from _distribution_lines(name, labels, value)
        else:
            yield f"{name}{{{','.join(labels)}}} {value!r}"


def _distribution_lines(name: str, labels: list[str], value: Distribution) -> Iterator[str]:
    start = f"{name}_bucket{{" + "".join(label + "," for label in labels)
    for limit, count in zip(value.limits, value.cumulative_counts, strict=True):
        yield f'{start}le="{limit:.6g}"}} {count}'
    yield f'{start}le="+Inf"}} {value.count}'
    labels_text = ",".join(labels)
    yield f"{name}_sum{{{labels_text}}} {value.sum:.6g}"
    yield f"{name}_count{{{labels_text}}} {value.count}"


def _not_starting_with_digit(name: str) -> str:
    return "_" + name if name[:1].isdecimal() else name
