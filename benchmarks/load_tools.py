"""Compare what `tfsctl bench` measures with what wrk and h2load do, on the same server with the same request.

    python benchmarks/load_tools.py                     half_plus_two and a small CNN, REST and gRPC, one connection
    python benchmarks/load_tools.py --connections 1,4 --rounds 9 --seconds 5
    python benchmarks/load_tools.py --only cnn --json

Each round runs both tools, one after the other; every second round in the other order, so that drift of the machine
hits both. What is compared is the median over the rounds. Ends with 1 if throughput differs by more than 10 %, or the
median or the 99th percentile of latency by more than 15 %, where the generator does not say that it was the limit.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from measure import (
    MODEL,
    TFSCTL,
    free_port,
    h2load_output,
    h2load_throughput,
    has_tool,
    running,
    wait_until_listening,
    wait_until_rest_answers,
    wrk_output,
    wrk_throughput,
)

from tfsctl.bench import BenchPlan
from tfsctl.bench.measurement import prepare
from tfsctl.bench.workload import InputsPlan

CNN = "cnn"
BOUNDS = {"throughput": 0.10, "p50": 0.15, "p99": 0.15}
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


@dataclass(frozen=True)
class Figures:
    """Of one run: answers a second, and latencies in milliseconds."""

    throughput: float
    p50: float
    p99: float
    limit: str = ""


@dataclass(frozen=True)
class Case:
    """What both tools do."""

    model: str
    protocol: str
    connections: int
    seconds: float
    port: int
    directory: Path

    @property
    def tool(self) -> str:
        """The one to compare with."""
        return "wrk" if self.protocol == "rest" else "h2load"


def main() -> int:
    """Measure all cases, print a line for each figure."""
    options = parsed()
    kept = True
    with tempfile.TemporaryDirectory() as directory, server(Path(directory), options.only) as ports:
        for case in cases(options, ports, Path(directory)):
            if not has_tool(case.tool):
                continue
            runs = alternated(case, options.rounds)
            kept &= report(case, runs, as_json=options.json)
    return 0 if kept else 1


def parsed() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="runs of each tool (default: 5)")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each run (default: 4)")
    parser.add_argument("--connections", default="1", help="one or several, with commas (default: 1)")
    parser.add_argument("--only", choices=[MODEL, CNN], help="one of the models")
    parser.add_argument("--protocol", choices=["rest", "grpc"], help="one of the protocols")
    parser.add_argument("--json", action="store_true", help="print JSON, a line for each case")
    return parser.parse_args()


@contextmanager
def server(directory: Path, only: str | None) -> Iterator[dict[str, int]]:
    """A server of the models in a process of its own; gives its ports by protocol."""
    ports = {"rest": free_port(), "grpc": free_port()}
    models = directory / "models"
    run = [TFSCTL, "--quiet", "export", MODEL, "--output", str(models)]
    subprocess.run(run, check=True)
    if only != MODEL:
        checkpoint = directory / "cnn.keras"
        train = ["train", "mnist", "--model", "cnn", "--training-iteration", "1", "--output", str(checkpoint)]
        subprocess.run([TFSCTL, "--quiet", *train], check=True)
        export = ["export", "mnist", "--checkpoint", str(checkpoint), "--name", CNN, "--output", str(models)]
        subprocess.run([TFSCTL, "--quiet", *export], check=True)
    serve = [TFSCTL, "serve", str(models), "--port", str(ports["grpc"]), "--rest-api-port", str(ports["rest"])]
    with running(*serve):
        wait_until_rest_answers(ports["rest"])
        wait_until_listening(ports["grpc"])
        yield ports


def cases(options: argparse.Namespace, ports: dict[str, int], directory: Path) -> Iterator[Case]:
    """All combinations that are asked for."""
    for model in [options.only] if options.only else [MODEL, CNN]:
        for protocol in [options.protocol] if options.protocol else ["rest", "grpc"]:
            for connections in map(int, options.connections.split(",")):
                yield Case(model, protocol, connections, options.seconds, ports[protocol], directory)


def alternated(case: Case, rounds: int) -> dict[str, list[Figures]]:
    """What each tool measured, round by round."""
    request = the_request(case)
    theirs = (lambda: wrk(case, request)) if case.protocol == "rest" else (lambda: h2load(case, request))
    subjects: dict[str, Callable[[], Figures]] = {"tfsctl": lambda: tfsctl_bench(case), case.tool: theirs}
    runs: dict[str, list[Figures]] = {name: [] for name in subjects}
    for number in range(rounds):
        for name in list(subjects)[:: 1 if number % 2 == 0 else -1]:
            runs[name].append(subjects[name]())
    return runs


def the_request(case: Case) -> bytes:
    """The one that `tfsctl bench` sends again and again."""
    inputs = InputsPlan(values="random", distinct=1)
    plan = BenchPlan(model=case.model, server=f"127.0.0.1:{case.port}", inputs=inputs)
    with prepare(plan) as measurement:
        return measurement.workload.request(0)


def tfsctl_bench(case: Case) -> Figures:
    """A run of ours."""
    load = ["--concurrency", str(case.connections), "--duration", str(case.seconds), f"--{case.protocol}"]
    inputs = ["--input-values", "random", "--distinct", "1", "--server", f"127.0.0.1:{case.port}"]
    document = json.loads(output(TFSCTL, "bench", case.model, "--json", *load, *inputs))
    (level,) = document["levels"]
    if document["num_failed_calls"]:
        raise SystemExit(f"errors under load: {document['first_failure']}")
    latency = document["latency_ms"]
    return Figures(document["throughput"], latency["p50"], latency["p99"], level["generator"]["reason"])


def wrk(case: Case, request: bytes) -> Figures:
    """A run of wrk."""
    out = wrk_output(case.port, connections=case.connections, seconds=case.seconds, model=case.model, body=request)
    shares = {share: float(value) * _UNITS[unit] for share, value, unit in re.findall(r"(\d+)%\s+([\d.]+)(\w+)", out)}
    return Figures(wrk_throughput(out), shares["50"], shares["99"])


def h2load(case: Case, request: bytes) -> Figures:
    """A run of h2load, one call in flight on each connection."""
    log = case.directory / "load.log"
    log.unlink(missing_ok=True)  # h2load adds to it.
    options = ["-D", f"{case.seconds:g}", f"--log-file={log}"]
    out = h2load_output(case.port, request, *options, connections=case.connections)
    micros = sorted(int(line.split("\t")[2]) for line in log.read_text().splitlines())
    return Figures(h2load_throughput(out), micros[len(micros) // 2] / 1e3, micros[len(micros) * 99 // 100] / 1e3)


def output(*command: str) -> str:
    """What a command prints; it must succeed."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL).stdout


def report(case: Case, runs: dict[str, list[Figures]], *, as_json: bool) -> bool:
    """Print the comparison; whether it is within bounds."""
    limits = [figures.limit for figures in runs["tfsctl"] if figures.limit]
    is_limit = len(limits) * 2 > len(runs["tfsctl"])
    rows, kept = [], True
    for name, bound in BOUNDS.items():
        ours, theirs = (statistics.median(getattr(figures, name) for figures in runs[tool]) for tool in runs)
        holds = abs(ours / theirs - 1) <= bound
        kept &= holds or is_limit
        rows.append((name, ours, theirs, ours / theirs, holds))
    if as_json:
        print(
            json.dumps(
                {"case": asdict(case), "runs": {tool: list(map(asdict, runs[tool])) for tool in runs}}, default=str
            )
        )
        return kept
    print(
        f"{case.model}, {case.protocol}, {case.connections} connections, {len(limits)} of {len(runs['tfsctl'])} limited"
    )
    for name, ours, theirs, ratio, holds in rows:
        unit = "1/s" if name == "throughput" else "ms"
        mark = "" if holds else ", MISSED" if not is_limit else ", generator said so"
        print(f"  {name:10} {ours:10.3f} / {theirs:10.3f} {unit:3} ({case.tool}) = {ratio:5.3f}{mark}", flush=True)
    return kept


if __name__ == "__main__":
    sys.exit(main())
