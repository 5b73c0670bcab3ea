"""`tfsctl export`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tfsctl.cli._frame.command import command, new_app
from tfsctl.cli._frame.completed_names import samples
from tfsctl.cli._frame.console import Console

if TYPE_CHECKING:
    from tfsctl.export import ExportReport

app = new_app()

SourceArgument = Annotated[
    str,
    typer.Argument(
        metavar="NAME|FILE",
        help="half_plus_two, half_plus_three, mnist; a .keras or .h5 file; a SavedModel's directory; or module:object.",
        autocompletion=samples,
    ),
]
OutputOption = Annotated[
    Path, typer.Option("--output", metavar="DIR", help="The directory of models: <DIR>/<name>/<version> is written.")
]
NameOption = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="The model's name.  [default: from the source]")
]
VersionOption = Annotated[
    int | None, typer.Option("--model-version", metavar="N", help="The version.  [default: the next free number]")
]
ForceFlag = Annotated[bool, typer.Option("--force", help="Replace the version if it exists.")]
CheckpointOption = Annotated[
    Path | None,
    typer.Option(
        "--checkpoint",
        metavar="FILE",
        help="For mnist: what `tfsctl train` saved.  [default: checkpoints/mnist/model.keras, or train first]",
    ),
]


@command(app)
def export(
    console: Console,
    source: SourceArgument,
    *,
    output: OutputOption = Path("models"),
    name: NameOption = None,
    model_version: VersionOption = None,
    force: ForceFlag = False,
    checkpoint: CheckpointOption = None,
) -> None:
    """Write a model as a SavedModel version that a server loads.

    The version's directory appears complete or not at all, so that a running server never loads half of it, and an
    existing version is not touched without --force.

    Examples:
      tfsctl export half_plus_two
      tfsctl export mnist --model-version 2
      tfsctl export classifier.keras --name classifier --output /srv/models
    """
    from tfsctl.export import export as export_model

    console.say(f"Exporting {source} ...")
    with console.progress(f"Exporting {source}") as progress:
        report = export_model(
            source,
            output=output,
            name=name,
            model_version=model_version,
            force=force,
            checkpoint=checkpoint or _trained(source, console),
            on_progress=lambda state: progress.update(
                state.iteration, state.training_iteration, f"loss {state.loss:.3f}  accuracy {state.accuracy:.1%}"
            ),
        )
    _show(report, console)


def _trained(source: str, console: Console) -> Path | None:
    """The checkpoint that `tfsctl train mnist` has left here, if there is one."""
    from tfsctl.train import checkpoint_path

    path = checkpoint_path()
    if source != "mnist" or not path.exists():
        return None
    console.say(f"Using the checkpoint {path}.")
    return path


def _show(report: ExportReport, console: Console) -> None:
    if report.test_accuracy is not None:
        console.say(f"Trained it first; test accuracy {report.test_accuracy:.2%}.")
    console.say(
        f"{report.name} version {report.version}: {report.num_bytes / 1e3:,.0f} kB,"
        f" signatures {', '.join(report.signatures)}, {report.seconds:.1f} s."
    )
    if console.as_json:
        values = asdict(report)
        console.show_json({key: str(value) if isinstance(value, Path) else value for key, value in values.items()})
    else:
        console.show(str(report.path))
    console.say(f"Next: tfsctl serve {report.path.parent.parent}")
