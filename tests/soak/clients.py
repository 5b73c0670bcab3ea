"""Clients that ask all the time and note every answer that is not right."""

from __future__ import annotations

import http.client
import json
import random
import threading
from collections.abc import Callable, Sequence
from typing import Any

import grpc
import numpy as np

from serving.grpc_calls import connected, model_spec, tensor
from soak.ledger import NOBODY, Ledger

# Between two requests of a client: steady traffic, not a contest for two processors.
PAUSE_SECONDS = 0.003
_MAX_FAILURES = 20
_ASK_SECONDS = 30.0
# Gives the version whose model has answered that value for `x`; NOBODY if there is none.
Ask = Callable[[str, float], int]


class Client(threading.Thread):
    """Asks one question after the other, each with an input of its own."""

    def __init__(self, questions: Sequence[str], ledger: Ledger, *, seed: int) -> None:
        super().__init__(daemon=True)
        self._questions = questions
        self._ledger = ledger
        self._random = random.Random(seed)
        self._is_over = threading.Event()
        self.num_answers = 0
        self.num_not_found = 0
        self.failures: list[str] = []

    def finish(self) -> None:
        self._is_over.set()
        self.join(_ASK_SECONDS)
        assert not self.is_alive(), "a request is never answered"

    def ask_until_over(self, ask: Ask) -> None:
        """What `run` is to do with its connection."""
        turn = 0
        while not self._is_over.wait(PAUSE_SECONDS) and len(self.failures) < _MAX_FAILURES:
            self._ask(ask, self._questions[turn % len(self._questions)])
            turn += 1

    def _ask(self, ask: Ask, question: str) -> None:
        mark = self._ledger.mark(question)
        try:
            version = ask(question, float(self._random.randint(-1000, 1000)))
        except (grpc.RpcError, OSError, http.client.HTTPException, AssertionError, ValueError) as error:
            self.failures.append(f"{question}: {error!r}")
            return
        self.num_answers += 1
        self.num_not_found += version == NOBODY
        allowed = self._ledger.allowed_since(question, mark)
        if version not in allowed:
            self.failures.append(f"{question}: {version} has answered, not one of {sorted(allowed)}")


class GrpcClient(Client):
    """Over a channel of its own."""

    def __init__(self, address: str, questions: Sequence[str], ledger: Ledger, *, seed: int) -> None:
        super().__init__(questions, ledger, seed=seed)
        self._address = address

    def run(self) -> None:
        with connected(self._address) as calls:

            def ask(question: str, x: float) -> int:
                name, version, label = _parts(question)
                inputs = {"x": tensor(np.array(x, np.float32))}
                try:
                    outputs = calls.predict(model_spec(name, version, label), inputs)
                except grpc.RpcError as error:
                    failed: Any = error
                    if failed.code() is grpc.StatusCode.NOT_FOUND:
                        return NOBODY
                    raise
                return _version(float(outputs["y"]) - x)

            self.ask_until_over(ask)


class RestClient(Client):
    """Over a kept connection."""

    def __init__(self, port: int, questions: Sequence[str], ledger: Ledger, *, seed: int) -> None:
        super().__init__(questions, ledger, seed=seed)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ASK_SECONDS)

    def run(self) -> None:
        self.ask_until_over(self._ask_rest)
        self._connection.close()

    def _ask_rest(self, question: str, x: float) -> int:
        name, version, label = _parts(question)
        which = f"/versions/{version}" if version else f"/labels/{label}" if label else ""
        body = json.dumps({"inputs": x})
        self._connection.request("POST", f"/v1/models/{name}{which}:predict", body)
        response = self._connection.getresponse()
        answer = json.loads(response.read())
        if response.status == http.client.NOT_FOUND:
            return NOBODY
        assert response.status == http.client.OK, (response.status, answer)
        return _version(answer["outputs"] - x)


def _version(difference: float) -> int:
    """The models add their version to `x`."""
    assert difference == int(difference) != NOBODY, difference
    return int(difference)


def _parts(question: str) -> tuple[str, int | None, str | None]:
    """`name`, `name/7` or `name:label`."""
    name, _, label = question.partition(":")
    name, _, version = name.partition("/")
    return name, int(version) if version else None, label or None
