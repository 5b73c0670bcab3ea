"""Classify and regress over gRPC: REST bodies to messages, so that both protocols read examples alike, and answers."""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from tfsctl.client.client import ExampleApi
from tfsctl.client.example_json import ClassRows
from tfsctl.client.grpc_messages import set_spec
from tfsctl.codec.message_builder import BYTES, FLOAT, Repeated, file_descriptor
from tfsctl.errors import InvalidArgumentError
from tfsctl.model_spec import ModelSpec
from tfsctl.protos import ClassificationRequest, ModelSpecProto, RegressionRequest, RegressionResponse

# ClassificationResponse, but for the labels: bytes here, for Python's protobuf refuses text that is not UTF-8.
_FILE = file_descriptor(
    "tfsctl/client/classification.proto",
    "tfsctl.client",
    {
        "Class": (("label", BYTES), ("score", FLOAT)),
        "Classifications": (("classes", Repeated("tfsctl.client.Class")),),
        "ClassificationResult": (("classifications", Repeated("tfsctl.client.Classifications")),),
        "Response": (("result", "tfsctl.client.ClassificationResult"), ("model_spec", BYTES)),
    },
)
_POOL = DescriptorPool()
_POOL.AddSerializedFile(_FILE.SerializeToString())
_ClassificationResponse: Any = GetMessageClass(_POOL.FindMessageTypeByName("tfsctl.client.Response"))
_REQUESTS = {"classify": ClassificationRequest, "regress": RegressionRequest}


def examples_request(api: ExampleApi, spec: ModelSpec, body: bytes) -> Any:
    """The ClassificationRequest or RegressionRequest that a REST body means, each example behind the context.

    Raises InvalidArgumentError, with TF Serving's text, for a wrong body (tensorflow-serving.md §6.2).
    """
    from tfsctl.codec.example import parse_examples_body

    parsed = parse_examples_body(body)
    request = _REQUESTS[api]()
    set_spec(request.model_spec, spec)
    request.model_spec.signature_name = spec.signature_name or parsed.signature_name
    examples = request.input.example_list.examples
    try:
        for example in parsed.examples:
            examples.add().MergeFromString(example)
    except DecodeError as error:
        raise InvalidArgumentError("The name of a feature is not UTF-8: gRPC cannot carry it.") from error
    return request


def parse_classification(reply: bytes) -> tuple[ClassRows, ModelSpec]:
    """The classes in a serialized ClassificationResponse, and who answered; protobuf's DecodeError if it is none."""
    response = _ClassificationResponse.FromString(reply)
    rows = [
        [(found.label.decode(errors="surrogateescape"), found.score) for found in row.classes]
        for row in response.result.classifications
    ]
    return rows, _spec(ModelSpecProto.FromString(response.model_spec))


def parse_regression(reply: bytes) -> tuple[list[float], ModelSpec]:
    """The numbers in a serialized RegressionResponse, and who answered; protobuf's DecodeError if it is none."""
    response = RegressionResponse.FromString(reply)
    return [found.value for found in response.result.regressions], _spec(response.model_spec)


def answer_as_json(api: ExampleApi, reply: bytes) -> bytes:
    """The REST answer for a serialized response; raises protobuf's DecodeError if it is none."""
    import numpy as np

    from tfsctl.codec.example import encode_classifications, encode_regressions

    if api == "regress":
        return encode_regressions(np.array(parse_regression(reply)[0], dtype=np.float32))
    rows = parse_classification(reply)[0]
    labels = [[label.encode(errors="surrogateescape") for label, _ in row] for row in rows]
    shape = (len(rows), len(rows[0]) if rows else 0)
    classes = np.empty(shape, dtype=object)
    classes[...] = labels
    return encode_classifications(classes, np.array([[s for _, s in row] for row in rows], np.float32).reshape(shape))


def _spec(message: Any) -> ModelSpec:
    version = message.version.value if message.HasField("version") else None
    return ModelSpec(message.name, version=version, signature_name=message.signature_name)
