"""`tfsctl bench`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from tfsctl.cli._bench.input_options import BenchInputOptions
from tfsctl.cli._bench.load_options import BenchLoadOptions
from tfsctl.cli._bench.result_options import BenchCommand, BenchResultOptions
from tfsctl.cli._client_options import BenchServerOptions, LabelOption, VersionOption
from tfsctl.cli._frame.command import command, new_app
from tfsctl.cli._frame.console import Console
from tfsctl.cli._frame.exit_status import ExitStatus
from tfsctl.cli._predict.options import PictureChanges

app = new_app()

ModelArgument = Annotated[
    str,
    typer.Argument(metavar="MODEL", help="The model's name; mnist is sent its test digits, any other made-up inputs."),
]
SignatureOption = Annotated[
    str,
    typer.Option(
        "--signature-name",
        metavar="NAME",
        help="The signature.  [default: mnist's predict_images, else serving_default]",
    ),
]


@command(app, cls=BenchCommand)
def bench(
    console: Console,
    model: ModelArgument = "mnist",
    *,
    signature_name: SignatureOption = "",
    model_version: VersionOption = None,
    version_label: LabelOption = None,
    load_options: BenchLoadOptions,
    inputs: BenchInputOptions,
    pictures: PictureChanges,
    result_options: BenchResultOptions,
    options: BenchServerOptions,
) -> None:
    """Measure error rate, latency and throughput of a model.

    Counts as TensorFlow Serving's mnist_client does: a wrong digit or a failed call is an error, and the same test
    digits are sent in the same order. Only mnist has right answers of its own; others come with --inputs. Ends with
    status 1 if no call at all was answered, or a limit was not kept.

    Examples:
      tfsctl bench
      tfsctl bench mnist --concurrency 8 --rest
      tfsctl bench half_plus_two --rate 500 --arrivals poisson --duration 10 --json
      tfsctl bench mnist --concurrency 1:64 --duration 5 --report bench.html
      tfsctl bench --slo 'p99<20ms' 'errors<0.1%' 'error_rate<12%'
      tfsctl bench --compare rest grpc
      tfsctl bench cats_and_dogs --inputs pictures/ --resize --normalize --batch-size 8
    """
    from tfsctl.bench import BenchInterruptedError, BenchPlan

    plan = BenchPlan(
        model=model,
        **load_options.plan_values(),
        protocol=options.protocol,
        server=options.server,
        ca_file=options.ssl_ca,
        cert_file=options.ssl_cert,
        key_file=options.ssl_key,
        signature_name=signature_name,
        model_version=model_version,
        version_label=version_label,
        timeout_seconds=options.timeout_seconds,
        metrics=result_options.metrics,
        seed=inputs.seed,
        inputs=inputs.plan(pictures),
    )
    if plan.arrivals != "constant" and load_options.rate is None:
        console.warn(f"Without --rate, --arrivals {plan.arrivals} means nothing: requests follow answers.")
    results = result_options.checked(plan, as_json=console.as_json)
    try:
        with console.bench_display(model) as on_progress:
            found = results.measure(on_progress=on_progress)
    except BenchInterruptedError as interrupt:
        if interrupt.report is None:
            raise
        console.warn("Interrupted. These are the figures until then.")
        replace(results, objectives=(), save_as=None, junit=None).finish(console, interrupt.report)
        raise typer.Exit(ExitStatus.INTERRUPTED) from None
    status = results.finish(console, found)
    if status:
        raise typer.Exit(status)
