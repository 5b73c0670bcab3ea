"""Inputs in JSON files: predict bodies, as TensorFlow Serving's REST API takes them (tensorflow-serving.md §1.6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfsctl.bench.workload.labels import find_labels, read_json, to_labels
from tfsctl.bench.workload.loaded_rows import LoadedRows
from tfsctl.bench.workload.made_up_shapes import MAX_INPUT_BYTES
from tfsctl.codec.json_tensor import parse_predict_body
from tfsctl.errors import InvalidArgumentError, UsageError

if TYPE_CHECKING:
    from tfsctl.bench.workload.inputs_plan import InputsPlan
    from tfsctl.signature import Signature

_BODY_KEYS = {"instances", "inputs"}


def load_json(path: Path, signature: Signature, plan: InputsPlan) -> LoadedRows:
    """The rows of a predict body, or of a list of instances; right answers beside `instances` or `inputs`.

    Raises UsageError for what is no JSON, InvalidArgumentError for a body that the signature does not take.
    """
    document = read_json(path)
    if isinstance(document, Mapping) and not document.keys() & _BODY_KEYS:
        raise UsageError(f"{path} has neither instances nor inputs.", hint='Such as: {"instances": [[1.0], [2.0]]}')
    labels = None
    if isinstance(document, Mapping):
        key = find_labels(list(document), (), plan, path)
        labels = None if key is None else to_labels(document[key], path)
        body = path.read_bytes()
    else:
        body = json.dumps({"instances": document}).encode()
    return LoadedRows(path=path, columns=_arrays(body, signature, str(path)), labels=labels)


def load_json_lines(path: Path, signature: Signature, *, max_requests: int | None) -> list[Mapping[str, Any]]:
    """The requests in the lines of a file, a predict body in each; no more than are wanted, or fit into memory."""
    requests: list[Mapping[str, Any]] = []
    num_bytes = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            num_bytes += len(line)
            if len(requests) == max_requests or (requests and num_bytes > MAX_INPUT_BYTES):
                break
            if line.strip():
                requests.append(_arrays(line, signature, f"{path}, line {number}"))
    if not requests:
        raise UsageError(f"{path} is empty: it should have a predict body in each line.")
    return requests


def _arrays(body: bytes, signature: Signature, where: str) -> dict[str, Any]:
    from tfsctl.client.input_check import describe_inputs

    try:
        return dict(parse_predict_body(body).inputs(signature.inputs, signature_label=signature.name)[0])
    except InvalidArgumentError as error:
        hint = error.hint or f"The signature takes {describe_inputs(signature)}."
        raise InvalidArgumentError(f"{where}: {error.message}", hint=hint) from error
