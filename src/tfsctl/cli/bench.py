"""`tfsctl bench`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tfsctl.cli._client_options import BenchServerOptions, LabelOption, VersionOption
from tfsctl.cli._command import command, new_app
from tfsctl.cli._console import Console
from tfsctl.cli._exit_status import ExitStatus

if TYPE_CHECKING:
    from tfsctl.bench import Progress

app = new_app()

ModelArgument = Annotated[
    str,
    typer.Argument(metavar="MODEL", help="The model's name; mnist is sent its test digits, any other made-up inputs."),
]
NumTestsOption = Annotated[int, typer.Option("--num-tests", metavar="N", help="How many requests to send.")]
ConcurrencyOption = Annotated[
    int, typer.Option("--concurrency", metavar="N", help="How many requests are in flight at once.")
]
RateOption = Annotated[
    float | None,
    typer.Option("--rate", metavar="PER_SECOND", help="Send at this rate, answered or not.  [default: as answered]"),
]
DurationOption = Annotated[
    float | None, typer.Option("--duration", metavar="SECONDS", help="Send for so long instead of --num-tests times.")
]
SignatureOption = Annotated[
    str,
    typer.Option(
        "--signature-name",
        metavar="NAME",
        help="The signature.  [default: mnist's predict_images, else serving_default]",
    ),
]


@command(app)
def bench(
    console: Console,
    model: ModelArgument = "mnist",
    *,
    num_tests: NumTestsOption = 1000,
    concurrency: ConcurrencyOption = 1,
    rate: RateOption = None,
    duration: DurationOption = None,
    signature_name: SignatureOption = "",
    model_version: VersionOption = None,
    version_label: LabelOption = None,
    options: BenchServerOptions,
) -> None:
    """Measure error rate, latency and throughput of a model.

    Counts as TensorFlow Serving's mnist_client does: a wrong digit or a failed call is an error, and the same test
    digits are sent in the same order. Only mnist has right answers; elsewhere errors are failed calls. Ends with status
    1 if no call at all was answered.

    Examples:
      tfsctl bench
      tfsctl bench mnist --concurrency 8 --rest
      tfsctl bench half_plus_two --rate 500 --duration 10 --json
    """
    from tfsctl.bench import BenchPlan, run

    plan = BenchPlan(
        model=model,
        num_tests=num_tests,
        concurrency=concurrency,
        rate=rate,
        duration_seconds=duration,
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
    with console.progress(f"Testing {model}") as bar:
        report = run(plan, on_progress=lambda state: bar.update(*_position(state)))
    if console.as_json:
        console.show_json(report.to_json())
    else:
        console.show(report.summary())
    if report.num_failed_calls == report.num_tests:
        raise typer.Exit(ExitStatus.NEGATIVE_ANSWER)


def _position(state: Progress) -> tuple[int, int | None, str]:
    """How far a measurement is: by requests, or by time where that ends it."""
    if state.num_tests is not None:
        return state.num_done, state.num_tests, ""
    return round(state.fraction * 100), 100, f"{state.num_done} requests"
