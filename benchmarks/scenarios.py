"""The figures that the project promises, each as a ratio to a baseline of the same run."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from measure import (
    HERE,
    MODEL,
    PYTHON,
    TFSCTL,
    Row,
    free_port,
    h2load_per_second,
    has_tool,
    import_tensorflow_seconds,
    interleaved,
    resident_megabytes,
    running,
    wait_until_listening,
    wait_until_rest_answers,
    wall_seconds,
    wrk_per_second,
)

from tfsctl.protos import PredictRequest
from tfsctl.saved_model import read_saved_model

LOAD_SECONDS = 3
GRPC_CALLS = 6000


def export_model(directory: Path) -> Path:
    """Write half_plus_two into `directory` with the command that users have; gives its base path."""
    subprocess.run([TFSCTL, "export", MODEL, "--output", str(directory)], check=True, stderr=subprocess.DEVNULL)
    return directory / MODEL


def _serve(base_path: Path, rest: int, grpc: int) -> list[str]:
    return [TFSCTL, "serve", f"{MODEL}={base_path}", "--rest-api-port", str(rest), "--port", str(grpc)]


def _operations(base_path: Path) -> list[str]:
    """Feed and fetch operation and the two aliases of the default signature."""
    signature = read_saved_model(base_path / "1").signatures["serving_default"]
    ((feed, x),) = signature.inputs.items()
    ((fetch, y),) = signature.outputs.items()
    return [x.tensor_name.split(":")[0], y.tensor_name.split(":")[0], feed, fetch]


def runtime(base_path: Path, rounds: int) -> list[Row]:
    """One call of the runtime against the same signature through `tf.saved_model.load`, both in-process."""

    def micros(kind: str) -> float:
        command = [PYTHON, str(HERE / "call_cost.py"), kind, str(base_path / "1")]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    medians = interleaved(rounds, {"ours": lambda: micros("c_api"), "tf": lambda: micros("saved_model")})
    return [
        Row(scenario="runtime", what="a call, against tf.saved_model", unit="µs", ours=medians["ours"],
            baseline=medians["tf"], at_most=0.25)
    ]  # fmt: skip


def shell(base_path: Path, rounds: int) -> list[Row]:
    """One prediction from the shell against importing TensorFlow."""
    rest, grpc = free_port(), free_port()
    ask = [TFSCTL, "predict", MODEL, "[1.0, 2.0, 5.0]"]
    with running(*_serve(base_path, rest, grpc)):
        wait_until_rest_answers(rest)
        medians = interleaved(
            max(rounds, 5),
            {
                "rest": lambda: wall_seconds(*ask, "--rest", "--server", f"127.0.0.1:{rest}"),
                "grpc": lambda: wall_seconds(*ask, "--grpc", "--server", f"127.0.0.1:{grpc}"),
                "import": import_tensorflow_seconds,
            },
        )
    return [
        Row(scenario="shell", what=f"predict --{kind}, against import tensorflow", unit="s", ours=medians[kind],
            baseline=medians["import"], at_most=0.17)
        for kind in ("rest", "grpc")
    ]  # fmt: skip


def start(base_path: Path, rounds: int) -> list[Row]:
    """Process start to the first right answer against importing TensorFlow."""

    def first_answer() -> float:
        rest = free_port()
        begin = time.perf_counter()
        with running(*_serve(base_path, rest, free_port())):
            wait_until_rest_answers(rest)
            return time.perf_counter() - begin

    medians = interleaved(max(rounds, 5), {"ours": first_answer, "import": import_tensorflow_seconds})
    return [
        Row(scenario="start", what="serve to first answer, against import tensorflow", unit="s", ours=medians["ours"],
            baseline=medians["import"], at_most=0.45)
    ]  # fmt: skip


def rest(base_path: Path, rounds: int) -> list[Row]:
    """REST throughput against a bare server on the same engine."""
    if not has_tool("wrk"):
        return []
    ours, bare = free_port(), free_port()
    floor = [PYTHON, str(HERE / "floor/rest_server.py"), str(bare), str(base_path / "1"), *_operations(base_path)[:2]]
    rows = []
    with running(*_serve(base_path, ours, free_port())), running(*floor):
        for port in (ours, bare):
            wait_until_rest_answers(port)
        for connections in (1, 16):
            load = _rest_load(connections)
            medians = interleaved(rounds, {"ours": partial(load, ours), "bare": partial(load, bare)})
            rows.append(
                Row(scenario="rest", what=f"{connections} connections, against a bare server", unit="requests/s",
                    ours=medians["ours"], baseline=medians["bare"], at_least=0.5)
            )  # fmt: skip
    return rows


def _rest_load(connections: int) -> Callable[[int], float]:
    return lambda port: wrk_per_second(port, connections=connections, seconds=LOAD_SECONDS)


def grpc(base_path: Path, rounds: int) -> list[Row]:
    """GRPC throughput against a bare `grpc.server`."""
    if not has_tool("h2load"):
        return []
    ours, bare = free_port(), free_port()
    operations = _operations(base_path)
    floor = [PYTHON, str(HERE / "floor/grpc_server.py"), str(bare), str(base_path / "1"), *operations]
    message = _predict_request(operations[2])
    rows = []
    with running(*_serve(base_path, free_port(), ours)), running(*floor):
        for port in (ours, bare):
            wait_until_listening(port)
        for connections in (1, 16):
            load = _grpc_load(message, connections)
            medians = interleaved(rounds, {"ours": partial(load, ours), "bare": partial(load, bare)})
            rows.append(
                Row(scenario="grpc", what=f"{connections} connections, against a bare server", unit="calls/s",
                    ours=medians["ours"], baseline=medians["bare"], at_least=0.5)
            )  # fmt: skip
    return rows


def _grpc_load(message: bytes, connections: int) -> Callable[[int], float]:
    return lambda port: h2load_per_second(port, message, connections=connections, calls=GRPC_CALLS)


def _predict_request(alias: str) -> bytes:
    request = PredictRequest()
    request.model_spec.name = MODEL
    tensor = request.inputs[alias]
    tensor.dtype = 1
    tensor.tensor_shape.dim.add().size = 3
    tensor.float_val.extend([1.0, 2.0, 5.0])
    return bytes(request.SerializeToString())


def memory(base_path: Path, rounds: int) -> list[Row]:
    """Resident memory after a thousand answers against the bare server's, the library and the model being in both."""

    def after_answers(command: list[str], port: int) -> float:
        with running(*command) as process:
            for _ in range(1000):
                wait_until_rest_answers(port)
            return resident_megabytes(process)

    ours, bare = free_port(), free_port()
    floor = [PYTHON, str(HERE / "floor/rest_server.py"), str(bare), str(base_path / "1"), *_operations(base_path)[:2]]
    medians = interleaved(
        rounds,
        {
            "ours": lambda: after_answers(_serve(base_path, ours, free_port()), ours),
            "bare": lambda: after_answers(floor, bare),
        },
    )
    return [
        Row(scenario="memory", what="resident, against library and model alone", unit="MB", ours=medians["ours"],
            baseline=medians["bare"], at_most=1.1)
    ]  # fmt: skip


SCENARIOS: dict[str, Callable[[Path, int], list[Row]]] = {
    "runtime": runtime,
    "shell": shell,
    "start": start,
    "rest": rest,
    "grpc": grpc,
    "memory": memory,
}
