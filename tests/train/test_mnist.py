"""Real trainings on the digits that come with the package."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tfsctl.errors import FailedPreconditionError, InvalidArgumentError
from tfsctl.mnist import Digits, load_test
from tfsctl.train import TrainPlan, TrainProgress, TrainReport, train_mnist
from tfsctl.train.tensorflow_import import import_keras


@pytest.fixture(scope="session")
def softmax(tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainReport, list[TrainProgress]]:
    progress: list[TrainProgress] = []
    plan = TrainPlan(seed=7, output=tmp_path_factory.mktemp("softmax"))
    return train_mnist(plan, progress.append), progress


def accuracy(checkpoint: Path) -> float:
    digits = load_test()
    scores = import_keras().saving.load_model(checkpoint).predict(digits.images, batch_size=500, verbose=0)
    np.testing.assert_allclose(scores.sum(axis=1), 1.0, rtol=1e-5)
    return float((scores.argmax(axis=1) == digits.labels).mean())


def test_softmax_misreads_about_a_tenth_of_the_test_digits(softmax: tuple[TrainReport, list[TrainProgress]]) -> None:
    report, _ = softmax
    assert 0.89 < report.test_accuracy < 0.93
    assert abs(report.validation_accuracy - report.test_accuracy) < 0.02
    assert (report.num_train, report.batch_size, report.learning_rate, report.seed) == (15_000, 50, 0.01, 7)


def test_checkpoint_is_as_good_as_the_report_says(softmax: tuple[TrainReport, list[TrainProgress]]) -> None:
    report, _ = softmax
    assert accuracy(report.checkpoint) == report.test_accuracy


def test_metrics_stand_beside_the_checkpoint(softmax: tuple[TrainReport, list[TrainProgress]]) -> None:
    report, _ = softmax
    assert {path.name for path in report.checkpoint.parent.iterdir()} == {"model.keras", "metrics.json"}
    metrics = json.loads(report.metrics.read_text())
    assert metrics["test_accuracy"] == report.test_accuracy
    assert metrics["checkpoint"] == "model.keras"
    assert {"model", "training_iteration", "batch_size", "learning_rate", "seed", "loss", "seconds"} <= set(metrics)
    assert metrics["tensorflow_version"].startswith("2.")


def test_progress_comes_a_hundred_times_and_the_loss_falls(softmax: tuple[TrainReport, list[TrainProgress]]) -> None:
    report, progress = softmax
    assert [state.iteration for state in progress] == list(range(10, 1001, 10))
    assert progress[0].loss > 1.0 > progress[-1].loss == report.loss
    assert progress[-1].accuracy > 0.8


def test_first_loss_is_that_of_ten_equal_scores(tmp_path: Path) -> None:
    report = train_mnist(TrainPlan(training_iteration=1, output=tmp_path))
    assert report.loss == pytest.approx(np.log(10), rel=1e-5)


@pytest.mark.parametrize("model", ["softmax", "cnn"])
def test_same_seed_gives_the_same_model(tmp_path: Path, model: str) -> None:
    plan = TrainPlan(model="cnn" if model == "cnn" else "softmax", training_iteration=12, batch_size=20, seed=3)
    first, second = (train_mnist(replace(plan, output=tmp_path / name)) for name in "ab")
    load = import_keras().saving.load_model
    for one, other in zip(*(load(report.checkpoint).get_weights() for report in (first, second)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_seed_that_was_drawn_is_told(tmp_path: Path) -> None:
    seeds = {train_mnist(TrainPlan(training_iteration=1, output=tmp_path)).seed for _ in range(2)}
    assert len(seeds) == 2


def test_scores_that_round_to_zero_keep_the_loss_finite(tmp_path: Path) -> None:
    report = train_mnist(TrainPlan(training_iteration=20, learning_rate=1e3, output=tmp_path))
    assert report.loss > 100.0


def test_training_that_diverges_says_what_to_do_and_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(FailedPreconditionError, match=r"The training diverged: the loss is (inf|nan)") as raised:
        train_mnist(TrainPlan(training_iteration=20, learning_rate=1e38, output=tmp_path / "out"))
    assert "--learning-rate" in (raised.value.hint or "")
    assert not (tmp_path / "out").exists()


def test_interrupt_writes_nothing(tmp_path: Path) -> None:
    def interrupt(progress: TrainProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_mnist(TrainPlan(output=tmp_path / "out"), interrupt)
    assert not (tmp_path / "out").exists()


def test_too_few_digits_for_a_validation_set_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = load_test(max_digits=100)
    monkeypatch.setattr("tfsctl.mnist.load_train", lambda data_dir: Digits(few.images, few.labels))
    with pytest.raises(InvalidArgumentError, match="100 training digits are too few: the first 5000 are held out"):
        train_mnist(TrainPlan(output=tmp_path))


@pytest.mark.slow
def test_cnn_reads_985_of_1000_test_digits(tmp_path: Path) -> None:
    report = train_mnist(TrainPlan(model="cnn", seed=1, output=tmp_path))
    assert report.test_accuracy >= 0.985
    assert accuracy(report.checkpoint) == report.test_accuracy
