"""Ask a server over gRPC with tensorflow-serving-api: `python grpc_plain.py [localhost:8500]`.

The package imports TensorFlow, which takes seconds; grpc_tfsctl.py does not.
"""

import sys

import grpc
from tensorflow.core.framework import types_pb2
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

server = sys.argv[1] if len(sys.argv) > 1 else "localhost:8500"
request = predict_pb2.PredictRequest()
request.model_spec.name = "half_plus_two"
x = request.inputs["x"]
x.dtype = types_pb2.DT_FLOAT
x.tensor_shape.dim.add(size=3)
x.float_val.extend([1.0, 2.0, 5.0])

# Without these options an answer of more than 4 MiB is refused by the client.
options = [("grpc.max_receive_message_length", -1)]
with grpc.insecure_channel(server, options) as channel:
    stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
    try:
        reply = stub.Predict(request, timeout=30)
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")
print(list(reply.outputs["y"].float_val))
