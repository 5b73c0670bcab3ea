"""Clients written with tensorflow-serving-api as TensorFlow Serving's tutorials do it, unchanged (§10)."""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from serving.watched_server import WatchedServer
from tutorial_models import IMAGE_SIDE

RunClient = Callable[..., str]
DIGITS = Path(str(importlib.resources.files("tfsctl.mnist"))) / "data"


def write_image(path: Path, brightness: float) -> Path:
    np.save(path, np.full((IMAGE_SIDE, IMAGE_SIDE, 3), brightness, np.float32))
    return path


def test_mnist_client_gets_an_answer_for_each_digit(server: WatchedServer, run_client: RunClient) -> None:
    flags = (f"--server=127.0.0.1:{server.port}", f"--work_dir={DIGITS}", "--num_tests=1000", "--concurrency=8")
    dots, last = run_client("mnist_client", *flags).splitlines()
    assert dots == "." * 1000
    rate = re.fullmatch(r"Inference error rate: ([0-9.]+)%", last)
    assert rate
    assert 0 < float(rate[1]) < 20


def test_resnet_client_gets_the_class_over_grpc(server: WatchedServer, run_client: RunClient, tmp_path: Path) -> None:
    image = write_image(tmp_path / "image.npy", 0.286)
    printed = run_client("resnet_client_grpc", f"--server=127.0.0.1:{server.port}", f"--image={image}")
    assert printed == "Prediction class: 286\n"


def test_resnet_client_gets_the_class_over_rest(server: WatchedServer, run_client: RunClient, tmp_path: Path) -> None:
    url = f"http://localhost:{server.rest_port}/v1/models/resnet:predict"
    printed = run_client("resnet_client", f"--url={url}", f"--image={write_image(tmp_path / 'image.npy', 0.5)}")
    assert re.fullmatch(r"Prediction class: 500, avg latency: [0-9.]+ ms\n", printed)


def test_scripts_ask_for_states_and_signatures_and_reload(models: Path, run_client: RunClient, tmp_path: Path) -> None:
    flags = ("--model_name=half_plus_two", f"--model_base_path={models / 'half_plus_two'}")
    other = tmp_path / "models.config"
    other.write_text(
        f"model_config_list {{ config {{ name: 'half_plus_three' base_path: '{models / 'half_plus_three'}'"
        " model_platform: 'tensorflow' } }"
    )
    actions = ("status=half_plus_two", "metadata=half_plus_two", f"reload={other}", "status=half_plus_three")
    with WatchedServer(*flags) as server:
        printed = run_client("model_service_client", f"--server=127.0.0.1:{server.port}", *actions)
    assert printed.splitlines() == [
        "1 AVAILABLE 0",
        "half_plus_two 1",
        "classify_x_to_y tensorflow/serving/classify inputs scores",
        "regress_x2_to_y3 tensorflow/serving/regress inputs outputs",
        "regress_x_to_y tensorflow/serving/regress inputs outputs",
        "regress_x_to_y2 tensorflow/serving/regress inputs outputs",
        "serving_default tensorflow/serving/predict x y",
        "Reload successful",
        "1 AVAILABLE 0",
    ]
