"""Asks an image classifier for the class of one image over gRPC, as a tutorial's client does."""

from __future__ import annotations

import argparse

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", default="localhost:8500")
    parser.add_argument("--image", required=True, help="a .npy file: float32 [height, width, 3]")
    flags = parser.parse_args()
    image = np.load(flags.image)
    channel = grpc.insecure_channel(flags.server)
    stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "resnet"
    request.model_spec.signature_name = "serving_default"
    request.inputs["input_1"].CopyFrom(tf.make_tensor_proto(image[None], shape=[1, *image.shape]))
    result = stub.Predict(request, 10.0)  # seconds
    scores = result.outputs["activation_49"].float_val
    print(f"Prediction class: {np.argmax(scores)}")


if __name__ == "__main__":
    main()
