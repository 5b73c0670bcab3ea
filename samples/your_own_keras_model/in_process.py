"""Serve models/line in this process, on free ports, and ask it: for a script or a notebook."""

from pathlib import Path

import numpy as np

from tfsctl.client import connect
from tfsctl.serving import ModelConfig, Server, ServerConfig

line = ModelConfig(name="line", base_path=Path("models/line"))
config = ServerConfig(models=(line,), port=0, rest_api_port=0)
with Server(config) as server, connect(server.rest_address, protocol="rest") as client:
    prediction = client.predict("line", [[0.0], [1.0]])
    (values,) = prediction.outputs.values()
    print(np.round(values.ravel(), 1).tolist())
