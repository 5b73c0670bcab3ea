"""The body that goes out, as the caller gave it."""

from __future__ import annotations

import json

import pytest

from tfsctl.client.json_body import json_body
from tfsctl.model_spec import ModelSpec

PLAIN = ModelSpec("m")
SIGNED = ModelSpec("m", signature_name='odd "name"')


@pytest.mark.parametrize("body", [b'{"instances": [1e400, 0.1000]}', b"not JSON", b"", b"[]"])
def test_bytes_go_out_untouched_without_a_signature_name(body: bytes) -> None:
    assert json_body(PLAIN, body) == body


@pytest.mark.parametrize("body", [b"{}", b' \n{ "instances": [1]}', b'{\n"inputs": {"x": 0.1000}}'])
def test_a_signature_name_comes_first_and_the_rest_stays(body: bytes) -> None:
    document = json.loads(json_body(SIGNED, body))
    assert document == {"signature_name": SIGNED.signature_name, **json.loads(body)}
    assert next(iter(document)) == "signature_name"


def test_a_signature_name_leaves_alone_what_is_no_object() -> None:
    assert json_body(SIGNED, b"[1]") == b"[1]"


def test_a_mapping_is_encoded_and_the_specs_signature_name_wins() -> None:
    body = {"signature_name": "other", "inputs": [float("inf")]}
    assert json.loads(json_body(SIGNED, body)) == {**body, "signature_name": SIGNED.signature_name}
    assert json.loads(json_body(PLAIN, body)) == body
