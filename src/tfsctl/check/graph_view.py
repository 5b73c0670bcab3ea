"""The nodes and functions of a graph, and what depends on what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

_INIT_SIGNATURE = "__saved_model_init_op"
_INIT_COLLECTIONS = ("saved_model_main_op", "legacy_init_op", "main_op")


@dataclass(frozen=True, slots=True)
class OpUse:
    """A node: the type of its operation, its name, and the function it is in; empty for the graph itself."""

    op: str
    node: str
    function: str

    def __str__(self) -> str:
        place = f" in the function {self.function}" if self.function else ""
        return f"{self.op}: node {self.node}{place}"


class GraphView:
    """A MetaGraphDef's graph, indexed. For one thread."""

    def __init__(self, meta_graph: Any) -> None:
        self._meta_graph = meta_graph
        self.nodes: dict[str, Any] = {node.name: node for node in meta_graph.graph_def.node}
        self.functions: dict[str, Any] = {
            function.signature.name: function for function in meta_graph.graph_def.library.function
        }
        self._called: dict[str, frozenset[str]] = {}

    def upstream(self, names: Iterable[str], *, fed: Iterable[str] = ()) -> set[str]:
        """The nodes that are run for these to be run, they themselves too; none beyond what is `fed`."""
        stop = set(fed)
        waiting, seen = [name for name in names if name in self.nodes], set[str]()
        while waiting:
            name = waiting.pop()
            if name in seen or name in stop:
                continue
            seen.add(name)
            sources = (node_name(source) for source in self.nodes[name].input)
            waiting.extend(source for source in sources if source in self.nodes)
        return seen

    def of_signature(self, signature_def: Any) -> set[str]:
        """The nodes that a run of a signature runs."""
        fed = {node_name(info.name) for info in signature_def.inputs.values()}
        return self.upstream((node_name(info.name) for info in signature_def.outputs.values()), fed=fed)

    def of_restore(self) -> set[str]:
        """The nodes that give variables their saved values."""
        return self.upstream([self._meta_graph.saver_def.restore_op_name])

    def of_saver(self) -> set[str]:
        """The nodes that restore variables or save them again, as every SavedModel has them."""
        saver = self._meta_graph.saver_def
        return self.upstream([saver.restore_op_name, node_name(saver.save_tensor_name)])

    def of_init(self) -> set[str]:
        """The nodes that are run once, after the variables are there."""
        collections = self._meta_graph.collection_def
        names = [
            node_name(value)
            for key in _INIT_COLLECTIONS
            if key in collections
            for value in collections[key].node_list.value
        ]
        if _INIT_SIGNATURE in self._meta_graph.signature_def:
            outputs = self._meta_graph.signature_def[_INIT_SIGNATURE].outputs.values()
            names += [node_name(info.name) for info in outputs]
        return self.upstream(names)

    def called_functions(self, names: Iterable[str]) -> set[str]:
        """The functions that these nodes of the graph call, and all that those call."""
        found: set[str] = set()
        waiting = [function for name in names for function in _functions_of(self.nodes[name], self.functions)]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(self._functions_in(name))
        return found

    def uses(self, names: Iterable[str], functions: Iterable[str]) -> Iterator[OpUse]:
        """Every node of these, and of the bodies of these functions, but for plain calls of functions."""
        for name in names:
            if self.nodes[name].op not in self.functions:
                yield OpUse(self.nodes[name].op, name, "")
        for function in functions:
            for node in self.functions[function].node_def:
                if node.op not in self.functions:
                    yield OpUse(node.op, node.name, function)

    def nodes_of(self, names: Iterable[str], functions: Iterable[str]) -> Iterator[Any]:
        """The node messages of these, and of the bodies of these functions."""
        yield from (self.nodes[name] for name in names)
        for function in functions:
            yield from self.functions[function].node_def

    def _functions_in(self, name: str) -> frozenset[str]:
        if name not in self._called:
            bodies = self.functions[name].node_def
            self._called[name] = frozenset(f for node in bodies for f in _functions_of(node, self.functions))
        return self._called[name]


def node_name(source: str) -> str:
    """The node that an input (`x`, `x:1`, `^x`) or a tensor name (`x:0`) means."""
    return source.lstrip("^").partition(":")[0]


def _functions_of(node: Any, functions: dict[str, Any]) -> Iterator[str]:
    """The functions of the library that a node calls."""
    if node.op in functions:
        yield node.op
    for value in node.attr.values():
        kind = value.WhichOneof("value")
        if kind == "func":
            names = [value.func.name]
        elif kind == "list":
            names = [function.name for function in value.list.func]
        else:
            continue
        yield from (name for name in names if name in functions)
