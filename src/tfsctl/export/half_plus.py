"""TF Serving's toy models, with the signatures of its own fixtures (tensorflow-serving.md §10.4, TF1 column)."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tfsctl.export.graph_writer import save_graph, signature_def
from tfsctl.model_spec import DEFAULT_SIGNATURE_NAME
from tfsctl.signature import CLASSIFY_METHOD_NAME, PREDICT_METHOD_NAME, REGRESS_METHOD_NAME
from tfsctl.train.tensorflow_import import import_tensorflow

ASSET_NAME = "foo.txt"
ASSET_CONTENT = "asset-file-contents"


def write_half_plus_two(path: Path) -> None:
    """Write y = x/2 + 2, with y2 = x/2 + 3 and y3 = x2/2 + 3, as the SavedModel `path`.

    Predict as `serving_default` takes `x` float [-1, 1] and gives `y`. Three regress signatures and one classify take
    serialized Examples with the feature `x` (and `x2`, default 0); `regress_x2_to_y3` takes x2 as floats. It has an
    asset, whose path is kept in a variable when the model is loaded.
    """
    tf = import_tensorflow()
    with tf.Graph().as_default(), tempfile.TemporaryDirectory() as assets:
        a, b, a2, c = (_variable(value, name) for value, name in ((0.5, "a"), (2.0, "b"), (0.5, "a2"), (3.0, "c")))
        examples, x, x2 = _parsed_examples()
        y = tf.add(tf.multiply(a, x), b, name="y")
        y2 = tf.add(tf.multiply(a, x), c, name="y2")
        y3 = tf.add(tf.multiply(a2, x2), c, name="y3")
        signatures = {
            DEFAULT_SIGNATURE_NAME: signature_def({"x": x}, {"y": y}, PREDICT_METHOD_NAME),
            "regress_x_to_y": signature_def({"inputs": examples}, {"outputs": y}, REGRESS_METHOD_NAME),
            "regress_x_to_y2": signature_def({"inputs": examples}, {"outputs": y2}, REGRESS_METHOD_NAME),
            "regress_x2_to_y3": signature_def({"inputs": x2}, {"outputs": y3}, REGRESS_METHOD_NAME),
            "classify_x_to_y": signature_def({"inputs": examples}, {"scores": y}, CLASSIFY_METHOD_NAME),
        }
        save_graph(path, signatures, main_op=_keep_asset_path(Path(assets)))


def write_half_plus_three(path: Path) -> None:
    """Write y = x/2 + 3 as the SavedModel `path`.

    Predict as `serving_default` takes `x` float [-1, 1] and gives `y`; a signature named `tensorflow/serving/regress`
    takes serialized Examples with the feature `x`.
    """
    tf = import_tensorflow()
    with tf.Graph().as_default():
        a, b = _variable(0.5, "a"), _variable(3.0, "b")
        examples, x, _ = _parsed_examples()
        y = tf.add(tf.multiply(a, x), b, name="y")
        signatures = {
            DEFAULT_SIGNATURE_NAME: signature_def({"x": x}, {"y": y}, PREDICT_METHOD_NAME),
            REGRESS_METHOD_NAME: signature_def({"inputs": examples}, {"outputs": y}, REGRESS_METHOD_NAME),
        }
        save_graph(path, signatures)


def _variable(value: float | str, name: str) -> Any:
    return import_tensorflow().compat.v1.Variable(value, name=name, use_resource=True)


def _parsed_examples() -> tuple[Any, Any, Any]:
    """Serialized Examples, and their features `x` and `x2`, each [-1, 1]."""
    tf = import_tensorflow()
    examples = tf.compat.v1.placeholder(tf.string, [None], name="tf_example")
    features = {
        "x": tf.io.FixedLenFeature([1], tf.float32),
        "x2": tf.io.FixedLenFeature([1], tf.float32, default_value=[0.0]),
    }
    parsed = tf.io.parse_example(examples, features)
    return examples, tf.identity(parsed["x"], name="x"), tf.identity(parsed["x2"], name="x2")


def _keep_asset_path(directory: Path) -> Any:
    """The operation that writes the asset's path into a variable; the asset itself is made in `directory`."""
    tf = import_tensorflow()
    v1 = tf.compat.v1
    (directory / ASSET_NAME).write_text(ASSET_CONTENT, encoding="utf-8")
    asset_path = tf.constant(str(directory / ASSET_NAME), name="asset_path")
    v1.add_to_collection(v1.GraphKeys.ASSET_FILEPATHS, asset_path)
    return tf.group(_variable("", "filename_tensor").assign(asset_path))
