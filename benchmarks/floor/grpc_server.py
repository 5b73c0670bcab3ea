"""A bare gRPC server on the engine that tfsctl uses: grpc.server with bytes handlers and protobuf, nothing checked.

python grpc/server.py PORT MODEL_DIR FEED FETCH INPUT_ALIAS OUTPUT_ALIAS
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
from bare_session import BareModel

from tfsctl.protos import PREDICTION_SERVICE, PredictRequest, PredictResponse

PORT, PATH, FEED, FETCH, INPUT, OUTPUT = sys.argv[1:7]
MODEL = BareModel(PATH, FEED, FETCH)


def predict(message: bytes, _context: grpc.ServicerContext) -> bytes:
    """One Predict call; the input is expected in float_val."""
    tensor = PredictRequest.FromString(message).inputs[INPUT]
    x = np.array(tensor.float_val, np.float32).reshape([dim.size for dim in tensor.tensor_shape.dim])
    y = MODEL.run(x)
    response = PredictResponse()
    response.model_spec.name = "half_plus_two"
    response.model_spec.version.value = 1
    out = response.outputs[OUTPUT]
    out.dtype = 1
    for size in y.shape:
        out.tensor_shape.dim.add().size = size
    out.float_val.extend(y.ravel().tolist())
    return bytes(response.SerializeToString())


def main() -> None:
    """Serve until killed."""
    server = grpc.server(ThreadPoolExecutor(8))
    methods = {"Predict": grpc.unary_unary_rpc_method_handler(predict)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(PREDICTION_SERVICE, methods),))
    server.add_insecure_port(f"127.0.0.1:{PORT}")
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
