"""TF Serving's softmax regression of 784 pixels to 10 classes (tensorflow-serving.md §10.1)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tfsctl.train.tensorflow_import import import_keras, import_tensorflow

Floats = npt.NDArray[np.float32]


class SoftmaxTrainer:
    """Weights and bias start at zero; plain gradient descent on the cross-entropy, summed over the batch.

    The original takes the logarithm of the softmax, which is minus infinity once a score rounds to zero. Here the loss
    is computed from the logits: the same gradient, and finite.
    """

    def __init__(self, learning_rate: float) -> None:
        tf = import_tensorflow()
        self._weights = tf.Variable(tf.zeros([784, 10]))
        self._bias = tf.Variable(tf.zeros([10]))
        self._rate = learning_rate
        specs = [tf.TensorSpec([None, 784], tf.float32), tf.TensorSpec([None], tf.int32)]
        self._step = tf.function(self._descend, input_signature=specs)

    def augment(self, images: Floats) -> Floats:
        """The digits as they are: the recipe does not vary them."""
        return images

    def step(self, images: Floats, labels: npt.NDArray[np.int32]) -> tuple[float, float]:
        """Learn one batch, images [n, 784] and labels [n]; give its mean loss and its accuracy before learning it."""
        loss, accuracy = self._step(images, labels)
        return float(loss), float(accuracy)

    def keras_model(self) -> Any:
        """The model as trained so far: `images` [-1, 784] to scores [-1, 10] that add up to 1."""
        keras = import_keras()
        layers = [keras.Input((784,), name="images"), keras.layers.Dense(10, activation="softmax", name="scores")]
        model = keras.Sequential(layers, name="mnist_softmax")
        model.set_weights([self._weights.numpy(), self._bias.numpy()])
        return model

    def _descend(self, images: Any, labels: Any) -> tuple[Any, Any]:
        tf = import_tensorflow()
        with tf.GradientTape() as tape:
            logits = images @ self._weights + self._bias
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            loss = tf.reduce_sum(losses)
        for variable, gradient in zip(
            (self._weights, self._bias), tape.gradient(loss, (self._weights, self._bias)), strict=True
        ):
            variable.assign_sub(self._rate * gradient)
        right = tf.equal(tf.argmax(logits, axis=1, output_type=tf.int32), labels)
        return tf.reduce_mean(losses), tf.reduce_mean(tf.cast(right, tf.float32))
