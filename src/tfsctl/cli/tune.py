"""`tfsctl tune`."""

from __future__ import annotations

import dataclasses
import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tfsctl.cli._frame.command import TypedOptions, command, new_app
from tfsctl.cli._frame.console import Console
from tfsctl.cli._frame.exit_status import ExitStatus
from tfsctl.cli._tune.load_options import TuneLoadOptions
from tfsctl.cli._tune.server import TuneDockerOptions
from tfsctl.errors import UsageError

if TYPE_CHECKING:
    from tfsctl.serving import ModelConfig
    from tfsctl.tune import TunePlan, TuneProgress, TuneReport

app = new_app()

ModelArgument = Annotated[
    str, typer.Argument(metavar="MODEL", help="The model's base path (it holds the version directories), or NAME=PATH.")
]
LimitOption = Annotated[
    list[str] | None,
    typer.Option("--limit", metavar="LIMIT", help="What must be kept, such as 'p99<20ms'.  [default: nothing]"),
]
BudgetOption = Annotated[
    float, typer.Option("--budget-seconds", metavar="SECONDS", help="How long all of it may take, about.")
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output", metavar="DIR|FILE", help="Write the parameters here: batching_parameters.txt in a directory."
    ),
]
PerModelFlag = Annotated[
    bool, typer.Option("--per-model", help="Write batching_params.pbtxt into the newest version's directory too.")
]
MarkdownOption = Annotated[
    Path | None, typer.Option("--markdown", metavar="FILE", help="Write the report as Markdown too.")
]


@command(app)
def tune(
    console: Console,
    model: ModelArgument,
    *,
    limit: LimitOption = None,
    budget_seconds: BudgetOption = 300.0,
    output: OutputOption = None,
    per_model: PerModelFlag = False,
    markdown: MarkdownOption = None,
    load: TuneLoadOptions,
    docker: TuneDockerOptions,
    typed: TypedOptions,
) -> None:
    """Find the batching parameters and thread counts that answer most requests under a limit.

    Starts a server of its own for each setting, on a free port, and measures it: many settings briefly, the best ones
    longer, the last ones in turn. Batching is left off unless the gain stands out of the noise; there is no file to
    write then. Ends with status 1 if nothing keeps the limit.

    The load comes from this machine, so do not let it do anything else meanwhile.

    Examples:
      tfsctl tune models/mnist --limit 'p99<20ms'
      tfsctl tune models/mnist --concurrency 32 --output tuned/
      tfsctl tune digits=/srv/mnist --docker --rest --budget-seconds 600 --json
    """
    docker.check(typed)
    if docker.print_command:
        raise UsageError("--print goes with `tfsctl serve`: the line to serve with comes at the end of tuning.")
    served = _only_model(model)
    plan = _plan(served, load, limits=limit or [], budget_seconds=budget_seconds, cpus=docker.cpus)
    report = _run(console, model, plan, docker, served=served, output=output, per_model=per_model)
    if markdown is not None:
        from tfsctl.tune.markdown import write_markdown

        write_markdown(report, markdown)
    if console.as_json:
        console.show_json(report.to_json())
    else:
        from tfsctl.cli._tune.text import show_report

        show_report(console, report)
    if not report.is_met:
        raise typer.Exit(ExitStatus.NEGATIVE_ANSWER)


def _only_model(model: str) -> ModelConfig:
    from tfsctl.cli._serve.models import models_to_serve

    first, *others = models_to_serve([model])
    if others:
        names = ", ".join(each.name for each in (first, *others))
        raise UsageError(f"{model} holds several models: {names}.", hint=f"Tune one: tfsctl tune {first.base_path}")
    return first


def _plan(
    served: ModelConfig, load: TuneLoadOptions, *, limits: list[str], budget_seconds: float, cpus: float
) -> TunePlan:
    from tfsctl.tune import TunePlan, parse_limits

    return TunePlan(
        load=load.plan(served.name),
        concurrency=load.concurrency,
        rate=load.rate,
        limits=parse_limits(limits),
        budget_seconds=budget_seconds,
        rows=load.batch_size or 1,
        **({"num_cpus": math.ceil(cpus)} if cpus else {}),
    )


def _run(
    console: Console,
    model: str,
    plan: TunePlan,
    docker: TuneDockerOptions,
    *,
    served: ModelConfig,
    output: Path | None,
    per_model: bool,
) -> TuneReport:
    """Search, write what was chosen, and measure once more with what was written."""
    from tfsctl.cli._tune.output import command_lines, destination, flags_of
    from tfsctl.cli._tune.server import servers
    from tfsctl.tune import SERVER_FILE_NAME, Tuner

    place = destination(output, per_model=per_model, base_path=served.base_path)
    protocol = plan.load.protocol or "grpc"
    with (
        tempfile.TemporaryDirectory(prefix="tfsctl-tune-") as directory,
        console.progress(f"Tuning {served.name}") as bar,
        servers(console, model, docker, protocol=protocol, directory=Path(directory)) as start_server,
    ):
        tuner = Tuner(plan, start_server, on_progress=lambda state: bar.update(*_position(state)))
        report = tuner.run()
        files = place.write(report.setting)
        flags = flags_of(report.setting, files.get("server", Path(SERVER_FILE_NAME)), per_model="model" in files)
        confirmation = tuner.confirm(report.setting, flags) if files else None
    if output is not None and not files:
        console.say(f"Nothing was written to {output}: without batching there are no parameters.")
    return dataclasses.replace(
        report,
        files=files,
        confirmation=confirmation,
        commands=command_lines(model, flags, docker, is_written=bool(files)),
    )


def _position(state: TuneProgress) -> tuple[int, int, str]:
    """Where a search stands, by time."""
    done = min(round(state.elapsed_seconds), round(state.budget_seconds))
    return done, round(state.budget_seconds), f"s, {state.phase}: {state.setting}"
