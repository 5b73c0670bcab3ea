"""A signature's graph as a list of steps in the order in which they run, with all functions written out.

Only what it takes to follow numbers of dimensions is kept: not the graph, which may be large.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from tfsctl.runtime._graph_effects import node_name
from tfsctl.runtime._rank_needs import RankNeed, need_of
from tfsctl.runtime._rank_rules import Rule, is_ruled, join, rule_for
from tfsctl.signature import Signature

# The choices that a step depends on, from the outermost: a number for each, which of its ways this is, and how many.
Path: TypeAlias = "tuple[tuple[int, int, int], ...]"
# The number of a step, and which of its outputs; an input of the signature is step -1. None: nothing is known of it.
Ref: TypeAlias = "tuple[int, int] | None"
INPUT = -1

_CALLS = frozenset({"PartitionedCall", "StatefulPartitionedCall", "BatchFunction"})
_BRANCHES = frozenset({"If", "StatelessIf", "Case", "StatelessCase"})
_LOOPS = frozenset({"While", "StatelessWhile"})
_SWITCHES, _MERGES = frozenset({"Switch", "RefSwitch"}), frozenset({"Merge", "RefMerge"})
# What lies deeper is not followed: functions that call themselves have no end.
_MAX_DEPTH = 40
_MAX_STEPS = 200_000


@dataclass(frozen=True, slots=True)
class Step:
    """One operation.

    Attributes:
        label: Its node, and the function that this is part of, as TensorFlow's errors have them.
        rule: What comes out; None: nothing is known. `is_list`: each output is what the input at its place is.
        need: What it needs of its first input, if it may harm.
        inputs: What it gets.
        after: The steps that run before it, besides those of its inputs.
        path: The choices on which it depends whether it runs; a choice may have ways on which there is no step.
    """

    label: str
    rule: Rule | None
    need: RankNeed | None
    inputs: tuple[Ref, ...]
    after: tuple[int, ...] = ()
    path: Path = ()
    is_list: bool = False


def signature_steps(meta_graph: Any, signature: Signature) -> tuple[list[Step], dict[str, Ref]]:
    """The steps of a run of `signature` in a MetaGraphDef, and by alias where its outputs come from.

    Input `i` in the order of the signature's aliases is `(INPUT, i)`.
    """
    writer = _Writer({function.signature.name: function for function in meta_graph.graph_def.library.function})
    fed = {spec.tensor_name: (INPUT, number) for number, spec in enumerate(signature.inputs.values())}
    nodes = {node.name: node for node in meta_graph.graph_def.node}
    scope = _Scope(writer, nodes, fed)
    wanted = [spec.tensor_name for spec in signature.outputs.values()]
    scope.write(wanted)
    return writer.steps, {alias: scope.find(spec.tensor_name) for alias, spec in signature.outputs.items()}


class _Writer:
    """Collects steps."""

    def __init__(self, functions: Mapping[str, Any]) -> None:
        self.functions = functions
        self.steps: list[Step] = []
        self._num_choices = 0

    def add(self, step: Step) -> int:
        self.steps.append(step)
        return len(self.steps) - 1

    def new_choice(self) -> int:
        self._num_choices += 1
        return self._num_choices

    def is_full(self, depth: int) -> bool:
        return depth >= _MAX_DEPTH or len(self.steps) >= _MAX_STEPS


class _Scope:
    """The graph, or the body of a function in one call of it."""

    def __init__(
        self,
        writer: _Writer,
        nodes: Mapping[str, Any],
        given: Mapping[str, Ref],
        *,
        function: str = "",
        depth: int = 0,
        path: Path = (),
    ) -> None:
        self._writer, self._nodes, self._given = writer, nodes, given
        self._depth, self._path = depth, path
        self._label = f"{{{{function_node {function}}}}}" if function else ""
        self._written: dict[str, int] = {}

    def find(self, source: str) -> Ref:
        """Where the tensor called `source` (`x`, `x:1`, in a function `x:y:0`) comes from."""
        for name in (source, source.removesuffix(":0"), f"{source}:0"):
            if name in self._given:
                return self._given[name]
        name, _, rest = source.partition(":")
        output, _, number = rest.rpartition(":")
        step, node = self._written.get(name), self._nodes.get(name)
        if step is None or node is None:
            return None
        function = self._writer.functions.get(node.op)
        index = int(number) if number.isdecimal() else 0
        if function is not None and output:
            index += [argument.name for argument in function.signature.output_arg].index(output)
        return (step, index) if is_ruled(node.op, output, index) else None

    def write(self, sources: Iterable[str]) -> None:
        """Write the steps that these tensors, or nodes (`^x`), take; each after what it depends on."""
        waiting = [(self._node_of(source), False) for source in sources]
        begun: set[str] = set()
        while waiting:
            name, is_ready = waiting.pop()
            node = self._nodes.get(name)
            if node is None or name in self._written:
                continue
            if is_ready:
                self._written[name] = self._step(node)
            elif name not in begun:  # A loop of TensorFlow 1 ends here.
                begun.add(name)
                waiting.append((name, True))
                waiting.extend((self._node_of(source), False) for source in node.input)

    def write_function(self, function: Any) -> tuple[tuple[Ref, ...], tuple[int, ...]]:
        """Write a function's body: where its outputs come from, and what else it runs."""
        returned = [function.ret[argument.name] for argument in function.signature.output_arg]
        controls = [f"^{name}" for name in function.control_ret.values()]
        self.write([*returned, *controls])
        steps = (self._written.get(name[1:]) for name in controls)
        return tuple(map(self.find, returned)), tuple(step for step in steps if step is not None)

    def _node_of(self, source: str) -> str:
        if source in self._given or f"{source}:0" in self._given:
            return ""  # Fed: what would compute it does not run.
        return node_name(source)

    def _step(self, node: Any) -> int:
        inputs = tuple(self.find(source) for source in node.input if not source.startswith("^"))
        controls = (self._written.get(source[1:]) for source in node.input if source.startswith("^"))
        after = tuple(step for step in controls if step is not None)
        called = list(self._called(node))
        if called and not self._writer.is_full(self._depth):
            return self._call(node, called, inputs, after)
        path = self._path_of(node, inputs, after)
        label = f"{self._label}{{{{node {node.name}}}}}"
        is_list = node.op == "IdentityN"
        return self._writer.add(Step(label, rule_for(node), need_of(node.op), inputs, after, path, is_list))

    def _path_of(self, node: Any, inputs: Sequence[Ref], after: Sequence[int]) -> Path:
        if node.op in _SWITCHES:  # Of TensorFlow 1's choices nothing more is known than that they are some.
            return (*self._path, (self._writer.new_choice(), 0, 2))
        if node.op in _MERGES:
            return self._path
        before = [ref[0] for ref in inputs if ref is not None and ref[0] != INPUT]
        paths = (self._writer.steps[step].path for step in (*before, *after))
        return max((self._path, *paths), key=len)

    def _called(self, node: Any) -> Iterator[Any]:
        """The functions that a node calls."""
        functions = self._writer.functions
        if node.op in functions:
            yield functions[node.op]
        elif node.op in _CALLS:
            yield from _named(functions, node.attr["f"].func)
        elif node.op in _LOOPS:
            yield from _named(functions, node.attr["body"].func)
        elif node.op in _BRANCHES:
            chosen = (node.attr["then_branch"].func, node.attr["else_branch"].func)
            yield from _named(functions, *(node.attr["branches"].list.func or chosen))

    def _call(self, node: Any, called: Sequence[Any], inputs: tuple[Ref, ...], after: tuple[int, ...]) -> int:
        """Write what the functions do, and a step that gives the outputs of the call."""
        path = self._path_of(node, inputs, after)
        arguments = inputs[1:] if node.op in _BRANCHES else inputs
        paths = [path]
        if _is_choice(node.op):
            choice, num_ways = self._writer.new_choice(), max(2, len(called))  # A loop's body may not run at all.
            paths = [(*path, (choice, way, num_ways)) for way in range(len(called))]
        results = [self._written_out(function, arguments, way) for function, way in zip(called, paths, strict=True)]
        run = tuple({*after, *(step for _, steps in results for step in steps)})
        outputs = [outputs for outputs, _ in results]
        if not _is_choice(node.op):
            return self._writer.add(Step(node.name, None, None, outputs[0], run, path, is_list=True))
        # A loop may run no more than its condition, and gives back what it was given.
        ways = [outputs[0], arguments] if node.op in _LOOPS else outputs
        joined = [self._writer.add(Step(node.name, join, None, way, run)) for way in zip(*ways, strict=False)]
        refs = tuple((step, 0) for step in joined)
        return self._writer.add(Step(node.name, None, None, refs, run, path, is_list=True))

    def _written_out(
        self, function: Any, arguments: Sequence[Ref], path: Path
    ) -> tuple[tuple[Ref, ...], tuple[int, ...]]:
        names = [argument.name for argument in function.signature.input_arg]
        given = {name: arguments[number] if number < len(arguments) else None for number, name in enumerate(names)}
        body = _Scope(
            self._writer,
            {inner.name: inner for inner in function.node_def},
            given,
            function=function.signature.name,
            depth=self._depth + 1,
            path=path,
        )
        return body.write_function(function)


def _is_choice(op: str) -> bool:
    return op in _LOOPS or op in _BRANCHES


def _named(functions: Mapping[str, Any], *attributes: Any) -> Iterator[Any]:
    yield from (functions[attribute.name] for attribute in attributes if attribute.name in functions)
