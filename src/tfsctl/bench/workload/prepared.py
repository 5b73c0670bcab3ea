"""A workload made of inputs, a codec and a judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfsctl.bench.workload.drawing import to_picture
from tfsctl.bench.workload.judging import RIGHT

if TYPE_CHECKING:
    from tfsctl.bench.truth import Picture, Verdict
    from tfsctl.bench.workload.judging import Judge
    from tfsctl.bench.workload.request_inputs import RequestInputs
    from tfsctl.client.predict_codec import PredictCodec
    from tfsctl.model_spec import ModelSpec
    from tfsctl.signature import Signature

# What is encoded before the measurement; each process that sends has all of it.
MAX_ENCODED_BYTES = 64 << 20


class PreparedWorkload:
    """See `Workload`, the contract.

    Requests are encoded when it is made, until they take 64 MiB; those after that are encoded each time they are sent,
    so that memory is bounded by the inputs, which are kept as compact as they came.
    """

    def __init__(
        self,
        codec: PredictCodec,
        inputs: RequestInputs,
        *,
        description: str,
        judge: Judge | None = None,
        max_encoded_bytes: int = MAX_ENCODED_BYTES,
    ) -> None:
        self.spec: ModelSpec = codec.spec
        self.description = description
        self.num_requests = inputs.num_requests
        self.checks_answers = judge is not None
        self.class_names: tuple[str, ...] = judge.class_names if judge is not None else ()
        self._codec = codec
        self._inputs = inputs
        self._judge = judge
        self._defaults = _default_inputs(codec.signature)
        self._encoded: list[bytes] = []
        self._encode_ahead(max_encoded_bytes)

    def request(self, number: int) -> bytes:
        """See `Workload.request`."""
        number %= self.num_requests
        if number < len(self._encoded):
            return self._encoded[number]
        return self._encode(number)

    def judge(self, number: int, reply: bytes) -> Verdict:
        """See `Workload.judge`."""
        if self._judge is None:
            return RIGHT
        rows = self._inputs.rows(number % self.num_requests)
        return self._judge.judge(rows, self._codec.decode(reply).outputs)

    def picture(self, number: int, row: int = 0) -> Picture | None:
        """See `Workload.picture`."""
        number %= self.num_requests
        num_rows = len(self._inputs.rows(number))
        return to_picture(self._inputs.arrays(number), row, num_rows=num_rows)

    def _encode(self, number: int) -> bytes:
        return self._codec.encode({**self._defaults, **self._inputs.arrays(number)})

    def _encode_ahead(self, max_bytes: int) -> None:
        num_bytes = 0
        for number in range(self.num_requests):
            encoded = self._encode(number)
            num_bytes += len(encoded)
            if num_bytes > max_bytes and self._encoded:
                break
            self._encoded.append(encoded)


def _default_inputs(signature: Signature) -> dict[str, Any]:
    """The inputs that a signature has values for; over REST, TF Serving wants them all the same."""
    if not signature.defaults:
        return {}
    from tfsctl.codec.tensor_proto import decode_tensor
    from tfsctl.protos import TensorProto

    return {alias: decode_tensor(TensorProto.FromString(data)) for alias, data in signature.defaults.items()}
