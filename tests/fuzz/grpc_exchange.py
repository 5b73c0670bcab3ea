"""Calls to a server's gRPC port with any bytes, and what they may end with."""

from __future__ import annotations

from typing import Any

import grpc

from fuzz.http_exchange import DEADLINE_SECONDS
from serving.grpc_calls import floats, model_spec, open_channel
from tfsctl.codec.tensor_proto import decode_tensor
from tfsctl.protos import PREDICTION_SERVICE, PredictRequest, PredictResponse

# The client's mistakes. INTERNAL, UNKNOWN, UNAVAILABLE and the like would be the server's.
CLIENTS_MISTAKES = {"INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION", "OUT_OF_RANGE", "UNIMPLEMENTED"}
# What is no such message at all is INTERNAL in C++ gRPC too, and says so here.
NO_MESSAGE = "Exception deserializing request!"


class GrpcExchange:
    """One channel to a server."""

    def __init__(self, port: int) -> None:
        self._channel = open_channel(f"127.0.0.1:{port}")
        self._probe = PredictRequest(model_spec=model_spec("half_plus_two"), inputs={"x": floats(1.0, 2.0, 5.0)})

    def ask(self, path: str, request: bytes, *, timeout: float = DEADLINE_SECONDS) -> tuple[str, str, bytes]:
        """Code, text and response."""
        try:
            response: bytes = self._channel.unary_unary(path)(request, timeout=timeout)
        except grpc.RpcError as error:
            failed: Any = error
            return failed.code().name, failed.details() or "", b""
        return "OK", "", response

    def probe(self) -> None:
        """Fail unless a good request gets the right answer."""
        code, text, response = self.ask(f"/{PREDICTION_SERVICE}/Predict", self._probe.SerializeToString())
        assert code == "OK", text
        assert decode_tensor(PredictResponse.FromString(response).outputs["y"]).tolist() == [2.5, 3.0, 4.5]

    def close(self) -> None:
        self._channel.close()


def check_code(code: str, text: str, *, is_message: bool) -> None:
    """What a call with a client's mistake may end with; `is_message` says that its bytes are of the message's form."""
    if code == "INTERNAL":
        assert text.startswith(NO_MESSAGE), text
        assert not is_message, text
    else:
        assert code == "OK" or code in CLIENTS_MISTAKES, f"{code}: {text}"
