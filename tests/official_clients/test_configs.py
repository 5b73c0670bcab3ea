"""Configurations as TensorFlow Serving's documentation writes them, and servers started as its own tests start them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from serving.grpc_calls import connected, floats, model_spec
from serving.model_directory import add_counting_version
from serving.rest_calls import RestCalls
from serving.stand_in_process import COMMAND, free_port
from serving.watched_server import WatchedServer
from tfsctl.protos import PREDICTION_SERVICE, PredictRequest

SEVERAL_VERSIONS = """
model_config_list {{
  config {{
    name: 'my_first_model'
    base_path: '{home}/my_first_model/'
    model_platform: 'tensorflow'
    model_version_policy {{
      specific {{
        versions: 42
        versions: 43
      }}
    }}
    version_labels {{
      key: 'stable'
      value: 42
    }}
    version_labels {{
      key: 'canary'
      value: 43
    }}
  }}
  config {{
    name: 'my_second_model'
    base_path: '{home}/my_second_model/'
    model_platform: 'tensorflow'
    model_version_policy: {{ all: {{ }} }}
  }}
  config {{
    name: 'my_third_model'
    base_path: '{home}/my_second_model/'
    model_platform: 'tensorflow'
    model_version_policy {{ latest {{ num_versions: 2 }} }}
  }}
}}
"""
BATCHING = """
max_batch_size { value: 128 }
batch_timeout_micros { value: 0 }
max_enqueued_batches { value: 1000000 }
num_batch_threads { value: 8 }
"""
MONITORING = """
prometheus_config {
  enable: true,
  path: "/monitoring/prometheus/metrics"
}
"""
SERVE = [sys.executable, "-m", "tfsctl", "serve"]
_READY_SECONDS = 60.0


def available(calls: Any, name: str) -> list[int]:
    return [entry.version for entry in calls.status(model_spec(name)) if entry.state == 30]


def test_several_models_policies_and_labels(zoo: Path, tmp_path: Path) -> None:
    for version in (41, 42, 43):
        add_counting_version(zoo, tmp_path / "my_first_model", version)
    for version in (1, 2, 3):
        add_counting_version(zoo, tmp_path / "my_second_model", version)
    file = tmp_path / "models.config"
    file.write_text(SEVERAL_VERSIONS.format(home=tmp_path))
    flags = (f"--model_config_file={file}", "--allow_version_labels_for_unavailable_models=true")
    with WatchedServer(*flags) as server, connected(f"127.0.0.1:{server.port}") as calls:
        for label, version in (("stable", 42), ("canary", 43)):
            spec = model_spec("my_first_model", label=label)
            assert calls.predict(spec, {"x": floats(0.0)})["y"].tolist() == [version]
        wait_until(lambda: available(calls, "my_second_model") == [3, 2, 1])
        wait_until(lambda: available(calls, "my_third_model") == [3, 2])
        assert available(calls, "my_first_model") == [43, 42]


def test_batching_and_monitoring(models: Path, tmp_path: Path) -> None:
    batching, monitoring = tmp_path / "batching.config", tmp_path / "monitoring.config"
    batching.write_text(BATCHING)
    monitoring.write_text(MONITORING)
    flags = ("--enable_batching=true", f"--batching_parameters_file={batching}")
    model = ("--model_name=half_plus_two", f"--model_base_path={models / 'half_plus_two'}")
    with WatchedServer(*model, *flags, f"--monitoring_config_file={monitoring}") as server:
        calls = RestCalls(f"127.0.0.1:{server.rest_port}")
        assert calls.predict("half_plus_two", [1.0, 2.0, 5.0]) == (200, {"predictions": [2.5, 3.0, 4.5]})
        calls._connection.request("GET", "/monitoring/prometheus/metrics")
        page = calls._connection.getresponse().read().decode()
        calls.close()
    assert "# TYPE :tensorflow:serving:request_count counter" in page
    assert ":tensorflow:serving:batching_session:processed_batch_size_count{} 1" in page


def wait_until(is_so: Any) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def started_as_by_the_harness(command: list[str], model: Path, *more: str) -> Iterator[tuple[int, int]]:
    """A server on ports found beforehand, ready when a model that nobody has is answered for; gRPC's and REST's."""
    port, rest_port = free_port(), free_port()
    args = [
        f"--port={port}",
        f"--rest_api_port={rest_port}",
        "--model_name=default",
        f"--model_base_path={model}",
        *more,
    ]
    with subprocess.Popen([*command, *args], stderr=subprocess.DEVNULL) as process:
        try:
            with connected(f"localhost:{port}") as calls:
                wait_until(lambda: is_ready(calls))
            yield port, rest_port
        finally:
            process.terminate()
            assert process.wait(_READY_SECONDS) == 0


def is_ready(calls: Any) -> bool:
    request = PredictRequest(model_spec=model_spec("intentionally_missing_model"))
    try:
        calls.raw(PREDICTION_SERVICE, "Predict", request.SerializeToString(), 5.0)
    except grpc.RpcError as error:
        failed: Any = error
        return "Servable not found" in failed.details()
    return True


@pytest.mark.parametrize(
    "command", [COMMAND, [sys.executable, "-m", "tfsctl", "serve"]], ids=["stand-in", "tfsctl serve"]
)
def test_the_harness_of_tensorflow_serving_can_start_it(command: list[str], models: Path) -> None:
    flags = (
        "--rest_api_timeout_in_ms=5000",
        "--grpc_channel_arguments=grpc.max_concurrent_streams=16",
        "--enable_signature_method_name_check=true",
        "--tensorflow_session_parallelism=2",
        "--enable_model_warmup",
    )
    with started_as_by_the_harness(command, models / "half_plus_two", *flags) as (port, rest_port):
        with connected(f"localhost:{port}") as calls:
            assert calls.predict("default", {"x": floats(2.0)})["y"].tolist() == [3.0]
        rest = RestCalls(f"localhost:{rest_port}")
        assert rest.predict("default", [2.0, 3.0, 4.0]) == (200, {"predictions": [3.0, 3.5, 4.0]})
        rest.close()
