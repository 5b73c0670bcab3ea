"""The models of TensorFlow Serving's tutorials, made by tfsctl's own exporters where it has them (§10).

`half_plus_two`, `half_plus_three` and `mnist` are exported as by `tfsctl export`; `resnet` stands in for the image
classifier: it takes `input_1`, images [-1, 8, 8, 3] from 0 to 1, and gives `activation_49`, scores [-1, 1001] whose
largest is that of class 1000 times the mean pixel.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

MNIST_ITERATIONS = 300
IMAGE_SIDE = 8
NUM_CLASSES = 1001
_BUILD_SECONDS = 240.0


@functools.cache
def tutorial_models() -> Path:
    """The directory of the models, `<name>/1`. Made once, by a process of its own: it imports TensorFlow."""
    home = Path(tempfile.mkdtemp(prefix="tutorial-models-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, __file__, str(home)]
    subprocess.run(command, env=environment, check=True, timeout=_BUILD_SECONDS)
    return home


def build(home: Path) -> None:
    """Write all of them."""
    from tfsctl.export import export
    from tfsctl.train import TrainPlan

    export("half_plus_two", output=home)
    export("half_plus_three", output=home)
    plan = TrainPlan(training_iteration=MNIST_ITERATIONS, seed=1, output=home.parent / f"{home.name}-checkpoint")
    export("mnist", output=home, train_plan=plan)
    shutil.rmtree(plan.output)
    _build_resnet(home / "resnet/1")


def _build_resnet(path: Path) -> None:
    import tensorflow as tf

    classes = tf.range(NUM_CLASSES, dtype=tf.float32)

    def classify(images: Any) -> dict[str, Any]:
        means = tf.reduce_mean(images, axis=[1, 2, 3])
        return {"activation_49": tf.nn.softmax(-tf.square(classes - 1000.0 * means[:, None]))}

    module = tf.Module()
    spec = tf.TensorSpec([None, IMAGE_SIDE, IMAGE_SIDE, 3], tf.float32, name="input_1")
    module.classify = tf.function(classify, input_signature=[spec])
    tf.saved_model.save(module, str(path), signatures=module.classify)


if __name__ == "__main__":
    build(Path(sys.argv[1]))
