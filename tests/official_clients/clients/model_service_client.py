"""What an operator's script asks a model server: the states of a model, its signatures, and to serve another list.

`status NAME`, `metadata NAME`, `reload FILE`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import grpc
from google.protobuf import text_format
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_management_pb2,
    model_service_pb2_grpc,
    prediction_service_pb2_grpc,
)
from tensorflow_serving.config import model_server_config_pb2

_SECONDS = 10.0


def show_status(channel: grpc.Channel, name: str) -> None:
    """A line for each version: number, state, error code."""
    stub = model_service_pb2_grpc.ModelServiceStub(channel)
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = name
    for version in stub.GetModelStatus(request, _SECONDS).model_version_status:
        state = get_model_status_pb2.ModelVersionStatus.State.Name(version.state)
        print(version.version, state, version.status.error_code)


def show_metadata(channel: grpc.Channel, name: str) -> None:
    """A line for each signature: its name, method, inputs and outputs."""
    stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
    request = get_model_metadata_pb2.GetModelMetadataRequest()
    request.model_spec.name = name
    request.metadata_field.append("signature_def")
    response = stub.GetModelMetadata(request, _SECONDS)
    signatures = get_model_metadata_pb2.SignatureDefMap()
    if not response.metadata["signature_def"].Unpack(signatures):
        raise SystemExit("no SignatureDefMap")
    print(response.model_spec.name, response.model_spec.version.value)
    for key in sorted(signatures.signature_def):
        signature = signatures.signature_def[key]
        print(key, signature.method_name, ",".join(sorted(signature.inputs)), ",".join(sorted(signature.outputs)))


def reload(channel: grpc.Channel, file: Path) -> None:
    """Serve the models of a config file from now on, and no others."""
    stub = model_service_pb2_grpc.ModelServiceStub(channel)
    request = model_management_pb2.ReloadConfigRequest()
    request.config.CopyFrom(text_format.Parse(file.read_text(), model_server_config_pb2.ModelServerConfig()))
    response = stub.HandleReloadConfigRequest(request, _SECONDS)
    if response.status.error_code == 0:
        print("Reload successful")
    else:
        print("Reload failed:", response.status.error_code, response.status.error_message)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("actions", nargs="+", help="ACTION=ARGUMENT")
    flags = parser.parse_args()
    with grpc.insecure_channel(flags.server) as channel:
        for action in flags.actions:
            kind, _, argument = action.partition("=")
            if kind == "status":
                show_status(channel, argument)
            elif kind == "metadata":
                show_metadata(channel, argument)
            else:
                reload(channel, Path(argument))


if __name__ == "__main__":
    main()
