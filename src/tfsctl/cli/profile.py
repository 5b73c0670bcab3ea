"""`tfsctl profile`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tfsctl.cli._client_options import BenchServerOptions, LabelOption, ModelArgument, VersionOption, model_or_only_one
from tfsctl.cli._frame.command import command, new_app
from tfsctl.cli._frame.console import Console
from tfsctl.cli._frame.exit_status import ExitStatus
from tfsctl.cli._profile_text import show_report

if TYPE_CHECKING:
    from tfsctl.profile import ProfilePlan, ProfileReport

app = new_app()

SecondsOption = Annotated[float, typer.Option("--seconds", metavar="N", help="How long to record; up to 60 seconds.")]
NumTestsOption = Annotated[
    int | None, typer.Option("--num-tests", metavar="N", help="Record so many requests instead, sent from here.")
]
ConcurrencyOption = Annotated[
    int, typer.Option("--concurrency", metavar="N", help="How many requests are in flight at once.")
]
RateOption = Annotated[
    float | None,
    typer.Option("--rate", metavar="PER_SECOND", help="Send at this rate, answered or not.  [default: as answered]"),
]
NoLoadFlag = Annotated[
    bool, typer.Option("--no-load", help="Send nothing: record the requests of others; without MODEL, of all models.")
]
SignatureOption = Annotated[
    str,
    typer.Option(
        "--signature-name",
        metavar="NAME",
        help="The signature.  [default: mnist's predict_images, else serving_default]",
    ),
]
ProfilerOption = Annotated[
    str | None,
    typer.Option(
        "--profiler",
        metavar="HOST:PORT",
        help="The server's gRPC address, where the requests go over REST.  [default: port 8500 where REST has 8501]",
    ),
]
TopOption = Annotated[int, typer.Option("--top", metavar="N", min=0, help="How many operations to show.")]
LogdirOption = Annotated[
    Path | None, typer.Option("--logdir", metavar="DIR", help="Write the trace there, for TensorBoard.")
]


@command(app)
def profile(
    console: Console,
    model: ModelArgument = None,
    *,
    seconds: SecondsOption = 3.0,
    num_tests: NumTestsOption = None,
    concurrency: ConcurrencyOption = 1,
    rate: RateOption = None,
    no_load: NoLoadFlag = False,
    signature_name: SignatureOption = "",
    model_version: VersionOption = None,
    version_label: LabelOption = None,
    top: TopOption = 10,
    logdir: LogdirOption = None,
    profiler: ProfilerOption = None,
    options: BenchServerOptions,
) -> None:
    """Show where a request's time goes in a running server, and in which operations.

    Sends requests as `tfsctl bench` does, has the server record meanwhile, over gRPC, and splits their time: queue
    (waiting for a thread, or for a batch), parse, run (the model), encode, and what only this side saw. Works with any
    TensorFlow Serving, as far as its trace tells. Ends with status 1 if no request ran a model meanwhile.

    Examples:
      tfsctl profile mnist --concurrency 4
      tfsctl profile half_plus_two --rest --profiler localhost:8500 --num-tests 500
      tfsctl profile --no-load --seconds 10 --logdir /tmp/traces
    """
    from tfsctl.bench import BenchPlan
    from tfsctl.errors import UsageError
    from tfsctl.profile import ProfilePlan

    if model is None and not no_load:
        with options.open(console) as client:
            model = model_or_only_one(model, client)
    if no_load and (num_tests is not None or rate is not None or signature_name):
        raise UsageError("With --no-load nothing is sent: --num-tests, --rate and --signature-name have no meaning.")
    load = BenchPlan(
        model=model or "any",
        concurrency=concurrency,
        rate=rate,
        protocol=options.protocol,
        server=options.server,
        ca_file=options.ssl_ca,
        cert_file=options.ssl_cert,
        key_file=options.ssl_key,
        signature_name=signature_name,
        model_version=model_version,
        version_label=version_label,
        timeout_seconds=options.timeout_seconds,
    )
    plan = ProfilePlan(
        load=load, model=model, seconds=seconds, num_tests=num_tests, sends_load=not no_load, profiler_server=profiler
    )
    report = _recorded(console, plan)
    path = _write(report, logdir)
    if console.as_json:
        console.show_json({**report.to_json(top=top), "trace_file": str(path) if path is not None else None})
        return
    show_report(console, report, top=top)
    if path is not None:
        console.show(f"\nWrote {path}\nLook at it: tensorboard --logdir {logdir}  (with tensorboard-plugin-profile)")


def _recorded(console: Console, plan: ProfilePlan) -> ProfileReport:
    from tfsctl.profile import NoRequestsError, profile

    try:
        with console.progress(f"Profiling {plan.model or 'all models'}") as bar:
            return profile(
                plan,
                on_progress=lambda state: bar.update(round(state.fraction * 100), 100, f"{state.num_done} requests"),
            )
    except NoRequestsError as error:
        status = ExitStatus.NEGATIVE_ANSWER
        console.fail(error.message, hint=error.hint, code="NOT_FOUND", exit_status=status)
        raise typer.Exit(status) from error


def _write(report: ProfileReport, logdir: Path | None) -> Path | None:
    from tfsctl.profile import write_logdir

    return write_logdir(report, logdir) if logdir is not None else None
