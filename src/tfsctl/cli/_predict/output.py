"""Which parts of an answer the user wants to see, and how."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfsctl.errors import InternalError, InvalidArgumentError

if TYPE_CHECKING:
    from tfsctl.cli._frame.console import Console
    from tfsctl.cli._predict.classes import ClassScore
    from tfsctl.cli._predict.options import AnswerOptions
    from tfsctl.client import Client
    from tfsctl.model_spec import ModelSpec
    from tfsctl.signature import Signature


def check_output_aliases(client: Client, spec: ModelSpec, aliases: Sequence[str]) -> Sequence[str]:
    """`aliases`, if the signature has them all; no request is made where there are none.

    Raises InvalidArgumentError with the words of TF Serving's gRPC API (tensorflow-serving.md §2.5), whose field this
    is: REST has no output filter.
    """
    if not aliases:
        return aliases
    signature = client.metadata(spec).signatures.get(spec.resolved_signature_name)
    known = sorted(signature.outputs) if signature is not None else []
    for alias in aliases:
        if signature is not None and alias not in known:
            raise InvalidArgumentError(
                f"output tensor alias not found in signature: {alias}"
                f" Outputs expected to be in the set {{{','.join(known)}}}."
            )
    return aliases


def parse_answer(reply: bytes) -> dict[str, Any]:
    """The object in a reply. Strings need not be UTF-8: TF Serving passes a model's bytes on as they are.

    Raises InternalError for what is no JSON object.
    """
    try:
        answer = json.loads(reply.decode(errors="surrogateescape"))
    except ValueError as error:
        raise InternalError(f"The server's answer is not JSON: {error}.") from error
    if not isinstance(answer, dict):
        raise InternalError("The server's answer is not a JSON object.")
    return answer


def filter_outputs(answer: dict[str, Any], aliases: Sequence[str]) -> dict[str, Any]:
    """An answer with the named outputs only; one output alone stands without its name, as TF Serving prints it.

    An answer of a single output has no names in it, and is left as it is.
    """
    if not aliases:
        return answer
    if isinstance(answer.get("outputs"), dict):
        return {"outputs": _chosen(answer["outputs"], aliases)}
    if "predictions" in answer and all(isinstance(row, dict) for row in answer["predictions"]):
        return {"predictions": [_chosen(row, aliases) for row in answer["predictions"]]}
    return answer


def _chosen(named: dict[str, Any], aliases: Sequence[str]) -> Any:
    kept = {alias: named[alias] for alias in aliases if alias in named}
    return next(iter(kept.values())) if len(kept) == 1 else kept


def show_answer(
    answer: dict[str, Any],
    console: Console,
    options: AnswerOptions,
    *,
    signature: Signature | None,
    aliases: Sequence[str] = (),
) -> None:
    """Print the answer, or write it to a file, for which the signature is needed.

    A pipe gets the one value in it, which `predictions` or `outputs` names, or the best classes of each row; --json
    prints the whole answer, with the classes as `classes`.
    """
    rows = _classes(answer, options)
    if options.output is not None and signature is not None:
        _write(answer, rows, options.output, signature=signature, aliases=aliases)
        console.say(f"Wrote {options.output}")
    elif console.as_json:
        console.show_json(answer if rows is None else {**answer, "classes": rows})
    elif rows is not None:
        _show_classes(rows, console)
    else:
        _show_value(answer, console)


def _classes(answer: dict[str, Any], options: AnswerOptions) -> list[list[ClassScore]] | None:
    if not options.wants_classes:
        return None
    from tfsctl.cli._predict.classes import best_classes, read_labels
    from tfsctl.cli._predict.options import DEFAULT_TOP

    labels = None if options.labels is None else read_labels(options.labels)
    return best_classes(answer, labels, top=options.top or DEFAULT_TOP)


def _write(
    answer: dict[str, Any],
    rows: list[list[ClassScore]] | None,
    path: Path,
    *,
    signature: Signature,
    aliases: Sequence[str],
) -> None:
    from tfsctl.cli._predict.output_file import write_answer, write_arrays, write_classes

    if path.suffix.lower() == ".json":
        write_answer(path, answer if rows is None else {**answer, "classes": rows})
    elif rows is not None:
        write_classes(path, rows)
    else:
        write_arrays(path, answer, signature, aliases=aliases)


def _show_classes(rows: list[list[ClassScore]], console: Console) -> None:
    if not console.writes_to_terminal or console.quiet:
        console.show_json(rows)
        return
    number = ["row"] if len(rows) > 1 else []
    lines = [
        [*([str(n)] if number else []), entry["label"], f"{entry['score']:.6g}"]
        for n, row in enumerate(rows)
        for entry in row
    ]
    console.show_table([*number, "label", "score"], lines)


def _show_value(answer: dict[str, Any], console: Console) -> None:
    value: Any = next(iter(answer.values())) if len(answer) == 1 else answer
    names = _output_names(value)
    if not names or not console.writes_to_terminal or console.quiet:
        console.show_json(value)
        return
    cells = [[json.dumps(row.get(name), ensure_ascii=False) for name in names] for row in value]
    console.show_table(["row", *names], [[str(number), *row] for number, row in enumerate(cells)])


def _output_names(value: Any) -> list[str]:
    """The outputs' names in rows that have several; none where the answer is something else."""
    if not isinstance(value, list) or not value or not all(isinstance(row, dict) for row in value):
        return []
    return [] if "b64" in value[0] else list(value[0])
