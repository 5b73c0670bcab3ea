"""What `tfsctl classify` and `tfsctl regress` have in common: the options, the call, and the answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tfsctl.cli._client_options import ServerOptions, model_or_only_one
from tfsctl.cli._examples.input import looks_like_example, read_examples_body
from tfsctl.cli._frame.console import Console
from tfsctl.cli._predict.output import parse_answer
from tfsctl.errors import InternalError

if TYPE_CHECKING:
    from tfsctl.client.client import ExampleApi
    from tfsctl.model_spec import ModelSpec

ExampleArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="EXAMPLE",
        help="JSON; @FILE.json; - for standard input; or for the features of one example NAME=VALUE (NAME=@FILE: a"
        " file's bytes; NAME:=VALUE: JSON for sure).",
    ),
]
SignatureOption = Annotated[
    str, typer.Option("--signature-name", metavar="NAME", help="The signature to run.  [default: serving_default]")
]
ContextOption = Annotated[
    str | None, typer.Option("--context", metavar="JSON", help="Features that all examples share; or @FILE.json.")
]
DryRunFlag = Annotated[
    bool, typer.Option("--dry-run", help="Print the request as a curl or grpcurl command and do not send it.")
]


def ask_about_examples(
    console: Console,
    api: ExampleApi,
    *,
    spec: ModelSpec,
    examples: Sequence[str],
    context: str | None,
    dry_run: bool,
    options: ServerOptions,
) -> Any:
    """The `results` for what the command line says, None where nothing was to be sent; `--json` prints all at once.

    A spec without a name means the only model there is, or that `examples` begin with what looked like a name.
    """
    from dataclasses import replace

    given = list(examples)
    if spec.name and looks_like_example(spec.name):
        given.insert(0, spec.name)
        spec = replace(spec, name="")
    body = read_examples_body(given, context=context, command=api)
    with options.open(console) as client:
        spec = replace(spec, name=model_or_only_one(spec.name or None, client))
        if dry_run:
            console.show(client.request_line(spec, body, api=api))
            return None
        answer = parse_answer(client.examples_json(api, spec, body))
    if console.as_json:
        console.show_json(answer)
        return None
    if not isinstance(answer.get("results"), list):
        raise InternalError("The server's answer has no list of results.")
    return answer["results"]


def class_rows(results: Sequence[Any]) -> Iterator[tuple[str, ...]]:
    """The lines of a table; the example's number comes first where there are several."""
    for number, classes in enumerate(results):
        for label, score in classes:
            yield (*([str(number)] if len(results) > 1 else []), str(label) or "-", str(score))
