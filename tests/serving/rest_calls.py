"""Calls to a server's REST port with the standard library, for tests."""

from __future__ import annotations

import http.client
import json
from typing import Any


class RestCalls:
    """One connection, kept open."""

    def __init__(self, address: str, timeout: float = 30.0) -> None:
        self._connection = http.client.HTTPConnection(address, timeout=timeout)

    def get(self, target: str) -> tuple[int, Any]:
        return self._send("GET", target, None)

    def predict(self, model: str, instances: Any) -> tuple[int, Any]:
        body = json.dumps({"instances": instances}).encode()
        return self._send("POST", f"/v1/models/{model}:predict", body)

    def close(self) -> None:
        self._connection.close()

    def _send(self, method: str, target: str, body: bytes | None) -> tuple[int, Any]:
        self._connection.request(method, target, body)
        response = self._connection.getresponse()
        return response.status, json.loads(response.read())
