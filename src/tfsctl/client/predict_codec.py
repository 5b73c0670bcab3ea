"""Predict requests and replies as bytes, without a client: for other processes, and for load.

Importing this loads neither numpy, protobuf, requests nor grpc; a codec loads what its protocol needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from tfsctl.errors import InvalidArgumentError

if TYPE_CHECKING:
    from tfsctl.client.address import ServerAddress
    from tfsctl.client.values import Prediction
    from tfsctl.model_spec import ModelSpec
    from tfsctl.signature import Signature


class PredictCodec(Protocol):
    """Encodes requests for one signature of one model, and decodes the replies. Picklable and thread-safe.

    It holds no socket, and asks nobody: the signature is the one that was looked up when it was made.
    """

    @property
    def spec(self) -> ModelSpec:
        """The model and signature that the requests are for."""

    @property
    def signature(self) -> Signature:
        """What that signature takes and gives."""

    def encode(self, inputs: Any) -> bytes:
        """The request for these inputs, as `Client.predict` takes them; raises InvalidArgumentError as it does."""

    def decode(self, reply: bytes) -> Prediction:
        """The prediction in a reply to such a request.

        Raises UnavailableError (REST) or InternalError (gRPC) for bytes that are no such reply.
        """


@dataclass(frozen=True, slots=True)
class RestPredictCodec:
    """A `PredictCodec` for REST (tensorflow-serving.md §1.6). `output_filter` drops outputs here; empty keeps all."""

    spec: ModelSpec
    signature: Signature
    address: ServerAddress
    output_filter: tuple[str, ...] = ()

    def encode(self, inputs: Any) -> bytes:
        """See `PredictCodec.encode`; raises InvalidArgumentError for a filter of outputs that are not there, too."""
        from tfsctl.client.inputs import to_arrays
        from tfsctl.codec.json_request import encode_predict_body

        for alias in self.output_filter:
            if alias not in self.signature.outputs:
                outputs = ",".join(sorted(self.signature.outputs))
                # The words of TF Serving's gRPC API (tensorflow-serving.md §2.5), whose field this is.
                raise InvalidArgumentError(
                    f"output tensor alias not found in signature: {alias}"
                    f" Outputs expected to be in the set {{{outputs}}}."
                )
        return encode_predict_body(to_arrays(inputs, self.signature), signature_name=self.spec.signature_name)

    def decode(self, reply: bytes) -> Prediction:
        """See `PredictCodec.decode`."""
        from tfsctl.client.rest_errors import parsed
        from tfsctl.client.values import Prediction
        from tfsctl.codec.json_response import decode_predictions

        outputs = parsed(self.address, lambda body: decode_predictions(body, self.signature), reply)
        wanted = {alias: outputs[alias] for alias in self.output_filter} if self.output_filter else outputs
        return Prediction(wanted, self.spec)


@dataclass(frozen=True, slots=True)
class GrpcPredictCodec:
    """A `PredictCodec` for gRPC (tensorflow-serving.md §2.2); the server applies `output_filter`."""

    spec: ModelSpec
    signature: Signature
    address: ServerAddress
    output_filter: tuple[str, ...] = ()

    def encode(self, inputs: Any) -> bytes:
        """See `PredictCodec.encode`."""
        from tfsctl.client.inputs import to_arrays
        from tfsctl.codec.predict_wire import serialize_predict_request

        arrays = to_arrays(inputs, self.signature)
        return serialize_predict_request(self.spec, arrays, output_filter=self.output_filter)

    def decode(self, reply: bytes) -> Prediction:
        """See `PredictCodec.decode`."""
        from tfsctl.client.grpc_messages import parse_prediction, parsed

        return parsed(self.address, parse_prediction, reply)
