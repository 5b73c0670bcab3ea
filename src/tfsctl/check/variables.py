"""Checks that the values of the variables are there, whole, and those that the signatures use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfsctl.check.finding import Finding, Severity
from tfsctl.check.finding_maker import found
from tfsctl.check.subject import VersionSubject, listed
from tfsctl.errors import DataLossError, TfsctlError

if TYPE_CHECKING:
    from tfsctl.tensor_bundle import TensorBundle

_VARIABLE_OPS = frozenset({"VarHandleOp", "VariableV2", "Variable"})


def check_variables(subject: VersionSubject) -> Iterator[Finding]:
    """Findings about `variables/`, and about variables that no file gives a value."""
    directory = subject.path / "variables"
    index = directory / "variables.index"
    restored = subject.graph.of_restore()
    has_variables = bool(_variables(subject, restored))
    if not index.exists():
        if has_variables or any(directory.glob("variables.data-*")):
            yield _missing(subject, index)
    else:
        yield from _check_files(subject, index, restored)
    yield from _check_unsaved(subject, restored)


def _missing(subject: VersionSubject, index: Path) -> Finding:
    what = "variables/variables.index" if index.parent.exists() else "The directory variables/"
    uses = listed(sorted(_variables(subject, subject.graph.of_restore())))
    evidence = (f"The graph restores: {uses}.",) if uses else ()
    return found("variables-missing", f"{what} is not there.", path=index, evidence=evidence)


def _check_files(subject: VersionSubject, index: Path, restored: set[str]) -> Iterator[Finding]:
    from tfsctl.tensor_bundle import read_tensor_bundle

    try:
        bundle = read_tensor_bundle(index)
    except DataLossError:
        message = f"{index.name} ({index.stat().st_size:,} bytes) is cut off or damaged."
        yield found("variables-incomplete", message, path=index)
        return
    except TfsctlError:
        return  # Nothing can be said of it.
    shard_findings = list(_check_shards(index.parent, bundle))
    yield from shard_findings
    wanted = set(_restored_keys(subject, restored))
    missing = sorted(wanted - bundle.keys)
    if missing and not shard_findings:
        message = f"The graph restores {listed(missing)}, which variables/ does not have."
        yield found("variable-not-in-checkpoint", message, path=index)


def _check_shards(directory: Path, bundle: TensorBundle) -> Iterator[Finding]:
    for number in range(bundle.num_shards):
        file = directory / f"variables.data-{number:05d}-of-{bundle.num_shards:05d}"
        need = bundle.ends.get(number, 0)
        if not file.exists():
            message = f"Shard {number + 1} of {bundle.num_shards} is not there: {file.name}."
            yield found("variables-incomplete", message, path=file)
        elif file.stat().st_size < need:
            size = file.stat().st_size
            message = f"{file.name} has {size:,} bytes; the index says {need:,}: the copy was cut off."
            yield found("variables-incomplete", message, path=file)


def _restored_keys(subject: VersionSubject, restored: set[str]) -> Iterator[str]:
    """The names that the graph looks up in variables/ when it is loaded."""
    functions = subject.graph.called_functions(restored)
    groups = [{name: subject.graph.nodes[name] for name in restored}]
    groups += [{node.name: node for node in subject.graph.functions[name].node_def} for name in functions]
    for nodes in groups:
        for node in nodes.values():
            if node.op == "RestoreV2":
                names = nodes.get(node.input[1].partition(":")[0])
                if names is not None and names.op == "Const":
                    yield from (key.decode("utf-8", "replace") for key in names.attr["value"].tensor.string_val)


def _check_unsaved(subject: VersionSubject, restored: set[str]) -> Iterator[Finding]:
    """A finding for variables that a signature reads, and that nothing gives a value when the model is loaded."""
    given = _variables(subject, restored) | _variables(subject, subject.graph.of_init())
    unsaved: dict[str, list[str]] = {}
    for name in subject.info.signatures:
        used = _variables(subject, subject.graph.of_signature(subject.info.signature_defs[name]))
        if used - given:
            unsaved[name] = sorted(used - given)
    if not unsaved:
        return
    variables = listed(sorted({variable for names in unsaved.values() for variable in names}))
    verb = "reads" if len(unsaved) == 1 else "read"
    is_all = len(unsaved) == len(subject.info.signatures)
    yield found(
        "variable-not-saved",
        f"{listed(sorted(unsaved))} {verb} variables that were not saved: {variables}.",
        path=subject.file,
        evidence=_saved_instead(subject, restored),
        severity=None if is_all else Severity.WARNING,
    )


def _saved_instead(subject: VersionSubject, restored: set[str]) -> tuple[str, ...]:
    saved = listed(sorted(_variables(subject, restored)))
    return (f"What is restored instead: {saved}.",) if saved else ()


def _variables(subject: VersionSubject, names: Iterable[str]) -> set[str]:
    """The variables among these nodes, by the name under which the runtime keeps them."""
    nodes = (subject.graph.nodes[name] for name in names)
    return {_variable_name(node) for node in nodes if node.op in _VARIABLE_OPS}


def _variable_name(node: Any) -> str:
    return node.attr["shared_name"].s.decode("utf-8", "replace") or str(node.name)
