"""Finds operations that reach outside of the graph: to files, to other code, to other machines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from tfsctl.check.finding import Finding
from tfsctl.check.finding_maker import found
from tfsctl.check.graph_view import OpUse
from tfsctl.check.op_names import READ_ASSETS, RUN_CODE, TOUCH_FILES
from tfsctl.check.subject import VersionSubject, listed

_MOST_PLACES = 3


def check_outside_ops(subject: VersionSubject) -> Iterator[Finding]:
    """A finding for the operations that touch files, and one for those that run code or call out, if there are any."""
    by_kind: dict[str, list[OpUse]] = defaultdict(list)
    for kind_id, use in _uses(subject):
        by_kind[kind_id].append(use)
    for kind_id, uses in sorted(by_kind.items()):
        ops = sorted({use.op for use in uses})
        callers = _callers(subject, set(ops))
        runs, is_, they = ("runs", "is", "it") if len(ops) == 1 else ("run", "are", "them")
        when = f"{runs} when {_or(callers)} is called" if callers else f"{is_} there, but no signature calls {they}"
        yield found(
            kind_id,
            f"{listed(ops)} {when}.",
            path=subject.file,
            evidence=[str(use) for use in uses[:_MOST_PLACES]],
        )


def _or(names: list[str]) -> str:
    return " or ".join(names) if len(names) < 3 else f"one of {listed(names)}"


def _uses(subject: VersionSubject) -> Iterator[tuple[str, OpUse]]:
    """Every such operation with the id of its finding, but for the saver's own, which every SavedModel has."""
    graph = subject.graph
    saver = graph.of_saver()
    others = graph.nodes.keys() - saver
    functions = graph.functions.keys() - (graph.called_functions(saver) - graph.called_functions(others))
    places = [("", [graph.nodes[name] for name in graph.nodes if name in others])]
    places += [(name, graph.functions[name].node_def) for name in graph.functions if name in functions]
    for function, nodes in places:
        for node in nodes:
            kind_id = _kind_id(subject, node)
            if kind_id is not None:
                yield kind_id, OpUse(node.op, node.name, function)


def _kind_id(subject: VersionSubject, node: Any) -> str | None:
    if node.op in READ_ASSETS and subject.meta_graph.asset_file_def:
        return None
    if node.op in TOUCH_FILES or (node.op == "PrintV2" and node.attr["output_stream"].s.startswith(b"file://")):
        return "op-touches-files"
    if node.op in RUN_CODE or (node.op.startswith("Debug") and node.attr["debug_urls"].list.s):
        return "op-runs-code"
    return None


def _callers(subject: VersionSubject, ops: set[str]) -> list[str]:
    """The signatures that run any of these operations."""
    graph = subject.graph
    callers = []
    for name in subject.info.signatures:
        nodes = graph.of_signature(subject.info.signature_defs[name])
        if any(use.op in ops for use in graph.uses(nodes, graph.called_functions(nodes))):
            callers.append(name)
    return callers
