"""`tfsctl status`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from tfsctl.cli._client_options import ServerOptions
from tfsctl.cli._frame.command import command, new_app
from tfsctl.cli._frame.console import Console

app = new_app()

StatusModelArgument = Annotated[
    str | None, typer.Argument(metavar="MODEL", help="The model's name; left out, all models are shown.")
]
VersionOption = Annotated[int | None, typer.Option("--model-version", metavar="N", help="This version only.")]


@command(app, is_brief=True)
def status(
    console: Console,
    model: StatusModelArgument = None,
    *,
    model_version: VersionOption = None,
    options: ServerOptions,
) -> None:
    """Show which versions of a model are loaded, and why others are not.

    A version goes through START, LOADING, AVAILABLE, UNLOADING and END. A version that could not be loaded stands at
    END with the error.

    Examples:
      tfsctl status
      tfsctl status half_plus_two --model-version 2
    """
    from tfsctl.client import ModelSummary
    from tfsctl.model_spec import ModelSpec

    with options.open(console) as client:
        if model is None:
            summaries = client.models()
        else:
            summaries = (ModelSummary(model, client.status(ModelSpec(model, model_version))),)
    if console.as_json:
        console.show_json({"models": [asdict(summary) for summary in summaries]})
        return
    rows = [
        (summary.name, v.version, v.state, v.error_code, v.error_message)
        for summary in summaries
        for v in summary.versions
    ]
    console.show_table(("model", "version", "state", "status", "message"), rows)
