"""What the scenarios share: servers as processes, load from wrk and h2load, memory, medians of interleaved rounds."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

HERE = Path(__file__).parent
PYTHON = sys.executable
TFSCTL = str(Path(sys.executable).with_name("tfsctl"))
MODEL = "half_plus_two"
BODY = json.dumps({"instances": [1.0, 2.0, 5.0]}).encode()
ANSWER = [2.5, 3.0, 4.5]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One comparison: ours against a baseline measured in the same run.

    `at_most` or `at_least` is the bound on ours / baseline that the project promises.
    """

    scenario: str
    what: str
    unit: str
    ours: float
    baseline: float
    at_most: float | None = None
    at_least: float | None = None

    @property
    def ratio(self) -> float:
        """Ours over the baseline."""
        return self.ours / self.baseline

    @property
    def holds(self) -> bool:
        """Whether the promise is kept."""
        return (self.at_most is None or self.ratio <= self.at_most) and (
            self.at_least is None or self.ratio >= self.at_least
        )


def free_port() -> int:
    """A TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def interleaved(rounds: int, subjects: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    """The median figure of each subject over `rounds` rounds, taken in turn so that drift of the machine hits all."""
    figures: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, measure in subjects.items():
            figures[name].append(measure())
    return {name: statistics.median(values) for name, values in figures.items()}


def wall_seconds(*command: str) -> float:
    """Wall-clock seconds of a whole process, which must succeed."""
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begin


def import_tensorflow_seconds() -> float:
    """The yardstick for everything about start-up: a process that imports TensorFlow and ends."""
    return wall_seconds(PYTHON, "-c", "import tensorflow")


@contextlib.contextmanager
def running(*command: str) -> Iterator[psutil.Process]:
    """A server as a child process for the time of a `with` block."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def ask_rest(port: int) -> list[float] | None:
    """The predictions for the tutorial's request, or None if nobody answers yet."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/models/{MODEL}:predict", data=BODY)
    try:
        with urllib.request.urlopen(request, timeout=5) as reply:
            predictions: list[float] = json.load(reply)["predictions"]
            return predictions
    except (OSError, urllib.error.URLError):
        return None


def wait_until_rest_answers(port: int, *, limit_seconds: float = 60) -> None:
    """Poll without much delay until the right answer comes."""
    end = time.monotonic() + limit_seconds
    while ask_rest(port) != ANSWER:
        if time.monotonic() > end:
            raise SystemExit(f"no right answer from port {port} in {limit_seconds} s")
        time.sleep(0.005)


def wait_until_listening(port: int, *, limit_seconds: float = 60) -> None:
    """Poll until a connection is accepted."""
    end = time.monotonic() + limit_seconds
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if time.monotonic() > end:
            raise SystemExit(f"nobody listens on port {port}")
        time.sleep(0.02)


def has_tool(name: str) -> bool:
    """Whether a load generator is installed; says loudly if it is not."""
    if shutil.which(name):
        return True
    print(f"NOT MEASURED: {name} is missing (Debian: apt-get install wrk nghttp2-client)", file=sys.stderr)
    return False


def wrk_per_second(port: int, *, connections: int, seconds: float) -> float:
    """Requests per second that wrk gets from a REST server, errors not allowed."""
    return wrk_throughput(wrk_output(port, connections=connections, seconds=seconds))


def wrk_output(port: int, *, connections: int, seconds: float, model: str = MODEL, body: bytes = BODY) -> str:
    """What wrk prints of a load on a REST server, latencies too; errors are not allowed."""
    script = Path(tempfile.gettempdir()) / "tfsctl-bench.lua"
    script.write_text(f"wrk.method = 'POST'\nwrk.body = [==[{body.decode()}]==]\n")
    url = f"http://127.0.0.1:{port}/v1/models/{model}:predict"
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency", "-s", str(script), url]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        raise SystemExit("errors under load:\n" + out)
    return out


def wrk_throughput(out: str) -> float:
    """The requests per second in what wrk printed."""
    return float(_find(r"Requests/sec:\s+([\d.]+)", out))


def h2load_per_second(port: int, message: bytes, *, connections: int, calls: int) -> float:
    """Predict calls per second that h2load gets from a gRPC server, one in flight on each connection."""
    return h2load_throughput(h2load_output(port, message, "-n", str(calls), connections=connections))


def h2load_output(port: int, message: bytes, *options: str, connections: int) -> str:
    """What h2load prints of the load that `options` say; errors are not allowed."""
    data = Path(tempfile.gettempdir()) / "tfsctl-bench.grpc"
    data.write_bytes(b"\0" + struct.pack(">I", len(message)) + message)
    url = f"http://127.0.0.1:{port}/tensorflow.serving.PredictionService/Predict"
    command = ["h2load", *options, "-c", str(connections), "-m", "1", "-d", str(data)]
    command += ["-H", "content-type: application/grpc", "-H", "te: trailers", url]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if int(_find(r"(\d+) failed", out)):
        raise SystemExit("errors under load:\n" + out)
    return out


def h2load_throughput(out: str) -> float:
    """The calls per second in what h2load printed."""
    return float(_find(r"finished in .*?, ([\d.]+) req/s", out))


def _find(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise SystemExit("cannot read the load generator's output:\n" + text)
    return match[1]


def resident_megabytes(process: psutil.Process) -> float:
    """The memory that a process holds now, its libraries' touched pages included."""
    return float(process.memory_info().rss) / 1e6
