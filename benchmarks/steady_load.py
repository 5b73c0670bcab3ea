"""Whether `tfsctl bench` holds a steady rate and its memory for ten minutes, and the server its memory.

    python benchmarks/steady_load.py                          200 requests a second for 600 seconds, REST and gRPC
    python benchmarks/steady_load.py --rate 500 --seconds 60 --protocol rest

The rate of every tenth of the time is held against the one planned, and the memory of the last half against that after
the first tenth. Ends with 1 if a rate is off by more than 2 %, a memory grows by more than 5 %, or a call fails.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from measure import MODEL, TFSCTL, free_port, resident_megabytes, running, wait_until_rest_answers

PARTS = 10
MAX_RATE_ERROR = 0.02
MAX_GROWTH = 0.05
_SAMPLE_SECONDS = 1.0


@dataclass(frozen=True)
class Memory:
    """Megabytes by second, from the start of a process to its end."""

    samples: Sequence[float]

    @property
    def settled(self) -> float:
        """After the first tenth."""
        return self.samples[len(self.samples) // PARTS]

    @property
    def growth(self) -> float:
        """The most of the last half over that, less 1."""
        return max(self.samples[len(self.samples) // 2 :]) / self.settled - 1


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=200.0, help="requests a second (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=600.0, help="for how long (default: %(default)s)")
    parser.add_argument("--protocol", choices=("rest", "grpc"), action="append", help="again for both (default: both)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        subprocess.run([TFSCTL, "-q", "export", MODEL, "--output", home], check=True, stdout=subprocess.DEVNULL)
        protocols = options.protocol or ["rest", "grpc"]
        return max(_measure(Path(home), protocol, options.rate, options.seconds) for protocol in protocols)


def _measure(models: Path, protocol: str, rate: float, seconds: float) -> int:
    ports = {"grpc": free_port(), "rest": free_port()}
    serve = [TFSCTL, "serve", str(models), "--port", str(ports["grpc"]), "--rest-api-port", str(ports["rest"])]
    with running(*serve) as server:
        wait_until_rest_answers(ports["rest"])
        command = [TFSCTL, "bench", MODEL, f"--{protocol}", "--server", f"127.0.0.1:{ports[protocol]}", "--json"]
        command += ["--rate", f"{rate:g}", "--duration", f"{seconds:g}"]
        with tempfile.TemporaryFile() as out:
            with subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL) as bench:
                memories = _watch(bench, server)
            out.seek(0)
            report = json.load(out)
    return _judge(protocol, rate, report, memories)


def _watch(bench: subprocess.Popen[bytes], server: psutil.Process) -> dict[str, Memory]:
    """The memory of both until the measurement ends; that of bench with the processes that send for it."""
    ours: list[float] = []
    theirs: list[float] = []
    while bench.poll() is None:
        with contextlib.suppress(psutil.Error):  # A process may end while it is looked at.
            ours.append(_with_children(psutil.Process(bench.pid)))
        theirs.append(resident_megabytes(server))
        time.sleep(_SAMPLE_SECONDS)
    return {"bench": Memory(ours), "server": Memory(theirs)}


def _with_children(process: psutil.Process) -> float:
    return sum(map(resident_megabytes, [process, *process.children(recursive=True)]))


def _rates(intervals: Sequence[dict[str, float]]) -> list[float]:
    """Answers a second in each tenth of the time."""
    size = max(1, len(intervals) // PARTS)
    parts = [intervals[at : at + size] for at in range(0, size * PARTS, size)]
    return [sum(each["num_answers"] for each in part) / sum(each["seconds"] for each in part) for part in parts if part]


def _judge(protocol: str, rate: float, report: dict[str, Any], memories: dict[str, Memory]) -> int:
    rates = _rates(report["levels"][0]["intervals"])
    problems = [f"{name} grows" for name, memory in memories.items() if memory.growth > MAX_GROWTH]
    problems += ["the rate is off"] if any(abs(each / rate - 1) > MAX_RATE_ERROR for each in rates) else []
    problems += ["calls fail"] if report["num_errors"] else []
    print(f"{protocol}: {rate:g}/s planned; between {min(rates):.1f}/s and {max(rates):.1f}/s in tenths of the time")
    for name, memory in memories.items():
        print(f"  {name}: {memory.settled:.1f} MB after the first tenth, {memory.growth:+.1%} at most afterwards")
    print(f"  {'NOT HELD: ' + ', '.join(problems) if problems else 'held'}")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
