"""`tfsctl label`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tfsctl.cli._client_options import ReloadServerOptions, ServerOptions
from tfsctl.cli._frame.command import CommandGroup, command, new_app
from tfsctl.cli._frame.console import Console
from tfsctl.cli._label.change import ChangeInFile, LabelChange, change_on_server, parse_assignments
from tfsctl.cli._label.found_labels import found_labels

app = new_app()

ModelArgument = Annotated[str, typer.Argument(metavar="MODEL", help="The model's name.")]
ListedModelArgument = Annotated[
    str | None, typer.Argument(metavar="MODEL", help="The model's name; left out, all models are shown.")
]
AssignmentsArgument = Annotated[
    list[str], typer.Argument(metavar="LABEL=VERSION", help="The version that the label is to mean; may be repeated.")
]
LabelsArgument = Annotated[
    list[str], typer.Argument(metavar="LABEL", help="A label that is to mean nothing any more; may be repeated.")
]
FileOption = Annotated[
    Path | None,
    typer.Option(
        "--model-config-file",
        metavar="FILE",
        help="The configuration that the server has: change the labels in it, and reload it.  [default: have tfsctl's"
        " own server change its labels]",
    ),
]
ListedFileOption = Annotated[
    Path | None,
    typer.Option(
        "--model-config-file", metavar="FILE", help="The configuration that a server has which cannot tell its labels."
    ),
]
DryRunFlag = Annotated[bool, typer.Option("--dry-run", help="Print what there would be then, and change nothing.")]
RewriteFlag = Annotated[
    bool, typer.Option("--rewrite", help="Write FILE anew where its layout leaves no other way; comments are lost.")
]
AllowFlag = Annotated[
    bool,
    typer.Option(
        "--allow-unavailable",
        help="Leave it to the server whether a label may go to a version that is not available; for servers with"
        " --allow-version-labels-for-unavailable-models.",
    ),
]


@app.callback(cls=CommandGroup)
def label() -> None:
    """Give names to the versions of a model on a running server.

    Clients ask for a label, such as stable, and need not know which version that is today.

    Examples:
      tfsctl label list
      tfsctl label set mnist stable=3 canary=4
      tfsctl label drop mnist canary
    """


@command(app, "list", is_brief=True)
def list_labels(
    console: Console,
    model: ListedModelArgument = None,
    *,
    model_config_file: ListedFileOption = None,
    options: ServerOptions,
) -> None:
    """Show which labels there are, which versions they mean, and in what state these are.

    A TensorFlow Serving cannot tell its labels: name the configuration file that it was started with.

    Examples:
      tfsctl label list
      tfsctl label list mnist --json
      tfsctl label list mnist --server gpu-box:8500 --model-config-file models.config
    """
    with options.open(console) as client:
        labels = found_labels(client, model, file=model_config_file)
    if console.as_json:
        console.show_json({"labels": [asdict(label) for label in labels]})
    else:
        rows = [(label.model, label.label, label.version, label.state) for label in labels]
        console.show_table(("model", "label", "version", "state"), rows)


@command(app, "set", is_brief=True)
def set_labels(
    console: Console,
    model: ModelArgument,
    assignments: AssignmentsArgument,
    *,
    model_config_file: FileOption = None,
    rewrite: RewriteFlag = False,
    allow_unavailable: AllowFlag = False,
    dry_run: DryRunFlag = False,
    options: ReloadServerOptions,
) -> None:
    """Have labels mean versions of a model; its other labels and all else stay as they are.

    tfsctl's own server changes its labels at once, and forgets them when it ends. Any other TensorFlow Serving takes
    nothing but a whole configuration: --model-config-file names the one it has. The labels are changed in that file,
    where they stand, and the server is told to reload it; a refused change leaves the file as it was.

    Examples:
      tfsctl label set mnist stable=3
      tfsctl label set mnist stable=3 canary=4 --server gpu-box:8500 --model-config-file models.config
      tfsctl label set mnist stable=3 --model-config-file models.config --dry-run
    """
    change = LabelChange(model, assign=parse_assignments(assignments))
    way = ChangeInFile(model_config_file, rewrite, allow_unavailable) if model_config_file is not None else None
    _change(console, change, way=way, dry_run=dry_run, options=options)


@command(app, "drop", is_brief=True)
def drop_labels(
    console: Console,
    model: ModelArgument,
    labels: LabelsArgument,
    *,
    model_config_file: FileOption = None,
    rewrite: RewriteFlag = False,
    dry_run: DryRunFlag = False,
    options: ReloadServerOptions,
) -> None:
    """Take labels away from a model; clients that ask for them are refused from then on.

    For servers other than tfsctl's own name the configuration file, as for `tfsctl label set`.

    Examples:
      tfsctl label drop mnist canary
      tfsctl label drop mnist canary --server gpu-box:8500 --model-config-file models.config
    """
    change = LabelChange(model, drop=tuple(labels))
    way = ChangeInFile(model_config_file, rewrite) if model_config_file is not None else None
    _change(console, change, way=way, dry_run=dry_run, options=options)


def _change(
    console: Console, change: LabelChange, *, way: ChangeInFile | None, dry_run: bool, options: ReloadServerOptions
) -> None:
    """Do it and show the labels that the model has then; with `dry_run` only show."""
    edited = way.edit(change, console) if way is not None else None
    if edited is not None and dry_run:
        labels = edited.labels(change.model)
        if not console.as_json:
            console.show(edited.text.rstrip("\n"))
            return
    else:
        with options.open_for_management(console) as client:
            if way is not None and edited is not None:
                labels = way.apply(change, edited, client)
            else:
                labels = change_on_server(change, client, dry_run=dry_run)
    if console.as_json:
        console.show_json({"model": change.model, "version_labels": labels})
    else:
        console.show_table(("label", "version"), list(labels.items()))
