"""`tfsctl train`."""

from __future__ import annotations

import enum
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tfsctl.cli._frame.command import CommandGroup, command, new_app
from tfsctl.cli._frame.console import Console
from tfsctl.cli._frame.failure import usage_errors

if TYPE_CHECKING:
    from tfsctl.train import TrainReport

app = new_app()


class MnistModel(str, enum.Enum):
    """What can be trained on MNIST."""

    SOFTMAX = "softmax"
    CNN = "cnn"


ModelOption = Annotated[
    MnistModel,
    typer.Option("--model", help="softmax: a regression, 92 % in seconds; cnn: a small network, 98.5 % in minutes."),
]
IterationOption = Annotated[int, typer.Option("--training-iteration", metavar="N", help="How many batches to learn.")]
BatchSizeOption = Annotated[
    int | None, typer.Option("--batch-size", metavar="N", help="Digits in a batch.  [default: softmax 50, cnn 128]")
]
LearningRateOption = Annotated[
    float | None,
    typer.Option("--learning-rate", metavar="RATE", help="Step of the descent.  [default: softmax 0.01, cnn 0.003]"),
]
SeedOption = Annotated[
    int | None, typer.Option("--seed", metavar="N", help="Makes the training repeatable.  [default: a new one]")
]
DataDirOption = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="DIR",
        help="The four MNIST files.  [default: 20,000 training digits that come with tfsctl]",
    ),
]
DownloadFlag = Annotated[
    bool,
    typer.Option("--download", help="Fetch all 60,000 training digits, once, and use them."),
]
OutputOption = Annotated[
    Path, typer.Option("--output", metavar="DIR", help="Where model.keras and metrics.json go, or a .keras file.")
]


@app.callback(cls=CommandGroup)
def train() -> None:
    """Train a sample model and save a checkpoint.

    Examples:
      tfsctl train mnist
      tfsctl train mnist --model cnn --seed 1
    """


@command(app)
def mnist(
    console: Console,
    *,
    model: ModelOption = MnistModel.SOFTMAX,
    training_iteration: IterationOption = 1000,
    batch_size: BatchSizeOption = None,
    learning_rate: LearningRateOption = None,
    seed: SeedOption = None,
    data_dir: DataDirOption = None,
    download: DownloadFlag = False,
    output: OutputOption = Path("checkpoints/mnist"),
) -> None:
    """Train a classifier of handwritten digits.

    Learns the first 20,000 digits of MNIST, which come with tfsctl, measures on the 10,000 test digits, and saves a
    Keras model with a JSON of the figures beside it.

    Examples:
      tfsctl train mnist
      tfsctl train mnist --model cnn --seed 1 --output checkpoints/cnn
      tfsctl train mnist --download
    """
    from tfsctl.train import TrainPlan, train_mnist

    with usage_errors():
        plan = TrainPlan(
            model=model.value,
            training_iteration=training_iteration,
            batch_size=batch_size,
            learning_rate=learning_rate,
            seed=seed,
            data_dir=_download(console, data_dir) if download else data_dir,
            output=output,
        )
    console.say("Loading TensorFlow ...")
    with console.progress(f"Training {plan.model}") as progress:
        report = train_mnist(
            plan,
            lambda state: progress.update(
                state.iteration, state.training_iteration, f"loss {state.loss:.3f}  accuracy {state.accuracy:.1%}"
            ),
        )
    _show(report, console)


def _download(console: Console, data_dir: Path | None) -> Path:
    from tfsctl.mnist import download

    with console.progress("Downloading MNIST") as progress:
        return download(data_dir, on_progress=lambda name, done, total: progress.update(done, total, name))


def _show(report: TrainReport, console: Console) -> None:
    console.say(
        f"Learnt {report.training_iteration:,} batches of {report.batch_size} out of {report.num_train:,} digits,"
        f" seed {report.seed}, in {report.seconds:.1f} s."
    )
    if console.as_json:
        values = asdict(report)
        console.show_json({key: str(value) if isinstance(value, Path) else value for key, value in values.items()})
    else:
        console.show(f"Test accuracy: {report.test_accuracy:.2%}")
        console.show(f"Checkpoint: {report.checkpoint}")
    console.say(f"Next: tfsctl export mnist --checkpoint {report.checkpoint}")
