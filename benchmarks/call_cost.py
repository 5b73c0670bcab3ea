"""Prints the median microseconds of one half_plus_two call in this process: `call_cost.py c_api|saved_model DIR`."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

CALLS_A_BATCH = 500
BATCHES = 9


def c_api(path: str) -> Callable[[], Any]:
    """A call of tfsctl's runtime, arrays in and out."""
    from tfsctl.runtime import load_model

    model = load_model(path, runtime="c_api")
    signature = model.info.signatures["serving_default"]
    inputs = {"x": np.array([1, 2, 5], np.float32)}
    return lambda: model.run(signature, inputs)


def saved_model(path: str) -> Callable[[], Any]:
    """The same signature as TensorFlow's own Python gives it."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf

    signature = tf.saved_model.load(path).signatures["serving_default"]
    x = np.array([[1], [2], [5]], np.float32)
    return lambda: {name: y.numpy() for name, y in signature(x=tf.constant(x)).items()}


def median_micros(call: Callable[[], Any]) -> float:
    """The median over batches, after one batch that is not counted."""
    figures = []
    for _ in range(BATCHES + 1):
        begin = time.perf_counter()
        for _ in range(CALLS_A_BATCH):
            call()
        figures.append((time.perf_counter() - begin) / CALLS_A_BATCH * 1e6)
    return statistics.median(figures[1:])


if __name__ == "__main__":
    print(median_micros({"c_api": c_api, "saved_model": saved_model}[sys.argv[1]](sys.argv[2])))
