"""What running a signature may do besides computing its outputs, read from the graph before it is loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tfsctl.signature import Signature

_CONTROL_FLOW = frozenset({
    *("While", "StatelessWhile", "If", "StatelessIf", "Case", "StatelessCase", "For", "MapDefun"),
    *("Switch", "RefSwitch", "Merge", "RefMerge", "Enter", "RefEnter", "Exit", "RefExit"),
    *("NextIteration", "RefNextIteration", "LoopCond"),
})  # fmt: skip

# Marked as stateful in TensorFlow, but running them once more or once less changes nothing; what those in the first
# line call is looked at by itself.
_HARMLESS = frozenset({
    *("PartitionedCall", "StatefulPartitionedCall", "While", "If", "Case", "Placeholder", "Assert", "Timestamp"),
    *("VarHandleOp", "ReadVariableOp", "VarIsInitializedOp", "ResourceGather", "ResourceGatherNd"),
    *("Variable", "VariableV2", "IsVariableInitialized"),
    *("HashTable", "HashTableV2", "MutableHashTable", "MutableHashTableV2"),
    *("LookupTableFind", "LookupTableFindV2", "LookupTableSize", "LookupTableSizeV2"),
})  # fmt: skip

# Not marked, but they reach outside of the graph or end the process.
_HARMFUL = frozenset({"WriteFile", "PyFuncStateless", "Abort", "DebugIdentity", "DebugIdentityV2"})

# Gives the OpDef of an operation, None if it is not known.
FindDefinition = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class GraphEffects:
    """What a run of a signature may do.

    Attributes:
        has_control_flow: There is a loop or a branch.
        may_change_state: An operation may change a variable, a table, a queue or a random generator, keep its inputs,
            read or write files, print, or call out. Unknown operations may.
    """

    has_control_flow: bool
    may_change_state: bool


def find_graph_effects(
    meta_graph: Any, signatures: Mapping[str, Signature], find_definition: FindDefinition
) -> dict[str, GraphEffects]:
    """The effects of each of `signatures` of a MetaGraphDef; `find_definition` knows the operations."""
    graph = _Graph(meta_graph, find_definition)
    return {name: graph.effects(signature) for name, signature in signatures.items()}


class _Graph:
    def __init__(self, meta_graph: Any, find_definition: FindDefinition) -> None:
        graph_def = meta_graph.graph_def
        self._nodes = {node.name: node for node in graph_def.node}
        self._functions = {function.signature.name: function for function in graph_def.library.function}
        self._find_definition = find_definition
        self._ops_of_function: dict[str, frozenset[str]] = {}

    def effects(self, signature: Signature) -> GraphEffects:
        ops = self._reachable_ops(signature)
        return GraphEffects(
            has_control_flow=bool(ops & _CONTROL_FLOW),
            may_change_state=any(self._may_change_state(op) for op in ops),
        )

    def _may_change_state(self, op: str) -> bool:
        if op in _HARMFUL or op in _HARMLESS:
            return op in _HARMFUL
        definition = self._find_definition(op)
        # TensorFlow 1's assignments are not marked as stateful, but take a reference to the variable.
        return definition is None or definition.is_stateful or any(arg.is_ref for arg in definition.input_arg)

    def _reachable_ops(self, signature: Signature) -> set[str]:
        """The types of all operations that a run executes, those inside functions included."""
        fed = {node_name(spec.tensor_name) for spec in signature.inputs.values()}
        waiting = [node_name(spec.tensor_name) for spec in signature.outputs.values()]
        seen, ops = set(fed), set()
        while waiting:
            name = waiting.pop()
            node = self._nodes.get(name)
            if name in seen or node is None:
                continue
            seen.add(name)
            ops |= self._ops_of_node(node)
            waiting.extend(node_name(source) for source in node.input)
        return ops

    def _ops_of_node(self, node: Any) -> set[str]:
        ops = set() if node.op in self._functions else {node.op}
        for name in (node.op, *_called_functions(node)):
            ops |= self._ops_in_function(name)
        return ops

    def _ops_in_function(self, name: str) -> frozenset[str]:
        """The types of operations in the body of function `name` and in what it calls; none if it is no function."""
        known = self._ops_of_function.get(name)
        if known is None:
            self._ops_of_function[name] = frozenset()  # Ends recursion.
            function = self._functions.get(name)
            ops = (self._ops_of_node(node) for node in function.node_def) if function is not None else ()
            known = self._ops_of_function[name] = frozenset().union(*ops)
        return known


def _called_functions(node: Any) -> Iterator[str]:
    for value in node.attr.values():
        if value.HasField("func"):
            yield value.func.name
        elif value.HasField("list"):
            yield from (function.name for function in value.list.func)


def node_name(source: str) -> str:
    """The node that an input (`x`, `x:1`, `^x`) or a tensor name (`x:0`) means."""
    return source.lstrip("^").partition(":")[0]
