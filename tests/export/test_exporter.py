"""The exporter as a whole: what it takes, where it writes, and that nothing is left when it fails."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tfsctl.errors import AlreadyExistsError, InvalidArgumentError, NotFoundError
from tfsctl.export import export
from tfsctl.saved_model import read_saved_model
from tfsctl.train import TrainPlan, TrainProgress

Run = Callable[..., dict[str, np.ndarray]]


def test_sample_is_written_where_a_server_looks(tmp_path: Path) -> None:
    report = export("half_plus_two", output=tmp_path)
    assert (report.name, report.version, report.path) == ("half_plus_two", 1, tmp_path / "half_plus_two" / "1")
    assert set(report.signatures) == set(read_saved_model(report.path).signatures)
    assert report.num_bytes == sum(path.stat().st_size for path in report.path.rglob("*") if path.is_file())
    assert report.seconds > 0


def test_versions_count_up_and_names_can_be_chosen(tmp_path: Path) -> None:
    assert [export("half_plus_three", output=tmp_path, name="h").version for _ in range(2)] == [1, 2]
    assert export("half_plus_three", output=tmp_path, name="h", model_version=9).path == tmp_path / "h" / "9"


def test_existing_version_needs_force(tmp_path: Path) -> None:
    export("half_plus_two", output=tmp_path, name="h", model_version=1)
    with pytest.raises(AlreadyExistsError, match="h/1 exists already"):
        export("half_plus_three", output=tmp_path, name="h", model_version=1)
    report = export("half_plus_three", output=tmp_path, name="h", model_version=1, force=True)
    assert report.signatures == ("serving_default", "tensorflow/serving/regress")


def test_mnist_trains_first_and_leaves_no_checkpoint(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    progress: list[TrainProgress] = []
    report = export("mnist", on_progress=progress.append)
    assert progress[-1].iteration == 1000
    assert report.test_accuracy is not None
    assert report.test_accuracy > 0.89
    assert report.checkpoint is None
    assert [path.name for path in tmp_path.iterdir()] == ["models"]
    assert run(report.path, "predict_images", images=np.zeros((1, 784)))["scores"].shape == (1, 10)


def test_mnist_trains_as_planned(tmp_path: Path) -> None:
    plan = TrainPlan(training_iteration=20, output=tmp_path / "checkpoints")
    report = export("mnist", output=tmp_path / "models", train_plan=plan)
    assert report.checkpoint == tmp_path / "checkpoints" / "model.keras"
    assert report.checkpoint.is_file()


@pytest.mark.parametrize("as_directory", [True, False])
def test_mnist_takes_a_checkpoint(tmp_path: Path, softmax_checkpoint: Path, as_directory: bool) -> None:
    checkpoint = softmax_checkpoint.parent if as_directory else softmax_checkpoint
    report = export("mnist", output=tmp_path, checkpoint=checkpoint)
    assert report.signatures == ("predict_images", "serving_default")
    assert report.test_accuracy is None


def test_keras_file_gives_the_models_name(tmp_path: Path, keras_file: Path) -> None:
    assert export(str(keras_file), output=tmp_path).path == tmp_path / "doubler" / "1"


@pytest.mark.parametrize("source", ["half_plus_two", "half_plus_two/1", "half_plus_two/1/saved_model.pb"])
def test_saved_model_is_copied(tmp_path: Path, zoo: Path, source: str) -> None:
    report = export(str(zoo / source), output=tmp_path)
    assert report.path == tmp_path / "half_plus_two" / "1"
    assert (report.path / "saved_model.pb").read_bytes() == (zoo / "half_plus_two/1/saved_model.pb").read_bytes()


def test_module_object_gives_the_objects_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "user_adder.py").write_text(
        "import tensorflow as tf\n"
        "class Adder(tf.Module):\n"
        "    @tf.function(input_signature=[tf.TensorSpec([], tf.float32, name='x')])\n"
        "    def __call__(self, x):\n"
        "        return {'y': x + 1.0}\n"
    )
    monkeypatch.chdir(tmp_path)
    assert export("user_adder:Adder").path == Path("models/Adder/1")


@pytest.mark.parametrize(
    ("source", "guess"), [("half_plus_tow", "Did you mean half_plus_two?"), ("minst", "Did you mean mnist?")]
)
def test_unknown_source_lists_what_is_accepted_and_the_nearest_name(tmp_path: Path, source: str, guess: str) -> None:
    with pytest.raises(NotFoundError, match=f"nothing to export by the name {source}") as raised:
        export(source, output=tmp_path)
    assert guess in (raised.value.hint or "")
    assert "module:object" in (raised.value.hint or "")


@pytest.mark.parametrize("source", ["nothing.keras", "nothing.h5", "nowhere/saved_model.pb"])
def test_missing_file_is_not_found_and_nothing_is_left(tmp_path: Path, source: str) -> None:
    with pytest.raises(NotFoundError, match="no"):
        export(str(tmp_path / source), output=tmp_path / "models")
    assert list(tmp_path.iterdir()) == []


def test_options_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="goes with mnist, not with half_plus_two"):
        export("half_plus_two", output=tmp_path, checkpoint=tmp_path)
    with pytest.raises(InvalidArgumentError, match="not both"):
        export("mnist", output=tmp_path, checkpoint=tmp_path, train_plan=TrainPlan())


@pytest.mark.parametrize("name", ["a/b", "..", "", "7"])
def test_bad_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidArgumentError, match="model name"):
        export("half_plus_two", output=tmp_path / "models", name=name)
    assert list(tmp_path.iterdir()) == []


def test_interrupt_while_training_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(progress: TrainProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export("mnist", output=tmp_path / "models", on_progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_interrupt_while_writing_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_half(path: Path) -> None:
        (path / "saved_model.pb").write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr("tfsctl.export.exporter.write_half_plus_two", write_half)
    with pytest.raises(KeyboardInterrupt):
        export("half_plus_two", output=tmp_path / "models")
    assert list(tmp_path.iterdir()) == []


# Files of more than 1000 bytes cannot be written: each writer meets that in another way.
LIMITED = """
import json, resource, sys
from pathlib import Path
from tfsctl.errors import TfsctlError
from tfsctl.export import export
from tfsctl.train import TrainPlan, train_mnist
from tfsctl.train.tensorflow_import import import_keras

output, checkpoint, saved_model = (Path(argument) for argument in sys.argv[1:])
import_keras()
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
attempts = (
    lambda: export("half_plus_two", output=output),
    lambda: export("mnist", output=output, checkpoint=checkpoint),
    lambda: export(str(checkpoint), output=output),
    lambda: export(str(saved_model), output=output),
    lambda: train_mnist(TrainPlan(training_iteration=1, output=output)),
)
for attempt in attempts:
    try:
        attempt()
    except TfsctlError as error:
        left = [str(path) for path in output.rglob("*")]
        print(json.dumps([type(error).__name__, str(error), left]), flush=True)
"""


def test_full_disk_leaves_nothing_and_says_so(tmp_path: Path, softmax_checkpoint: Path, zoo: Path) -> None:
    command = [sys.executable, "-c", LIMITED, str(tmp_path), str(softmax_checkpoint), str(zoo / "half_plus_two")]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=120, check=True)
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(outcomes) == 5
    for error, message, left in outcomes:
        assert error == "ResourceExhaustedError"
        assert message.startswith(str(tmp_path))
        assert left == []
