"""`tfsctl models`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from tfsctl.cli._client_options import ServerOptions
from tfsctl.cli._frame.command import command, new_app
from tfsctl.cli._frame.console import Console

if TYPE_CHECKING:
    from tfsctl.client import ModelSummary

app = new_app()


@command(app, is_brief=True)
def models(console: Console, *, options: ServerOptions) -> None:
    """List the models of a server, their versions and the labels of these.

    Only tfsctl's server can tell; of a TensorFlow Serving, ask for the `status` of a model that you know.

    Examples:
      tfsctl models
      tfsctl models --server gpu-box:8501 --json
    """
    with options.open(console) as client:
        summaries = client.models()
    if console.as_json:
        console.show_json({"models": [asdict(summary) for summary in summaries]})
    else:
        console.show_table(("model", "available", "labels", "other versions"), [_row(summary) for summary in summaries])


def _row(summary: ModelSummary) -> tuple[str, str, str, str]:
    available = [str(version.version) for version in summary.versions if version.is_available]
    others = [f"{version.version} {version.state}" for version in summary.versions if not version.is_available]
    labels = [f"{label}={version}" for label, version in summary.version_labels.items()]
    return summary.name, ", ".join(available) or "-", ", ".join(labels) or "-", ", ".join(others) or "-"
