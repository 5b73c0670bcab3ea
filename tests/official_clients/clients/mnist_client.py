"""Sends MNIST's test images to a model server one by one and counts what it gets wrong, as a tutorial's client does.

Uses nothing but TensorFlow, gRPC and the package tensorflow-serving-api: futures with a deadline and a callback, and
`float_val` of the answer.
"""

from __future__ import annotations

import argparse
import gzip
import sys
import threading
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc


class Results:
    """Counts answers and errors, and lets no more than `concurrency` requests run."""

    def __init__(self, num_tests: int, concurrency: int) -> None:
        self._num_tests = num_tests
        self._concurrency = concurrency
        self._num_errors = self._num_done = self._num_active = 0
        self._condition = threading.Condition()

    def begin(self) -> None:
        """Wait until another request may be sent."""
        with self._condition:
            while self._num_active == self._concurrency:
                self._condition.wait()
            self._num_active += 1

    def end(self, *, is_right: bool) -> None:
        """One request has ended."""
        with self._condition:
            self._num_errors += not is_right
            self._num_done += 1
            self._num_active -= 1
            self._condition.notify()

    def error_rate(self) -> float:
        """The part of wrong answers, once all are there."""
        with self._condition:
            while self._num_done != self._num_tests:
                self._condition.wait()
            return self._num_errors / float(self._num_tests)


def on_answer(label: int, results: Results) -> Any:
    """What is called with the future of a request when it is done."""

    def called(future: Any) -> None:
        exception = future.exception()
        if exception:
            print(exception)
            results.end(is_right=False)
            return
        sys.stdout.write(".")
        sys.stdout.flush()
        scores = np.array(future.result().outputs["scores"].float_val)
        results.end(is_right=bool(label == np.argmax(scores)))

    return called


def infer(server: str, work_dir: Path, *, concurrency: int, num_tests: int) -> float:
    """Test the server, and return the error rate."""
    images, labels = read_test_digits(work_dir, num_tests)
    channel = grpc.insecure_channel(server)
    stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
    results = Results(num_tests, concurrency)
    for image, label in zip(images, labels, strict=True):
        request = predict_pb2.PredictRequest()
        request.model_spec.name = "mnist"
        request.model_spec.signature_name = "predict_images"
        request.inputs["images"].CopyFrom(tf.make_tensor_proto(image, shape=[1, image.size]))
        results.begin()
        future = stub.Predict.future(request, 5.0)  # seconds
        future.add_done_callback(on_answer(int(label), results))
    return results.error_rate()


def read_test_digits(work_dir: Path, number: int) -> tuple[np.ndarray, np.ndarray]:
    """The first images, float32 [n, 784] from 0 to 1, and their labels, of the published files."""
    with gzip.open(work_dir / "t10k-images-idx3-ubyte.gz") as file:
        pixels = np.frombuffer(file.read(16 + number * 784)[16:], np.uint8)
    with gzip.open(work_dir / "t10k-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(8 + number)[8:], np.uint8)
    return pixels.reshape(number, 784).astype(np.float32) * np.float32(1.0 / 255.0), labels


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--concurrency", type=int, default=1)
    parser.add_argument("--num_tests", type=int, default=100)
    parser.add_argument("--server", default="")
    parser.add_argument("--work_dir", type=Path, default=Path("/tmp"))
    flags = parser.parse_args()
    if flags.num_tests > 10000:
        print("num_tests should not be greater than 10k")
        return
    if not flags.server:
        print("please specify server host:port")
        return
    rate = infer(flags.server, flags.work_dir, concurrency=flags.concurrency, num_tests=flags.num_tests)
    print(f"\nInference error rate: {rate * 100}%")


if __name__ == "__main__":
    main()
