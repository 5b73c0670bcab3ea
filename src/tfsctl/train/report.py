"""What a training tells: while it runs, and at its end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TrainProgress:
    """Where a training stands after `iteration` of `training_iteration` batches.

    `loss` (cross-entropy of one digit, natural logarithm) and `accuracy` (0..1) are means over the batches since the
    report before, measured on the training digits as they were learnt.
    """

    iteration: int
    training_iteration: int
    loss: float
    accuracy: float


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainReport:
    """What a finished training is worth and where it was written.

    Attributes:
        model: `softmax` or `cnn`.
        training_iteration, batch_size, learning_rate, seed: As they were used, defaults filled in.
        num_train: The number of digits learnt from (the first 5000 of the training set are held out).
        loss: Mean cross-entropy over the last batches.
        validation_accuracy: Share of the 5000 held-out digits that are read rightly, 0..1.
        test_accuracy: Share of the test digits that are read rightly, 0..1.
        seconds: Wall time of reading the digits, training and measuring; importing TensorFlow is not in it.
        checkpoint: The `.keras` file.
        metrics: The JSON file beside it, which holds these figures.
    """

    model: str
    training_iteration: int
    batch_size: int
    learning_rate: float
    seed: int
    num_train: int
    loss: float
    validation_accuracy: float
    test_accuracy: float
    seconds: float
    checkpoint: Path
    metrics: Path
