"""`tfsctl demo`."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tfsctl.cli._frame.command import command, new_app
from tfsctl.cli._frame.console import Console
from tfsctl.cli._frame.exit_status import ExitStatus

if TYPE_CHECKING:
    from tfsctl.bench import BenchReport
    from tfsctl.cli._serve.server_process import ServerProcess

app = new_app()
Protocol = Literal["rest", "grpc"]

_QUESTION, _ANSWER = "[1.0, 2.0, 5.0]", [2.5, 3.0, 4.5]
_NUM_TESTS = 1000
# The recipe's regression misreads about one digit in ten; twice that, and something is wrong.
_MAX_ERROR_RATE = 0.2

OutputOption = Annotated[
    Path, typer.Option("--output", metavar="DIR", help="Where checkpoint, models and the server's log go.")
]
KeepFlag = Annotated[bool, typer.Option("--keep", help="Leave the server running until Ctrl-C.")]


@command(app)
def demo(console: Console, *, output: OutputOption = Path("tfsctl-demo"), keep: KeepFlag = False) -> None:
    """Train, export, serve and ask the two sample models, and show every step.

    Trains a digit classifier on MNIST, exports it and half_plus_two, serves both with a `tfsctl serve` on free ports,
    asks half_plus_two over REST and gRPC, measures 1000 digits over both, and stops the server. Each step is shown as
    the command that does it. Ends with status 1 if an answer is wrong.

    Examples:
      tfsctl demo
      tfsctl demo --keep
    """
    from tfsctl.cli._serve.server_process import server_process

    started = time.monotonic()
    models = output / "models"
    console.say(f"Everything goes into {output}. This takes less than a minute.")
    _make_models(console, output / "checkpoint", models)
    _step(console, f"tfsctl serve {models} --port 0 --rest-api-port 0")
    with server_process(models, log=output / "server.log") as server:
        _tell(console, f"gRPC at {server.grpc}, REST at http://{server.rest}")
        findings = Findings(
            predictions={"rest": _predict(console, "rest", server), "grpc": _predict(console, "grpc", server)},
            measurements={"grpc": _bench(console, "grpc", server), "rest": _bench(console, "rest", server)},
        )
        _conclude(console, findings, models, seconds=time.monotonic() - started)
        if keep:
            _wait(console, server)
    if not findings.are_right:
        raise typer.Exit(ExitStatus.NEGATIVE_ANSWER)


@dataclass(frozen=True, slots=True)
class Findings:
    """What the server answered, by protocol."""

    predictions: dict[str, Any]
    measurements: dict[str, BenchReport]

    @property
    def are_right(self) -> bool:
        """Whether half_plus_two can reckon and the digits are read as well as the recipe promises."""
        return all(answer == _ANSWER for answer in self.predictions.values()) and all(
            report.num_failed_calls == 0 and report.error_rate <= _MAX_ERROR_RATE
            for report in self.measurements.values()
        )


def _make_models(console: Console, checkpoint: Path, models: Path) -> None:
    from tfsctl.export import export
    from tfsctl.train import TrainPlan, train_mnist

    _step(console, f"tfsctl train mnist --output {checkpoint}")
    with console.progress("Training") as progress:
        report = train_mnist(
            TrainPlan(output=checkpoint),
            lambda state: progress.update(state.iteration, state.training_iteration, f"loss {state.loss:.3f}"),
        )
    _tell(console, f"Test accuracy: {report.test_accuracy:.2%}")
    _step(console, f"tfsctl export mnist --checkpoint {report.checkpoint} --output {models}")
    _tell(console, str(export("mnist", output=models, checkpoint=report.checkpoint).path))
    _step(console, f"tfsctl export half_plus_two --output {models}")
    _tell(console, str(export("half_plus_two", output=models).path))


def _predict(console: Console, protocol: Protocol, server: ServerProcess) -> Any:
    from tfsctl.client import connect

    address = server.rest if protocol == "rest" else server.grpc
    _step(console, f"tfsctl predict half_plus_two '{_QUESTION}' --{protocol} --server {address}")
    with connect(address, protocol=protocol) as client:
        body = f'{{"instances": {_QUESTION}}}'.encode()
        answer = json.loads(client.predict_json("half_plus_two", body))["predictions"]
    _tell(console, json.dumps(answer))
    return answer


def _bench(console: Console, protocol: Protocol, server: ServerProcess) -> BenchReport:
    from tfsctl.bench import BenchPlan, run

    address = server.rest if protocol == "rest" else server.grpc
    _step(console, f"tfsctl bench mnist --num-tests {_NUM_TESTS} --{protocol} --server {address}")
    plan = BenchPlan(num_tests=_NUM_TESTS, protocol=protocol, server=address)
    with console.progress("Testing") as progress:
        report = run(plan, on_progress=lambda state: progress.update(state.num_done, state.num_tests))
    _tell(console, report.summary())
    return report


def _conclude(console: Console, findings: Findings, models: Path, *, seconds: float) -> None:
    if console.as_json:
        measurements = {protocol: report.to_json() for protocol, report in findings.measurements.items()}
        console.show_json(
            {
                "is_right": findings.are_right,
                "predictions": findings.predictions,
                "measurements": measurements,
                "seconds": seconds,
            }
        )
        return
    verdict = "Everything answered as it should" if findings.are_right else "An answer is wrong"
    console.show(f"\n{verdict}, after {seconds:.1f} s.")
    console.say(f"To go on with these models: tfsctl serve {models}")


def _wait(console: Console, server: ServerProcess) -> None:
    try:
        console.say("The server goes on running; Ctrl-C stops it.")
        server.process.wait()
    except KeyboardInterrupt:  # Also how SIGTERM arrives. Stopping is what was wanted, so it is no failure.
        console.say("\nStopping ...")


def _step(console: Console, line: str) -> None:
    """Show the command that does what comes next."""
    if not console.as_json:
        console.show(f"\n$ {line}")


def _tell(console: Console, text: str) -> None:
    if not console.as_json:
        console.show(text)
