"""The report of `tfsctl inspect` for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tfsctl.cli._frame.console import Console

if TYPE_CHECKING:
    from tfsctl.inspect import ExampleRequest, MetaGraphReport, SavedModelReport, Variable
    from tfsctl.signature import Signature, TensorSpec

_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_LABEL_WIDTH = 14


def show_report(
    report: SavedModelReport, console: Console, *, signature_name: str | None, most_rows: int | None
) -> None:
    """Write the report: what it is, then a section for each thing in it; `most_rows` bounds each of the long ones."""
    if signature_name is None:
        console.show(_title(report))
        _show_facts(_overview(report), console)
    for graph in report.meta_graphs:
        if signature_name is None and len(report.meta_graphs) > 1:
            _show_title(console, f"Meta graph with the tags {_tags(graph)}")
            _show_facts(_graph_facts(graph), console)
        for name, signature in sorted(graph.info.signatures.items(), key=_default_first):
            if signature_name in {None, name}:
                _show_signature(signature, graph.defaults.get(name, {}), console)
        if signature_name is None:
            _show_functions(graph, console, most_rows)
            _show_ops(graph, console, most_rows)
    if signature_name is None:
        _show_variables(report.variables.variables, console, most_rows)
        _show_assets(report, console, most_rows)


def show_examples(examples: Mapping[str, ExampleRequest], console: Console) -> None:
    """Write a request for each signature, to be copied."""
    for name, example in sorted(examples.items(), key=_default_first):
        console.show(f"## {name} ({example.api})\n")
        for title, text in (
            ("REST, with curl", example.curl),
            ("gRPC, with tfsctl", example.tfsctl),
            ("gRPC, with grpcurl", example.grpcurl),
            ("REST, in Python", example.python),
        ):
            console.show(f"# {title}\n{text}\n")


def _show_title(console: Console, title: str) -> None:
    console.show(f"\n{title}")


def _default_first(item: tuple[str, object]) -> tuple[bool, str]:
    return item[0] != "serving_default", item[0]


def _title(report: SavedModelReport) -> str:
    serving = report.serving
    return serving.name if serving.version is None else f"{serving.name}, version {serving.version}"


def _show_facts(facts: Iterator[tuple[str, str]], console: Console) -> None:
    for label, text in facts:
        console.show(f"{label:<{_LABEL_WIDTH}}{text}")


def _overview(report: SavedModelReport) -> Iterator[tuple[str, str]]:
    yield "path", str(report.path)
    if len(report.meta_graphs) == 1:
        yield from _graph_facts(report.meta_graphs[0])
    variables = report.variables
    if variables.variables:
        count = _plural(len(variables.variables), "variable")
        yield "variables", f"{count}, {_plural(variables.num_parameters, 'parameter')}"
    elif variables.num_shards:
        yield "variables", f"{_plural(variables.num_shards, 'data file')}"
    else:
        yield "variables", "none"
    yield "assets", _plural(len(report.assets), "file") if report.assets else "none"
    yield "warm-up", f"{report.warmup.path}, {_size(report.warmup.num_bytes)}" if report.warmup else "none"
    parts = [f"saved_model.pb {_size(report.model_file_bytes)}"]
    if variables.num_bytes:
        parts.append(f"variables {_size(variables.num_bytes)} in {_plural(variables.num_shards, 'data file')}")
    yield "size on disk", f"{_size(report.num_bytes)} ({', '.join(parts)})"
    yield from _serving_facts(report)


def _graph_facts(graph: MetaGraphReport) -> Iterator[tuple[str, str]]:
    version = graph.info.tensorflow_version
    yield "tags", _tags(graph)
    yield "written by", f"TensorFlow {version}" if version else "an unnamed TensorFlow"
    nodes = f"{_plural(graph.num_nodes, 'node')} of {_plural(len({*graph.graph_ops, *graph.function_ops}), 'type')}"
    yield "graph", f"{nodes}, {_plural(graph.num_functions, 'function')}"
    if graph.init_op:
        yield "on loading", f"runs {graph.init_op}"


def _serving_facts(report: SavedModelReport) -> Iterator[tuple[str, str]]:
    serving = report.serving
    if not serving.is_servable:
        yield "not servable", serving.obstacles[0]
        yield from (("", obstacle) for obstacle in serving.obstacles[1:])
        yield "", f"tfsctl check {report.path}"
        return
    newest = "" if serving.is_newest else "; not by default: there is a newer version"
    yield "served as", f"{serving.name}, version {serving.version}{newest}"
    yield "", f"http://localhost:8501/v1/models/{serving.name}/versions/{serving.version}"


def _show_signature(signature: Signature, defaults: Mapping[str, str], console: Console) -> None:
    method = signature.method_name.rpartition("/")[2] or "no method"
    _show_title(console, f"Signature {signature.name} ({method})")
    tensors = [("input", *item) for item in signature.inputs.items()]
    tensors += [("output", *item) for item in signature.outputs.items()]
    if not tensors:
        console.show("No inputs and no outputs.")
        return
    columns = ["", "name", "type", "shape", *(["default"] if defaults else []), "tensor"]
    rows = []
    for role, alias, spec in tensors:
        default = [defaults.get(alias, "") if role == "input" else ""] if defaults else []
        rows.append((role, alias, spec.dtype.tf_name, _shape(spec), *default, spec.tensor_name))
    console.show_table(columns, rows)


def _show_functions(graph: MetaGraphReport, console: Console, most: int | None) -> None:
    if not graph.functions:
        return
    _show_title(console, "Functions, for tf.saved_model.load")
    lines = [f"{function.name}{variant}" for function in graph.functions for variant in function.variants or ("()",)]
    console.show("\n".join(lines[:most]))
    _show_rest(console, lines[:most], lines)


def _show_ops(graph: MetaGraphReport, console: Console, most: int | None) -> None:
    names = sorted(
        {*graph.graph_ops, *graph.function_ops},
        key=lambda op: (-graph.graph_ops.get(op, 0) - graph.function_ops.get(op, 0), op),
    )
    if not names:
        return
    _show_title(console, "Operations")
    rows = [(op, graph.graph_ops.get(op, 0), graph.function_ops.get(op, 0)) for op in names]
    console.show_table(("operation", "in the graph", "in functions"), rows[:most])
    _show_rest(console, rows[:most], rows)


def _show_variables(variables: Sequence[Variable], console: Console, most: int | None) -> None:
    if not variables:
        return
    _show_title(console, "Variables")
    rows = [
        (
            variable.name,
            variable.dtype.tf_name,
            str(list(variable.shape)),
            _size(variable.num_bytes),
            _trained(variable),
        )
        for variable in variables
    ]
    console.show_table(("name", "type", "shape", "size", "trainable"), rows[:most])
    _show_rest(console, rows[:most], rows)


def _show_assets(report: SavedModelReport, console: Console, most: int | None) -> None:
    if not report.assets:
        return
    _show_title(console, "Assets")
    rows = [(file.path, _size(file.num_bytes)) for file in report.assets]
    console.show_table(("file", "size"), rows[:most])
    _show_rest(console, rows[:most], rows)


def _show_rest(console: Console, shown: Sequence[object], rows: Sequence[object]) -> None:
    if len(shown) < len(rows):
        console.show(f"… and {len(rows) - len(shown)} more (--full)")


def _trained(variable: Variable) -> str:
    return {None: "", True: "yes", False: "no"}[variable.is_trainable]


def _tags(graph: MetaGraphReport) -> str:
    return ", ".join(graph.info.tags) or "none"


def _shape(spec: TensorSpec) -> str:
    if spec.shape is None:
        return "any"
    return "[" + ", ".join("?" if size < 0 else str(size) for size in spec.shape) + "]"


def _plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _size(num_bytes: float) -> str:
    unit = 0
    while num_bytes >= 1000 and unit < len(_UNITS) - 1:
        num_bytes, unit = num_bytes / 1000, unit + 1
    return f"{num_bytes:.0f} {_UNITS[unit]}" if unit == 0 else f"{num_bytes:.1f} {_UNITS[unit]}"
