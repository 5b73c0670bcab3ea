"""What to train: the settings of one training, checked when they are made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tfsctl.errors import InvalidArgumentError

ModelKind = Literal["softmax", "cnn"]
DEFAULT_OUTPUT = Path("checkpoints/mnist")


@dataclass(frozen=True, slots=True)
class _Defaults:
    batch_size: int
    learning_rate: float


# softmax: tensorflow-serving.md §10.1. cnn: one pass of 1000 batches is enough for 98.5 % with a wide margin.
_DEFAULTS: dict[str, _Defaults] = {"softmax": _Defaults(50, 0.01), "cnn": _Defaults(128, 0.003)}


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainPlan:
    """How to train a classifier of handwritten digits.

    Attributes:
        model: `softmax`, TF Serving's regression (tensorflow-serving.md §10.1), or `cnn`, a small convolutional net.
        training_iteration: The number of batches.
        batch_size: Digits in a batch; None is the model's own (softmax 50, cnn 128).
        learning_rate: None is the model's own (softmax 0.01 on the summed loss, cnn 0.003 at the peak).
        seed: Makes the training repeatable on the same machine; None draws a new one, which the report names.
        data_dir: A directory with the four IDX files; None uses the digits that come with the package.
        output: The directory for `model.keras` and `metrics.json`; or the `.keras` file itself, which then has
            `NAME.metrics.json` beside it.

    Raises:
        InvalidArgumentError: a value that cannot work; the texts are TF Serving's where it has one.
    """

    model: ModelKind = "softmax"
    training_iteration: int = 1000
    batch_size: int | None = None
    learning_rate: float | None = None
    seed: int | None = None
    data_dir: Path | None = None
    output: Path = DEFAULT_OUTPUT

    def __post_init__(self) -> None:
        if self.model not in _DEFAULTS:
            raise InvalidArgumentError(f"No such model to train: {self.model}", hint="There are softmax and cnn.")
        if self.training_iteration <= 0:
            raise InvalidArgumentError("Please specify a positive value for training iteration.")
        if self.chosen_batch_size <= 0:
            raise InvalidArgumentError("Please specify a positive value for batch size.")
        if not 0.0 < self.chosen_learning_rate < float("inf"):
            raise InvalidArgumentError("Please specify a positive value for learning rate.")
        if self.seed is not None and not 0 <= self.seed < 2**32:
            raise InvalidArgumentError("Please specify a seed between 0 and 4294967295.")

    @property
    def chosen_batch_size(self) -> int:
        """`batch_size`, or the model's own."""
        return _DEFAULTS[self.model].batch_size if self.batch_size is None else self.batch_size

    @property
    def chosen_learning_rate(self) -> float:
        """`learning_rate`, or the model's own."""
        return _DEFAULTS[self.model].learning_rate if self.learning_rate is None else self.learning_rate

    @property
    def checkpoint_path(self) -> Path:
        """The `.keras` file that the training writes."""
        return checkpoint_path(self.output)

    @property
    def metrics_path(self) -> Path:
        """The JSON file with the figures of the training, beside the checkpoint."""
        checkpoint = self.checkpoint_path
        return checkpoint.with_suffix(".metrics.json") if checkpoint == self.output else self.output / "metrics.json"


def checkpoint_path(output: Path = DEFAULT_OUTPUT) -> Path:
    """The `.keras` file that a training with this `output` writes, whether it exists or not."""
    return output if output.suffix == ".keras" else output / "model.keras"
