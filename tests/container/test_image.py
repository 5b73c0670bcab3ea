"""The image that the Dockerfile makes keeps the contract of tensorflow/serving (tensorflow-serving.md §8)."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.runner import run_tfsctl
from container.docker_serving import docker, inspect

_NAME = "tfsctl-test-contract"


@pytest.fixture
def address(image: str, half_plus_two: Path) -> Iterator[str]:
    """The REST address of the image, run as TensorFlow Serving's documentation says; the model is named in two ways."""
    mount = f"type=bind,source={half_plus_two},target=/srv/half,readonly"
    variables = ("--env", "MODEL_NAME=half", "--env", "MODEL_BASE_PATH=/srv")
    docker("run", "--detach", "--name", _NAME, "--publish", "127.0.0.1::8501", "--mount", mount, *variables, image)
    try:
        yield docker("port", _NAME, "8501").splitlines()[0]
    finally:
        subprocess.run(["docker", "rm", "--force", _NAME], capture_output=True, check=False)


def test_the_image_says_what_tf_servings_says(image: str) -> None:
    config = json.loads(docker("image", "inspect", image))[0]["Config"]
    assert {"MODEL_NAME=model", "MODEL_BASE_PATH=/models"} <= set(config["Env"])
    assert set(config["ExposedPorts"]) == {"8500/tcp", "8501/tcp"}
    assert config["Entrypoint"] == ["/usr/bin/tf_serving_entrypoint.sh"]
    assert config["User"] not in {"", "0", "root"}


def test_variables_name_the_model_and_health_is_told(address: str) -> None:
    check = inspect(_NAME)["Config"]["Healthcheck"]["Test"]
    assert check[0] == "CMD"
    deadline = time.monotonic() + 30
    while subprocess.run(["docker", "exec", _NAME, *check[1:]], capture_output=True, check=False).returncode:
        assert time.monotonic() < deadline, docker("logs", _NAME)
    assert run_tfsctl("predict", "half", "[1.0]", "--server", f"http://{address}").json == [2.5]


def test_it_is_not_healthy_without_a_model_and_stops_when_asked(image: str) -> None:
    """The server is process 1 here: SIGTERM works once it has a handler, which it has when it says something."""
    docker("run", "--detach", "--name", _NAME, image)
    try:
        deadline = time.monotonic() + 30
        while "model" not in docker("logs", _NAME):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        check = inspect(_NAME)["Config"]["Healthcheck"]["Test"]
        assert subprocess.run(["docker", "exec", _NAME, *check[1:]], capture_output=True, check=False).returncode != 0
        docker("stop", "--time", "30", _NAME)
        assert inspect(_NAME)["State"]["ExitCode"] == 0
    finally:
        subprocess.run(["docker", "rm", "--force", _NAME], capture_output=True, check=False)
