"""Ask a server over gRPC with tfsctl, which does not import TensorFlow: `python grpc_tfsctl.py [localhost:8500]`."""

import sys

from tfsctl.client import connect

server = sys.argv[1] if len(sys.argv) > 1 else "localhost:8500"
with connect(server, protocol="grpc") as client:
    prediction = client.predict("half_plus_two", {"x": [1.0, 2.0, 5.0]})
print(prediction.outputs["y"].tolist())
