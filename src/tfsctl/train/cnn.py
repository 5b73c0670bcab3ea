"""A small convolutional net for the digits: two convolutions, two dense layers, 114,314 weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tfsctl.train.tensorflow_import import import_keras, import_tensorflow

Floats = npt.NDArray[np.float32]
_SIDE = 28
# Training digits are moved by up to so many pixels each way: 1.0 % of the test digits are misread instead of 1.3 %.
_MAX_SHIFT = 2


class CnnTrainer:
    """Adam with a rate that falls along a cosine to zero, on digits that are moved at random."""

    def __init__(self, learning_rate: float, *, training_iteration: int, seed: int) -> None:
        keras, tf = import_keras(), import_tensorflow()
        self._random = np.random.default_rng([seed, 1])
        self._logits, self._model = _build(keras, seed)
        self._optimizer = keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(learning_rate, decay_steps=training_iteration)
        )
        self._optimizer.build(self._model.trainable_variables)
        specs = [tf.TensorSpec([None, _SIDE * _SIDE], tf.float32), tf.TensorSpec([None], tf.int32)]
        self._step = tf.function(self._descend, input_signature=specs)

    def augment(self, images: Floats) -> Floats:
        """The digits [n, 784], each moved by a random number of pixels; what comes in at the edge is white."""
        square = images.reshape(-1, _SIDE, _SIDE)
        padded = np.pad(square, ((0, 0), (_MAX_SHIFT, _MAX_SHIFT), (_MAX_SHIFT, _MAX_SHIFT)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (_SIDE, _SIDE), axis=(1, 2))
        down, right = self._random.integers(0, 2 * _MAX_SHIFT + 1, (2, len(images)))
        moved: Floats = windows[np.arange(len(images)), down, right].reshape(images.shape)
        return moved

    def step(self, images: Floats, labels: npt.NDArray[np.int32]) -> tuple[float, float]:
        """Learn one batch, images [n, 784] and labels [n]; give its mean loss and its accuracy before learning it."""
        loss, accuracy = self._step(images, labels)
        return float(loss), float(accuracy)

    def keras_model(self) -> Any:
        """The model as trained so far: `images` [-1, 784] to scores [-1, 10] that add up to 1."""
        return self._model

    def _descend(self, images: Any, labels: Any) -> tuple[Any, Any]:
        tf = import_tensorflow()
        variables = self._model.trainable_variables
        with tf.GradientTape() as tape:
            logits = self._logits(images, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        self._optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        right = tf.equal(tf.argmax(logits, axis=1, output_type=tf.int32), labels)
        return loss, tf.reduce_mean(tf.cast(right, tf.float32))


def _build(keras: Any, seed: int) -> tuple[Any, Any]:
    """The net up to the logits, for a loss that is numerically safe; and with the softmax, sharing its layers."""
    layers = keras.layers
    images = keras.Input((_SIDE * _SIDE,), name="images")
    flow = layers.Reshape((_SIDE, _SIDE, 1))(images)
    for index, num_filters in enumerate((16, 32)):
        kernel = keras.initializers.HeNormal(seed=seed + index)
        flow = layers.Conv2D(num_filters, 5, padding="same", activation="relu", kernel_initializer=kernel)(flow)
        flow = layers.MaxPooling2D()(flow)
    flow = layers.Flatten()(flow)
    flow = layers.Dense(64, activation="relu", kernel_initializer=keras.initializers.HeNormal(seed=seed + 2))(flow)
    logits = layers.Dense(10, kernel_initializer=keras.initializers.HeNormal(seed=seed + 3), name="logits")(flow)
    scores = layers.Softmax(name="scores")(logits)
    return keras.Model(images, logits), keras.Model(images, scores, name="mnist_cnn")
