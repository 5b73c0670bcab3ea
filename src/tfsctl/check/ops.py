"""Checks the operations of a graph and of its functions: whether they exist, can run, and what else they do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tfsctl.check.finding import Finding, Severity
from tfsctl.check.finding_maker import found
from tfsctl.check.graph_view import OpUse
from tfsctl.check.op_names import COMMON, IN_OFFICIAL_IMAGE, REWRITTEN, RUN_CODE, library_of
from tfsctl.check.outside_ops import check_outside_ops
from tfsctl.check.subject import VersionSubject, listed, parent_of, serve_command, word
from tfsctl.errors import InternalError, UnimplementedError

Uses = Mapping[str, list[OpUse]]
_CPU_DEVICES = frozenset({"CPU", "DEFAULT"})
_MOST_PLACES = 3


def check_ops(subject: VersionSubject) -> Iterator[Finding]:
    """Findings about operations that are unknown, cannot run on a CPU, or reach outside of the graph."""
    graph = subject.graph
    called = graph.called_functions(graph.nodes)
    loaded = _by_op(graph.uses(graph.nodes, called))
    idle = _by_op(graph.uses((), set(graph.functions) - called))
    devices = _devices({*loaded, *idle} - COMMON - REWRITTEN)
    yield from _check_missing(subject, loaded, devices, is_loaded=True)
    yield from _check_missing(subject, {op: idle[op] for op in idle if op not in loaded}, devices, is_loaded=False)
    yield from _check_kernels(subject, devices)
    yield from check_outside_ops(subject)


def _by_op(uses: Iterable[OpUse]) -> dict[str, list[OpUse]]:
    found_uses: dict[str, list[OpUse]] = defaultdict(list)
    for use in uses:
        found_uses[use.op].append(use)
    return found_uses


def _devices(ops: set[str]) -> Mapping[str, frozenset[str] | None]:
    """What can run these operations; nothing where TensorFlow has no library to ask."""
    if not ops:
        return {}
    from tfsctl.runtime.op_kernels import find_devices

    try:
        return find_devices(sorted(ops))
    except (UnimplementedError, InternalError):
        return {}


def _check_missing(
    subject: VersionSubject, uses: Uses, devices: Mapping[str, frozenset[str] | None], *, is_loaded: bool
) -> Iterator[Finding]:
    """A finding for each library that has the operations, and one for all of unknown origin."""
    by_library: dict[str | None, list[str]] = defaultdict(list)
    for op in sorted(uses):
        if op in devices and devices[op] is None:
            by_library[library_of(op)].append(op)
    for library, ops in by_library.items():
        is_there = subject.options.is_official_image and library in IN_OFFICIAL_IMAGE
        origin = f" of {library}" if library else ""
        place = "" if is_loaded else ", in functions that nothing calls"
        noun = "operation" if len(ops) == 1 else "operations"
        yield found(
            "missing-op",
            f"TensorFlow does not have the {noun}{origin}: {listed(ops)}{place}.",
            path=subject.file,
            evidence=[str(use) for op in ops for use in uses[op]][:_MOST_PLACES],
            severity=Severity.NOTE if is_there or not is_loaded else None,
            commands=() if subject.is_only_version or not is_loaded else _set_aside(subject),
            correction=_other_server(library, is_there=is_there, is_only=subject.is_only_version),
        )


def _other_server(library: str | None, *, is_there: bool, is_only: bool) -> str:
    if is_there:
        return f"The official image has the operations of {library}; one of its releases may lack a few."
    if library in IN_OFFICIAL_IMAGE:
        return f"Serve it with TensorFlow Serving's image, which has {library}; or export the model without that part."
    if not is_only:
        return "Export the model without that part. Until then serve the version before:"
    return ""


def _set_aside(subject: VersionSubject) -> list[str]:
    base_path = parent_of(subject.path)
    return [f"mv {word(subject.path)} {word(base_path / f'unserved-{subject.path.name}')}", serve_command(base_path)]


def _check_kernels(subject: VersionSubject, devices: Mapping[str, frozenset[str] | None]) -> Iterator[Finding]:
    broken: dict[str, dict[str, OpUse]] = {}
    for name in subject.info.signatures:
        for use in _uses_of_signature(subject, name):
            there = devices.get(use.op)
            if there is not None and not there & _CPU_DEVICES:
                broken.setdefault(use.op, {}).setdefault(name, use)
    signatures = {name for uses in broken.values() for name in uses}
    for op, uses in sorted(broken.items()):
        there = devices[op] or frozenset()
        where = (
            "only inside Python" if op in RUN_CODE else f"only on {listed(sorted(there))}" if there else "nowhere here"
        )
        yield found(
            "op-without-kernel",
            f"{op} can run {where}; {listed(sorted(uses))} cannot be called.",
            path=subject.file,
            evidence=[str(next(iter(uses.values())))],
            severity=None if signatures == set(subject.info.signatures) else Severity.WARNING,
        )


def _uses_of_signature(subject: VersionSubject, name: str) -> Iterator[OpUse]:
    graph = subject.graph
    nodes = graph.of_signature(subject.info.signature_defs[name])
    functions = [f for f in graph.called_functions(nodes) if not _has_alternative(graph.functions[f])]
    return graph.uses(nodes, functions)


def _has_alternative(function: Any) -> bool:
    """Whether TensorFlow chooses by the device among several functions, as for the LSTM of Keras."""
    return "api_implements" in function.attr
