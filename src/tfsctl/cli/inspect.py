"""`tfsctl inspect`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tfsctl.cli._frame.command import command, new_app
from tfsctl.cli._frame.console import Console

if TYPE_CHECKING:
    from tfsctl.inspect import ExampleRequest, SavedModelReport

app = new_app()

PathArgument = Annotated[
    Path,
    typer.Argument(metavar="PATH", help="A version directory, its saved_model.pb, or a base path: its newest version."),
]
SignatureOption = Annotated[
    str | None, typer.Option("--signature-name", metavar="NAME", help="Show this signature only.")
]
TagsOption = Annotated[
    str | None,
    typer.Option("--saved-model-tags", metavar="TAGS", help="Only the meta graph with just these tags, as in TAG,TAG."),
]
ExampleFlag = Annotated[
    bool, typer.Option("--example", help="Show a request for each signature instead: curl, gRPC, Python.")
]
FullFlag = Annotated[bool, typer.Option("--full", help="List all variables, functions and operations, not only 12.")]
ModelNameOption = Annotated[
    str | None,
    typer.Option("--model-name", metavar="NAME", help="The model's name in requests.  [default: the base path's name]"),
]


@command(app, is_brief=True)
def inspect(
    console: Console,
    path: PathArgument,
    *,
    signature_name: SignatureOption = None,
    saved_model_tags: TagsOption = None,
    example: ExampleFlag = False,
    full: FullFlag = False,
    model_name: ModelNameOption = None,
) -> None:
    """Show what is in a SavedModel: signatures, variables, operations, files.

    It says what `saved_model_cli show --all` does, and what a server would serve it as. TensorFlow is not loaded, and
    nothing of the model is run. A shape's `?` stands for any size; the first is usually the number of examples.

    Examples:
      tfsctl inspect models/half_plus_two
      tfsctl inspect models/mnist/2 --signature-name predict_images
      tfsctl inspect models/half_plus_two --example
      tfsctl inspect models/mnist --json | jq '.meta_graphs[0].signatures'
    """
    from tfsctl.inspect import inspect_saved_model

    tags = None if saved_model_tags is None else tuple(tag for tag in saved_model_tags.split(",") if tag)
    report = inspect_saved_model(path, tags=tags)
    _check_signature(report, signature_name)
    examples = _examples(report, signature_name, model_name or report.serving.name) if example else {}
    if console.as_json:
        from tfsctl.cli._inspect.json import report_as_json

        console.show_json(report_as_json(report, signature_name=signature_name, examples=examples))
        return
    from tfsctl.cli._inspect.text import show_examples, show_report

    if example:
        show_examples(examples, console)
    else:
        show_report(report, console, signature_name=signature_name, most_rows=None if full else 12)


def _check_signature(report: SavedModelReport, name: str | None) -> None:
    from tfsctl.errors import NotFoundError

    if name is None:
        return
    there = sorted({other for graph in report.meta_graphs for other in graph.info.signatures})
    if name not in there:
        raise NotFoundError(
            f"The model has no signature '{name}'.", hint=f"It has: {', '.join(there)}." if there else "It has none."
        )


def _examples(report: SavedModelReport, signature_name: str | None, model_name: str) -> dict[str, ExampleRequest]:
    """By signature, of the first meta graph that has it."""
    from tfsctl.inspect import example_request, find_features

    found: dict[str, ExampleRequest] = {}
    for graph in report.meta_graphs:
        features = find_features(report.path, graph.info)
        for name, signature in graph.info.signatures.items():
            if signature_name in {None, name} and name not in found:
                found[name] = example_request(model_name, signature, features=features)
    return found
