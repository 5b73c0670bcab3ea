"""Asks an image classifier for the class of one image over REST, first to warm it up, then to time it."""

from __future__ import annotations

import argparse
import json

import numpy as np
import requests


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", default="http://localhost:8501/v1/models/resnet:predict")
    parser.add_argument("--image", required=True, help="a .npy file: float32 [height, width, 3]")
    flags = parser.parse_args()
    predict_request = json.dumps({"instances": [np.load(flags.image).tolist()]})
    for _ in range(3):
        response = requests.post(flags.url, data=predict_request, timeout=30)
        response.raise_for_status()
    total_time = 0.0
    num_requests = 10
    for _ in range(num_requests):
        response = requests.post(flags.url, data=predict_request, timeout=30)
        response.raise_for_status()
        total_time += response.elapsed.total_seconds()
        prediction = response.json()["predictions"][0]
    print(f"Prediction class: {np.argmax(prediction)}, avg latency: {total_time * 1000 / num_requests} ms")


if __name__ == "__main__":
    main()
