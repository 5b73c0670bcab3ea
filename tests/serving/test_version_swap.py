"""Versions change fifty times under load, over both protocols: no request is lost, no stale answer, memory stays."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import grpc
import numpy as np
import psutil
import pytest

from serving.grpc_calls import GrpcCalls, connected, tensor
from serving.model_directory import add_counting_version, remove_version, serve
from serving.rest_calls import RestCalls
from tfsctl.core import ManagerState
from tfsctl.model_spec import ModelSpec
from tfsctl.serving import Server

NUM_SWAPS = 50
WAIT_SECONDS = 60.0
# After the first swaps, which fill allocators' pools and caches, so little may come on top.
NUM_WARM_UP_SWAPS = 10
MAX_GROWTH_BYTES = 24 * 2**20


class Load(threading.Thread):
    """Asks without a pause; every answer must be of a version that was aspired when the question was asked or later."""

    def __init__(self, ask: Callable[[], float], aspired: Callable[[], range]) -> None:
        super().__init__(daemon=True)
        self._ask = ask
        self._aspired = aspired
        self.num_answers = 0
        self.failures: list[str] = []
        self._is_over = threading.Event()
        self.start()

    def run(self) -> None:
        try:
            while not self._is_over.is_set():
                oldest = self._aspired().start
                version = self._ask()
                assert version in range(oldest, self._aspired().stop), f"{version} answered, not {oldest} or later"
                self.num_answers += 1
        except (AssertionError, grpc.RpcError, OSError, http.client.HTTPException) as error:
            self.failures.append(repr(error))

    def finish(self) -> None:
        self._is_over.set()
        self.join(WAIT_SECONDS)


class Swaps:
    """Adds a version, waits until it serves alone, takes the old one off the disk."""

    def __init__(self, zoo: Path, base_path: Path) -> None:
        self._zoo = zoo
        self.base_path = base_path
        self.newest = 1
        self.oldest = 1
        add_counting_version(zoo, base_path, 1)

    def aspired(self) -> range:
        """The versions that may answer now."""
        return range(self.oldest, self.newest + 1)

    def swap(self, server: Server) -> None:
        self.newest += 1
        add_counting_version(self._zoo, self.base_path, self.newest)
        old = ModelSpec(self.base_path.name, self.newest - 1)
        assert server.core._monitor.wait_for(
            lambda _: server.core.version_states(old)[0].state is ManagerState.END, timeout_seconds=WAIT_SECONDS
        )
        self.oldest = self.newest
        remove_version(self.base_path, self.newest - 1)


def resident_bytes() -> int:
    return int(psutil.Process().memory_info().rss)


def ask_grpc(calls: GrpcCalls) -> float:
    return float(calls.predict("m", {"x": tensor(np.array([0.0], np.float32))})["y"][0])


def ask_rest(calls: RestCalls, num_instances: int) -> float:
    status, answer = calls.predict("m", [0.0] * num_instances)
    assert status == 200, answer
    (version,) = set(answer["predictions"])
    return float(version)


@contextmanager
def steady_load(server: Server, swaps: Swaps) -> Iterator[list[Load]]:
    """Two clients for each protocol, asking all the time; the server takes a while to read what one of them sends."""
    with (
        connected(server.grpc_address) as grpc_calls,
        closing(RestCalls(server.rest_address)) as one,
        closing(RestCalls(server.rest_address)) as two,
    ):
        asks = [partial(ask_grpc, grpc_calls)] * 2 + [partial(ask_rest, one, 1), partial(ask_rest, two, 50_000)]
        loads = [Load(ask, swaps.aspired) for ask in asks]
        yield loads
        for load in loads:
            load.finish()


@pytest.mark.slow
def test_fifty_swaps_under_load_lose_nothing(zoo: Path, tmp_path: Path) -> None:
    swaps = Swaps(zoo, tmp_path / "m")
    with serve(swaps.base_path) as server, steady_load(server, swaps) as loads:
        for _ in range(NUM_WARM_UP_SWAPS):
            swaps.swap(server)
        warm = resident_bytes()
        for _ in range(NUM_SWAPS - NUM_WARM_UP_SWAPS):
            swaps.swap(server)
        grown = resident_bytes() - warm
    assert [load.failures for load in loads] == [[], [], [], []]
    assert all(load.num_answers > NUM_SWAPS for load in loads)
    print(f"{sum(load.num_answers for load in loads)} answers, grown by {grown} bytes")
    assert grown < MAX_GROWTH_BYTES
