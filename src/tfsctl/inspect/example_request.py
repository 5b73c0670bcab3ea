"""A request for a signature, as the lines that send it: curl, tfsctl, grpcurl, and Python."""

from __future__ import annotations

import base64
import json
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from tfsctl.data_type import DataType
from tfsctl.inspect.example_values import ExampleValues, example_values
from tfsctl.model_spec import DEFAULT_SIGNATURE_NAME
from tfsctl.signature import CLASSIFY_METHOD_NAME, REGRESS_METHOD_NAME

if TYPE_CHECKING:
    from tfsctl.signature import Signature

Api = Literal["predict", "classify", "regress"]
_APIS: dict[str, Api] = {CLASSIFY_METHOD_NAME: "classify", REGRESS_METHOD_NAME: "regress"}
_GRPC_METHODS: dict[Api, str] = {"predict": "Predict", "classify": "Classify", "regress": "Regress"}
_REST_ADDRESS = "localhost:8501"
_GRPC_ADDRESS = "localhost:8500"


@dataclass(frozen=True, kw_only=True, slots=True)
class ExampleRequest:
    """Four ways to send the same request to a server on this machine, at the usual ports.

    Attributes:
        api: What is asked for.
        curl: A line for a shell, over REST.
        tfsctl: One over gRPC.
        grpcurl: One over gRPC, for servers with reflection such as tfsctl's.
        python: A program that uses requests.
    """

    api: Api
    curl: str
    tfsctl: str
    grpcurl: str
    python: str


def example_request(model: str, signature: Signature, *, features: bytes = b"") -> ExampleRequest:
    """A request for `signature` of a model called `model`.

    Args:
        model: The model's name.
        signature: What is asked. Where it classifies or regresses, the request has an example.
        features: A serialized tf.Example for that, as `tfsctl.warmup` finds it in a graph; empty: one without features.
    """
    # REST wants every input by name, those with a default too.
    signature = replace(signature, defaults={})
    api = _api(signature)
    values = _examples(features) if api != "predict" else example_values(signature)
    name = signature.name if signature.name != DEFAULT_SIGNATURE_NAME else ""
    url = f"http://{_REST_ADDRESS}/v1/models/{quote(model, safe='')}:{api}"
    return ExampleRequest(
        api=api,
        curl=_piped(_with_name(values.body, name), f"curl -d {{}} {shlex.quote(url)}", source="@-"),
        tfsctl=_tfsctl_line(api, model, values, name),
        grpcurl=_grpcurl_line(api, model, signature, features),
        python=_python(url, _with_name(values.body, name)),
    )


def _api(signature: Signature) -> Api:
    """What the signature is for; where that is to classify or regress, but it does not take examples, only predict."""
    takes_text = all(spec.dtype is DataType.STRING for spec in signature.inputs.values())
    return _APIS.get(signature.method_name, "predict") if takes_text else "predict"


def _with_name(body: str, signature_name: str) -> str:
    """The body with the signature's name before all else, where that is needed."""
    if not signature_name:
        return body
    separator = "" if body == "{}" else ", "
    return "{" + f'"signature_name": {json.dumps(signature_name)}{separator}' + body[1:]


def _tfsctl_line(api: Api, model: str, values: ExampleValues, signature_name: str) -> str:
    option = f" --signature-name {shlex.quote(signature_name)}" if signature_name else ""
    return _piped(values.body, f"tfsctl {api} {shlex.quote(model)} {{}} --grpc{option}", source="-")


def _piped(body: str, line: str, *, source: str) -> str:
    """`line` with the body in it; where that is Python rather than JSON, Python writes it and `line` reads it."""
    if _is_json(body):
        return line.replace("{}", shlex.quote(body), 1)
    program = f"import json; print(json.dumps({body}))"
    return f"python3 -c {shlex.quote(program)} | {line.replace('{}', source, 1)}"


def _is_json(body: str) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def _python(url: str, body: str) -> str:
    expression = repr(json.loads(body)) if _is_json(body) else body
    return (
        "import requests\n\n"
        f"reply = requests.post({url!r}, json={expression})\n"
        "reply.raise_for_status()\n"
        "print(reply.json())"
    )


def _examples(serialized: bytes) -> ExampleValues:
    """The body of a request to classify or regress one example."""
    from tfsctl.protos import Example

    features = Example.FromString(serialized).features.feature
    example = {name: _feature_value(feature) for name, feature in sorted(features.items())}
    return ExampleValues(json.dumps({"examples": [example]}))


def _feature_value(feature: Any) -> Any:
    kind = feature.WhichOneof("kind")
    values = list(getattr(feature, kind).value) if kind else []
    if kind == "bytes_list":
        values = [_text(value) for value in values]
    return values[0] if len(values) == 1 else values


def _text(value: bytes) -> Any:
    try:
        return value.decode("ascii")
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(value).decode("ascii")}


def _grpcurl_line(api: Api, model: str, signature: Signature, features: bytes) -> str:
    from google.protobuf import json_format

    message = _predict_message(signature) if api == "predict" else _examples_message(features)
    message.model_spec.name = model
    if signature.name != DEFAULT_SIGNATURE_NAME:
        message.model_spec.signature_name = signature.name
    text = json_format.MessageToJson(message, preserving_proto_field_name=True, indent=None)
    method = f"tensorflow.serving.PredictionService/{_GRPC_METHODS[api]}"
    return f"grpcurl -plaintext -d {shlex.quote(text)} {_GRPC_ADDRESS} {method}"


def _predict_message(signature: Signature) -> Any:
    from tfsctl.codec.tensor_proto import encode_tensor
    from tfsctl.protos import PredictRequest

    message = PredictRequest()
    for alias, (array, shape) in example_values(signature).tensors(signature).items():
        tensor = encode_tensor(array, message.inputs[alias])
        # One value may stand for all: the last one is repeated (tensorflow-serving.md §2.5).
        del tensor.tensor_shape.dim[:]
        for size in shape:
            tensor.tensor_shape.dim.add(size=size)
    return message


def _examples_message(features: bytes) -> Any:
    from tfsctl.protos import ClassificationRequest

    # A RegressionRequest has the same fields.
    message = ClassificationRequest()
    message.input.example_list.examples.add().MergeFromString(features)
    return message
