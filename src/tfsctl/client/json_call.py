"""A REST predict body that goes over gRPC: translated there and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tfsctl.client.grpc_messages import parse_prediction, set_spec
from tfsctl.client.small_json import SmallBody
from tfsctl.protos import PredictRequest, PredictResponse

if TYPE_CHECKING:
    import numpy as np

    from tfsctl.codec.json_tensor import Format, PredictBody
    from tfsctl.model_spec import ModelSpec
    from tfsctl.signature import Signature


class JsonCall:
    """One prediction asked in JSON. Small plain bodies need no numpy; all others take the codec's way.

    Raises InvalidArgumentError, with TF Serving's text, for a wrong body.
    """

    def __init__(self, spec: ModelSpec, body: bytes, signature_of: Callable[[ModelSpec], Signature]) -> None:
        small = SmallBody.parse(body)
        parsed: SmallBody | PredictBody = small or _parse(body)
        self._spec = dataclasses.replace(spec, signature_name=spec.signature_name or parsed.signature_name)
        specs = signature_of(self._spec).inputs
        self._message: Any = None if small is None else small.request(specs)
        self._small = small if self._message is not None else None
        self._inputs: Mapping[str, np.ndarray] = {}
        self._format: Format | None = None
        if self._message is not None:
            self._set_spec(self._message)
        else:
            self._inputs, self._format = (_parse(body) if isinstance(parsed, SmallBody) else parsed).inputs(specs)

    def message(self) -> Any:
        """The PredictRequest for people to read, its numbers in the typed fields."""
        if self._message is not None:
            return self._message
        from tfsctl.codec.tensor_proto import encode_tensor

        message = PredictRequest()
        for alias, array in self._inputs.items():
            encode_tensor(array, message.inputs[alias])
        self._set_spec(message)
        return message

    def request(self) -> bytes:
        """The serialized PredictRequest."""
        if self._message is not None:
            return bytes(self._message.SerializeToString())
        from tfsctl.codec.predict_wire import serialize_predict_request

        return serialize_predict_request(self._spec, self._inputs)

    def answer(self, reply: bytes) -> bytes:
        """The REST answer for a serialized PredictResponse; protobuf's DecodeError if it is none."""
        if self._small is not None:
            answer = self._small.answer(PredictResponse.FromString(reply))
            if answer is not None:
                return answer
        from tfsctl.codec.json_tensor import Format, encode_predictions

        fmt = self._format or (Format.ROW if self._small is not None and self._small.is_row else Format.COLUMNAR)
        return encode_predictions(parse_prediction(reply).outputs, fmt)

    def _set_spec(self, message: Any) -> None:
        set_spec(message.model_spec, self._spec)
        message.model_spec.signature_name = self._spec.signature_name


def _parse(body: bytes) -> PredictBody:
    from tfsctl.codec.json_tensor import parse_predict_body

    return parse_predict_body(body)
