"""Train a Keras model, export it, serve it in this process and ask it."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np

from tfsctl.client import connect
from tfsctl.export import export
from tfsctl.serving import ModelConfig, Server, ServerConfig

keras.utils.set_random_seed(1)
x = np.linspace(-1, 1, 200, dtype=np.float32).reshape(-1, 1)
model = keras.Sequential([keras.Input((1,), name="x"), keras.layers.Dense(1, name="line")])
model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
model.fit(x, 3 * x + 1, epochs=60, batch_size=20, verbose=0)

with tempfile.TemporaryDirectory() as directory:
    model.save(Path(directory) / "line.keras")
    report = export(str(Path(directory) / "line.keras"), output=Path(directory) / "models")
    line = ModelConfig(name=report.name, base_path=report.path.parent)
    config = ServerConfig(models=(line,), port=0, rest_api_port=0)
    with Server(config) as server, connect(server.rest_address, protocol="rest") as client:
        prediction = client.predict("line", [[0.0], [1.0]])
        (values,) = prediction.outputs.values()
        print(np.round(values.ravel(), 1).tolist())
