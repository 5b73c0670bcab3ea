"""Warm-up files: what they hold, and where they lie in a version."""

from __future__ import annotations

from google.protobuf import text_format

from conformance.cases.text_protos import inference, predict, task, tensor
from tfsctl.protos import PredictionLog
from tfsctl.tf_record import encode_record

FILE = "assets.extra/tf_serving_warmup_requests"


def records(*contents: str | bytes) -> bytes:
    """A file of PredictionLogs in text form; bytes are a record as they are."""
    return b"".join(encode_record(each if isinstance(each, bytes) else _log(each)) for each in contents)


def predict_log(signature: str = "", **inputs: str) -> str:
    """A request for another model; every input is the content of a TensorProto."""
    request = predict(f'name: "another" version {{ value: 7 }} signature_name: "{signature}"', **inputs)
    return f"predict_log {{ request {{ {request} }} }}"


def example_log(kind: str, signature: str, content: str) -> str:
    """A request of classify or regress; `content` is that of an Input."""
    request = inference(f'name: "another" signature_name: "{signature}"', content)
    return f"{kind} {{ request {{ {request} }} }}"


def several_log(content: str, *tasks: tuple[str, str]) -> str:
    """A MultiInference of signatures and methods."""
    specs = " ".join(task(f'name: "another" signature_name: "{signature}"', method) for signature, method in tasks)
    return f"multi_inference_log {{ request {{ {specs} input {{ {content} }} }} }}"


def takes(*seconds: float) -> bytes:
    """A file for the zoo's `slow`: records that keep its load for so long each."""
    return records(*(predict_log(seconds=tensor("DT_DOUBLE", [], f"double_val: {each}")) for each in seconds))


def _log(text: str) -> bytes:
    serialized: bytes = text_format.Parse(text, PredictionLog()).SerializeToString()
    return serialized
