"""Train a classifier of handwritten digits, measure it, save it."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from tfsctl.errors import FailedPreconditionError, InvalidArgumentError
from tfsctl.train.plan import TrainPlan
from tfsctl.train.report import TrainProgress, TrainReport

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from tfsctl.mnist import Digits

# TF Serving's recipe keeps the first training digits for validation (tensorflow-serving.md §10.3).
NUM_VALIDATION = 5000
_MAX_REPORTS = 100
_MAX_ITERATIONS_PER_REPORT = 50
_MEASURE_BATCH = 1000

OnProgress = Callable[[TrainProgress], None]


class Trainer(Protocol):
    """A model that learns batch by batch: images float32 [n, 784], labels int32 [n]."""

    def augment(self, images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The digits of a batch, varied as the model's recipe says."""

    def step(self, images: npt.NDArray[np.float32], labels: npt.NDArray[np.int32]) -> tuple[float, float]:
        """Learn one batch; give its mean loss and its accuracy before learning it."""

    def keras_model(self) -> Any:
        """The model as trained so far."""


def train_mnist(plan: TrainPlan, on_progress: OnProgress | None = None) -> TrainReport:
    """Train as `plan` says, measure on the test digits, save checkpoint and metrics.

    `on_progress` is called in this thread, at most about every 50 batches and at the last one. The first 5000 training
    digits are never learnt: they are the validation set of TF Serving's recipe. A KeyboardInterrupt leaves no file.

    Raises:
        NotFoundError, DataLossError: the digits of `plan.data_dir` are missing or corrupt.
        InvalidArgumentError: fewer digits than one batch.
        FailedPreconditionError: the training diverged; TensorFlow cannot be used.
        ResourceExhaustedError, PermissionDeniedError: the checkpoint cannot be written.
    """
    from tfsctl.mnist import load_test, load_train
    from tfsctl.train.checkpoint import save_checkpoint, save_metrics
    from tfsctl.train.tensorflow_import import import_tensorflow

    import_tensorflow()
    started = time.monotonic()
    digits, test = load_train(plan.data_dir), load_test(plan.data_dir)
    seed = secrets.randbelow(2**32) if plan.seed is None else plan.seed
    trainer = _trainer(plan, seed)
    loss = _learn(trainer, digits, plan, seed=seed, on_progress=on_progress)
    model = trainer.keras_model()
    report = TrainReport(
        model=plan.model,
        training_iteration=plan.training_iteration,
        batch_size=plan.chosen_batch_size,
        learning_rate=plan.chosen_learning_rate,
        seed=seed,
        num_train=len(digits) - NUM_VALIDATION,
        loss=loss,
        validation_accuracy=_accuracy(model, _part(digits, slice(NUM_VALIDATION))),
        test_accuracy=_accuracy(model, test),
        seconds=time.monotonic() - started,
        checkpoint=plan.checkpoint_path,
        metrics=plan.metrics_path,
    )
    save_checkpoint(model, report.checkpoint)
    save_metrics(report)
    return report


def _trainer(plan: TrainPlan, seed: int) -> Trainer:
    from tfsctl.train.cnn import CnnTrainer
    from tfsctl.train.softmax import SoftmaxTrainer

    if plan.model == "cnn":
        return CnnTrainer(plan.chosen_learning_rate, training_iteration=plan.training_iteration, seed=seed)
    return SoftmaxTrainer(plan.chosen_learning_rate)


def _learn(trainer: Trainer, digits: Digits, plan: TrainPlan, *, seed: int, on_progress: OnProgress | None) -> float:
    """Run all batches; give the mean loss of the last ones."""
    import numpy as np

    from tfsctl.train.batches import EpochBatches

    if len(digits) <= NUM_VALIDATION:
        raise InvalidArgumentError(
            f"{len(digits)} training digits are too few: the first {NUM_VALIDATION} are held out for validation."
        )
    learnt = _part(digits, slice(NUM_VALIDATION, None))
    batches = EpochBatches(len(learnt), plan.chosen_batch_size, np.random.default_rng(seed))
    total = plan.training_iteration
    stride = max(1, min(_MAX_ITERATIONS_PER_REPORT, total // _MAX_REPORTS))
    for start in range(0, total, stride):
        indices = [batches.next() for _ in range(start, min(start + stride, total))]
        figures = [trainer.step(trainer.augment(learnt.images[i]), learnt.labels[i].astype(np.int32)) for i in indices]
        loss, accuracy = (float(figure) for figure in np.mean(figures, axis=0))
        if not math.isfinite(loss):
            raise FailedPreconditionError(
                f"The training diverged: the loss is {loss} after {start + len(indices)} batches.",
                hint="Choose a smaller --learning-rate.",
            )
        if on_progress is not None:
            on_progress(TrainProgress(start + len(indices), total, loss, accuracy))
    return loss


def _part(digits: Digits, part: slice) -> Digits:
    return type(digits)(images=digits.images[part], labels=digits.labels[part])


def _accuracy(model: Any, digits: Digits) -> float:
    """The share of `digits` whose highest score is that of their label."""
    num_right = 0
    for start in range(0, len(digits), _MEASURE_BATCH):
        part = _part(digits, slice(start, start + _MEASURE_BATCH))
        scores = model(part.images, training=False).numpy()
        num_right += int((scores.argmax(axis=1) == part.labels).sum())
    return num_right / len(digits)
