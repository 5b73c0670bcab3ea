"""Train a Keras model to draw the line 3x + 1, and save it to line.keras."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np

keras.utils.set_random_seed(1)
x = np.linspace(-1, 1, 200, dtype=np.float32).reshape(-1, 1)
model = keras.Sequential([keras.Input((1,), name="x"), keras.layers.Dense(1, name="line")])
model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
model.fit(x, 3 * x + 1, epochs=60, batch_size=20, verbose=0)
model.save("line.keras")
