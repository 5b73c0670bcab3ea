"""Reloads, label moves and removals beside steady traffic: what a client may ask for is answered, each time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import grpc
import numpy as np

from serving.grpc_calls import GrpcCalls, connected, model_spec, tensor
from serving.model_directory import add_counting_version, serve
from serving.reload_calls import entry, label, listed, reload, versions
from tfsctl.core import ManagerState, ServableId
from tfsctl.serving import Server

NUM_ROUNDS = 25
JOIN_SECONDS = 30.0
MIN_ANSWERS = 20


class Client(threading.Thread):
    """Asks without a pause until it is told to finish, or is refused."""

    def __init__(self, ask: Callable[[], int], allowed: set[int]) -> None:
        super().__init__(daemon=True)
        self._ask = ask
        self._allowed = allowed
        self._is_over = threading.Event()
        self.num_answers = 0
        self.failures: list[str] = []
        self.start()

    def run(self) -> None:
        while not self._is_over.is_set() and not self.failures:
            try:
                answer = self._ask()
            except grpc.RpcError as error:
                self.failures.append(repr(error))
                continue
            self.num_answers += 1
            if answer not in self._allowed:
                self.failures.append(f"version {answer} answered")

    def finish(self) -> None:
        self._is_over.set()
        self.join(JOIN_SECONDS)


def ask(calls: GrpcCalls, name: str, label: str | None) -> int:
    outputs = calls.predict(model_spec(name, label=label), {"x": tensor(np.array([0.0], np.float32))})
    return int(outputs["y"][0])


@contextmanager
def clients(calls: GrpcCalls) -> Iterator[list[Client]]:
    """One that asks for the model's latest version, one for a label, one for a model that nobody touches."""
    running = [
        Client(partial(ask, calls, "m", None), {1, 2, 3}),
        Client(partial(ask, calls, "m", "stable"), {1, 2, 3}),
        Client(partial(ask, calls, "still", None), {7}),
    ]
    try:
        yield running
    finally:
        for client in running:
            client.finish()


def configuration(home: Path, turn: int) -> str:
    """One version of `m`, another in each turn, with the label on it; a model that comes and goes; one that stays."""
    version = turn % 3 + 1
    passing = [entry("passing", home / "m")] if turn % 2 else []
    moving = entry("m", home / "m", versions(version), label("stable", version))
    return listed(moving, entry("still", home / "still"), *passing)


def wait_until_available(server: Server, servable: ServableId) -> None:
    """The label means it then, and the version before is let go."""
    assert server.core._monitor.wait_for(
        lambda monitor: any(
            state.id == servable and state.state is ManagerState.AVAILABLE for state in monitor.states(servable.name)
        ),
        timeout_seconds=JOIN_SECONDS,
    )


def test_reloads_and_label_moves_under_traffic_lose_nothing(zoo: Path, tmp_path: Path) -> None:
    for version in (1, 2, 3):
        add_counting_version(zoo, tmp_path / "m", version)
    add_counting_version(zoo, tmp_path / "still", 7)
    running = serve(tmp_path / "m", tmp_path / "still", version_labels={"stable": 3})
    with running as server, connected(server.grpc_address) as calls, clients(calls) as asking:
        turn = 0
        while turn < NUM_ROUNDS or min(client.num_answers for client in asking) < MIN_ANSWERS:
            reload(calls, configuration(tmp_path, turn))
            wait_until_available(server, ServableId("m", turn % 3 + 1))
            turn += 1
            if any(client.failures for client in asking):
                break
    assert [client.failures for client in asking] == [[], [], []]
    assert all(client.num_answers >= MIN_ANSWERS for client in asking)
