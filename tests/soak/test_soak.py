"""Everything that an operator does to a server, while clients ask it without end.

What has to be answered: a request for a model that has had an available version throughout, and by the version or
label that it gives, too, has to end with OK, and with the answer of a version that was a right one at some time between
request and answer. That is what TensorFlow Serving does for the same changes. Only `passing`, which comes and goes as
a whole, may be NOT_FOUND, and only while it is on its way.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from serving.grpc_calls import connected
from serving.watched_server import WatchedServer
from soak.changes import Changes, set_up
from soak.clients import Client, GrpcClient, RestClient
from soak.configuration import Chosen, Configuration, Configured
from soak.ledger import Ledger
from soak.observer import Observer

SECONDS = float(os.environ.get("TFSCTL_SOAK_SECONDS", "60"))
SEED = int(os.environ.get("TFSCTL_SOAK_SEED", "0"))
# Before that allocators' pools and caches fill up.
WARM_UP = 0.3
MAX_GROWTH_BYTES = 32 * 2**20
# Pools grow and shrink by what happens to be going on; a leak of one for each change is many times that.
MAX_MORE_THREADS = 8
MAX_MORE_FILES = 8
MODELS = ("steady", "swapped", "corrupt", "labelled", "moved", "passing")
FLAGS = (
    *("--model_config_file_poll_wait_seconds=0.2", "--file_system_poll_wait_seconds=0.1"),
    *("--max_num_load_retries=3", "--load_retry_interval_micros=400000"),
)
MANY_THINGS = ("swapped", "labelled:stable", "moved", "steady", "corrupt", "moved:stable", "labelled/2", "passing")
SOME_THINGS = ("swapped", "labelled:canary", "labelled", "steady/7", "corrupt/1", "moved:stable")


@contextmanager
def asking(server: WatchedServer, ledger: Ledger) -> Iterator[Sequence[Client]]:
    """Four clients of each protocol."""
    clients: list[Client] = []
    for seed, questions in enumerate((MANY_THINGS, SOME_THINGS, ("swapped",), MANY_THINGS[::-1])):
        clients.append(GrpcClient(f"127.0.0.1:{server.port}", questions, ledger, seed=seed))
        clients.append(RestClient(server.rest_port, questions, ledger, seed=seed))
    for client in clients:
        client.start()
    try:
        yield clients
    finally:
        for client in clients:
            client.finish()


class Size:
    """What a process takes: bytes, threads, files."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self.samples: list[tuple[int, int, int]] = []

    def sample(self) -> None:
        process = self._process
        self.samples.append((process.memory_info().rss, process.num_threads(), process.num_fds()))

    def growth(self) -> tuple[int, int, int]:
        """The least of the last samples less the most of the first ones, those of the warm-up left out."""
        kept = self.samples[int(len(self.samples) * WARM_UP) :]
        part = max(1, len(kept) // 5)
        more = [min(s[what] for s in kept[-part:]) - max(s[what] for s in kept[:part]) for what in range(3)]
        return more[0], more[1], more[2]


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 300)
def test_changes_of_every_kind_lose_no_request(zoo: Path, tmp_path: Path) -> None:
    ledger = Ledger()
    set_up(zoo, tmp_path, ledger)
    first = Configuration(
        tmp_path, labelled=Chosen((1, 2), {"stable": 1, "canary": 2}), moved=Chosen((1,), {"stable": 1})
    )
    configured = Configured(first, tmp_path / "models.config")
    with WatchedServer(f"--model_config_file={configured.path}", *FLAGS) as server:
        address = f"127.0.0.1:{server.port}"
        observer = Observer(address, MODELS)
        observer.start()
        size = Size(server.pid)
        with connected(address) as calls, asking(server, ledger) as clients:
            changes = Changes(zoo, configured, observer, ledger, calls=calls, seed=SEED)
            end = time.monotonic() + SECONDS
            while time.monotonic() < end and not any(client.failures for client in clients):
                changes.run_one()
                server.must_be_well()
                size.sample()
        observer.finish()
    print(sum(client.num_answers for client in clients), "answers", end=", ")
    print(sum(client.num_not_found for client in clients), "of them that the model was gone, as it was")
    print("changes:", dict(changes.done), "by call", configured.num_by_call, "by file", configured.num_by_file)
    more_bytes, more_threads, more_files = size.growth()
    print(observer.num_looks, f"looks at the states; {size.samples[-1][0] / 2**20:.0f} MiB, since warm", end=" ")
    print(f"{more_bytes / 2**20:+.1f} MiB, {more_threads:+d} threads, {more_files:+d} files")
    assert [client.failures for client in clients] == [[] for _ in clients]
    assert observer.failures == []
    assert all(client.num_answers > SECONDS for client in clients)
    assert more_bytes < MAX_GROWTH_BYTES
    assert more_threads <= MAX_MORE_THREADS
    assert more_files <= MAX_MORE_FILES
