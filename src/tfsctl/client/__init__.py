"""Clients of TensorFlow Serving's protocols: one interface, REST or gRPC below it, TensorFlow nowhere.

    from tfsctl.client import connect

    with connect("localhost:8501") as client:
        print(client.predict("half_plus_two", [1.0, 2.0, 5.0]).outputs["y"])

Importing this package loads neither requests, grpc, protobuf nor numpy; a client loads what its protocol needs.
"""

from __future__ import annotations

from tfsctl.client.address import ServerAddress, parse_server
from tfsctl.client.client import Client, Connection
from tfsctl.client.connecting import connect
from tfsctl.client.values import ModelMetadata, ModelSummary, Prediction, VersionStatus

__all__ = [
    "Client",
    "Connection",
    "ModelMetadata",
    "ModelSummary",
    "Prediction",
    "ServerAddress",
    "VersionStatus",
    "connect",
    "parse_server",
]
