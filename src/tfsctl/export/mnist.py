"""The digit classifier with the signatures of TF Serving's example (tensorflow-serving.md §10.1)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from tfsctl.errors import FailedPreconditionError
from tfsctl.export.keras_model import load_keras_model
from tfsctl.model_spec import DEFAULT_SIGNATURE_NAME
from tfsctl.protos import SavedModel
from tfsctl.signature import CLASSIFY_METHOD_NAME
from tfsctl.train.tensorflow_import import import_tensorflow

PREDICT_SIGNATURE_NAME = "predict_images"
_NUM_PIXELS = 784
_NUM_CLASSES = 10


def write_mnist(checkpoint: Path, path: Path) -> None:
    """Write the Keras model of `checkpoint` as the SavedModel `path`, as TF Serving's `mnist_client.py` expects it.

    `predict_images`: `images` float [-1, 784] to `scores` float [-1, 10] in class order. `serving_default` (classify):
    serialized Examples with the feature `x` of 784 floats to `classes` string [-1, 10], the digits as text with the
    likeliest first, and their `scores`.

    Raises:
        NotFoundError, DataLossError: the checkpoint is missing or corrupt.
        FailedPreconditionError: it holds another kind of model.
    """
    tf = import_tensorflow()
    model = load_keras_model(checkpoint)
    input_shape = _checked_input_shape(model, checkpoint)

    def scores_of(images: Any) -> Any:
        return model(tf.reshape(images, [-1, *input_shape]), training=False)

    module = tf.Module()
    # Variables as TensorFlow's own: through the Keras model the file would hold copies that no signature reads.
    module.weights = [weight.value for weight in model.weights]
    predict = tf.function(lambda images: {"scores": scores_of(images)})
    classify = tf.function(lambda examples: _classes_and_scores(scores_of(_parsed_images(examples))))
    signatures = {
        PREDICT_SIGNATURE_NAME: predict.get_concrete_function(
            tf.TensorSpec([None, _NUM_PIXELS], tf.float32, name="images")
        ),
        DEFAULT_SIGNATURE_NAME: classify.get_concrete_function(tf.TensorSpec([None], tf.string, name="inputs")),
    }
    tf.saved_model.save(module, str(path), signatures=signatures)
    _set_method_name(path, DEFAULT_SIGNATURE_NAME, CLASSIFY_METHOD_NAME)


def _checked_input_shape(model: Any, checkpoint: Path) -> tuple[int, ...]:
    """The shape of one image as the model wants it: 784 pixels in any arrangement."""
    try:
        input_shape, output_shape = tuple(model.input_shape[1:]), tuple(model.output_shape[1:])
        fits = math.prod(input_shape) == _NUM_PIXELS and output_shape == (_NUM_CLASSES,)
    except (AttributeError, TypeError, ValueError):  # several inputs, or sizes that are not known
        fits = False
    if not fits:
        raise FailedPreconditionError(
            f"{checkpoint} is not a classifier of digits: it must take 784 pixels and give 10 scores.",
            hint=f"To export it as it is: tfsctl export {checkpoint}",
        )
    return input_shape


def _parsed_images(examples: Any) -> Any:
    tf = import_tensorflow()
    return tf.io.parse_example(examples, {"x": tf.io.FixedLenFeature([_NUM_PIXELS], tf.float32)})["x"]


def _classes_and_scores(scores: Any) -> dict[str, Any]:
    """All classes by falling score."""
    tf = import_tensorflow()
    sorted_scores, indices = tf.math.top_k(scores, _NUM_CLASSES)
    names = tf.constant([str(digit) for digit in range(_NUM_CLASSES)])
    return {"classes": tf.gather(names, indices), "scores": sorted_scores}


def _set_method_name(path: Path, signature_name: str, method_name: str) -> None:
    """Write a method name into the saved file: TensorFlow 2 knows `predict` only."""
    file = path / "saved_model.pb"
    saved_model = SavedModel.FromString(file.read_bytes())
    saved_model.meta_graphs[0].signature_def[signature_name].method_name = method_name
    file.write_bytes(saved_model.SerializeToString())
    # It holds a hash of the signatures, which has just become wrong. Loaders do without it.
    (path / "fingerprint.pb").unlink(missing_ok=True)
