"""Tests that talk to a real server."""

import json
import urllib.request

from tfsctl.client import connect
from tfsctl.serving import Server


def test_predict_over_rest(model_server: Server) -> None:
    """Any HTTP client will do."""
    url = f"http://{model_server.rest_address}/v1/models/half_plus_two:predict"
    with urllib.request.urlopen(url, data=b'{"instances": [1.0, 2.0, 5.0]}') as reply:
        assert json.load(reply)["predictions"] == [2.5, 3.0, 4.5]


def test_predict_over_grpc(model_server: Server) -> None:
    """So will tfsctl's own."""
    with connect(model_server.grpc_address, protocol="grpc") as client:
        outputs = client.predict("half_plus_two", {"x": [1.0, 2.0, 5.0]}).outputs
    assert outputs["y"].tolist() == [2.5, 3.0, 4.5]
