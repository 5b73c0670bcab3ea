"""What TensorFlow and Keras themselves write: the mistakes as people make them, and models with nothing wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tfsctl.check import check_path

_BUILDER = """
import sys
import keras
import tensorflow as tf
from keras import layers

home = sys.argv[1]
spec = tf.TensorSpec([None, 4], tf.float32, name="x")
model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
tf.saved_model.save(model, f"{home}/model_by_save/1")
module = tf.Module()
module.layer = layers.Dense(3)
module.layer.build((None, 4))
module.f = tf.function(lambda x: {"y": module.layer(x)}, input_signature=[spec])
tf.saved_model.save(module, f"{home}/layer_by_save/1", signatures=module.f)
module = tf.Module()
module.f = tf.function(lambda x: {"y": tf.py_function(lambda v: v + 1, [x], tf.float32)}, input_signature=[spec])
tf.saved_model.save(module, f"{home}/py_function/1", signatures=module.f)
tf.saved_model.save(tf.Module(), f"{home}/no_signature/1")
model.export(f"{home}/model_by_export/1", verbose=False)
recurrent = [layers.Embedding(5, 4), layers.Bidirectional(layers.LSTM(3)), layers.BatchNormalization()]
keras.Sequential([keras.Input((10,)), *recurrent]).export(f"{home}/lstm/1", verbose=False)
words = keras.Input((1,), dtype="string")
lookup = layers.StringLookup(vocabulary=["a", "b"])
keras.Model(words, lookup(words)).export(f"{home}/lookup/1", verbose=False)
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("built")
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-c", _BUILDER, str(home)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return home


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "ids"),
    [
        ("model_by_save", ["variable-not-saved"]),
        ("layer_by_save", ["variable-not-saved"]),
        ("py_function", ["op-without-kernel", "op-runs-code"]),
        ("no_signature", ["no-signatures"]),
        ("model_by_export", []),
        ("lstm", []),
        ("lookup", []),
    ],
)
def test_a_model_of_keras_has_just_these_findings(model: str, ids: list[str], built: Path) -> None:
    report = check_path(built / model)
    assert [finding.kind.id for finding in report.findings] == ids
    assert report.would_serve == (not ids)
