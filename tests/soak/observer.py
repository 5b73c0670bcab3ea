"""Watches the states of all versions by asking for them, and that they only ever move forward."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import grpc

from serving.grpc_calls import GrpcCalls, connected, model_spec
from tfsctl.codec.model_service_protos import TFSCTL_MODEL_SERVICE, ListModelsRequest, ListModelsResponse
from tfsctl.core import ManagerState

_TICK_SECONDS = 0.03
_WAIT_SECONDS = 60.0

# Of one model: state and error message by version.
States = Mapping[int, tuple[ManagerState, str]]


class Observer(threading.Thread):
    """Asks for the states of these models again and again. What others wait for is what it has seen, so it sees it."""

    def __init__(self, address: str, names: Sequence[str]) -> None:
        super().__init__(daemon=True)
        self._address = address
        self._names = names
        self._is_over = threading.Event()
        self._seen = threading.Condition()
        self._states: dict[str, States] = {name: {} for name in names}
        self._labels: dict[str, Mapping[str, int]] = {}
        self.num_looks = 0
        self.failures: list[str] = []

    def run(self) -> None:
        with connected(self._address) as calls:
            while not self._is_over.wait(_TICK_SECONDS):
                try:
                    for name in self._names:
                        self._look(name, _states(calls, name))
                    listed = calls.raw(TFSCTL_MODEL_SERVICE, "ListModels", ListModelsRequest().SerializeToString())
                except grpc.RpcError as error:
                    self.failures.append(repr(error))
                    return
                models = ListModelsResponse.FromString(listed).models
                with self._seen:
                    self._labels = {model.name: dict(model.version_labels) for model in models}
                    self._seen.notify_all()
                self.num_looks += 1

    def finish(self) -> None:
        self._is_over.set()
        self.join(_WAIT_SECONDS)

    def wait_for_state(self, name: str, version: int, *wanted: ManagerState) -> ManagerState:
        """Wait until a version is in one of these states; returns which."""
        self.wait_until(lambda: self.state(name, version) in wanted, f"{name}/{version} to be {wanted}")
        return self.state(name, version)

    def wait_for_labels(self, name: str, labels: Mapping[str, int]) -> None:
        """Wait until the server says that a model has just these labels."""
        self.wait_until(lambda: self._labels.get(name) == labels, f"{name} to have the labels {labels}")

    def wait_until(self, is_so: Callable[[], bool], what: str) -> None:
        """Wait until it is seen."""
        with self._seen:
            if not self._seen.wait_for(lambda: is_so() or self.failures, _WAIT_SECONDS):
                raise AssertionError(f"waited in vain for {what}: {self._states} {self._labels}")
        assert not self.failures, self.failures

    def state(self, name: str, version: int) -> ManagerState:
        """As last seen."""
        return self._states[name].get(version, (ManagerState.UNKNOWN, ""))[0]

    def error(self, name: str, version: int) -> str:
        """The message of a version's status, as last seen."""
        return self._states[name].get(version, (ManagerState.UNKNOWN, ""))[1]

    def num_seen(self, name: str, state: ManagerState) -> int:
        """How many versions of a model are in this state."""
        return sum(seen is state for seen, _ in self._states[name].values())

    def _look(self, name: str, entries: Mapping[int, Any]) -> None:
        states = {
            version: (ManagerState(entry.state), entry.status.error_message) for version, entry in entries.items()
        }
        for version, (before, _) in self._states[name].items():
            now = states[version][0] if version in states else ManagerState.UNKNOWN
            # After the end comes another life, if anything.
            if now < before and before is not ManagerState.END:
                self.failures.append(f"{name}/{version} was {before.name} and is {now.name}")
        self._states[name] = states


def _states(calls: GrpcCalls, name: str) -> dict[int, Any]:
    """What the server says of each version; nothing of a model that it has never had."""
    try:
        return {entry.version: entry for entry in calls.status(model_spec(name))}
    except grpc.RpcError as error:
        failed: Any = error
        if failed.code() is grpc.StatusCode.NOT_FOUND:
            return {}
        raise
