"""What a client does not load: that is what makes one prediction from the shell cheap."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from stub_servers import Reply, http_stub
from tfsctl.serving import Server

HEAVY = ("tensorflow", "numpy", "requests", "grpc", "google.protobuf", "orjson", "http.client")


def loaded(code: str) -> set[str]:
    """Which of the heavy modules a new interpreter has loaded after `code`."""
    script = f"import json, sys\n{code}\nprint(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("module", ["tfsctl.client", "tfsctl.client.example_inputs", "tfsctl.client.client"])
def test_the_package_loads_nothing_heavy(module: str) -> None:
    assert loaded(f"import {module}") == set()


def test_a_prediction_over_rest_loads_requests_alone() -> None:
    with http_stub(lambda *_: Reply(body=b'{"predictions": [2.5]}')) as stub:
        code = f"from tfsctl.client import connect\nc = connect('http://{stub.address}')\nc.predict_json('m', b'{{}}')"
        assert loaded(code) == {"requests", "http.client"}


def test_a_small_prediction_over_grpc_loads_neither_numpy_nor_requests(server: Server) -> None:
    ask = "c.predict_json('half_plus_two', b'{\"instances\": [1.0]}')"
    code = f"from tfsctl.client import connect\nc = connect('grpc://{server.grpc_address}')\n{ask}\nc.close()"
    assert loaded(code) == {"grpc", "google.protobuf"}
