"""The body of a predict request as the caller gives it, as bytes to send."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfsctl.model_spec import ModelSpec


def json_body(spec: ModelSpec, body: bytes | Mapping[str, Any]) -> bytes:
    """The body to send: as it is, but with the signature's name of `spec` before all else, if there is one.

    Bytes are not parsed: their numbers keep their digits, and what is wrong with them is for the server to say. Where a
    key comes twice, TF Serving takes the first (tensorflow-serving.md §1.6).
    """
    if not isinstance(body, bytes):
        chosen = {"signature_name": spec.signature_name} if spec.signature_name else {}
        return json.dumps({**body, **chosen}).encode()
    text = body.lstrip()
    if not spec.signature_name or not text.startswith(b"{"):
        return body
    members = text[1:].lstrip()
    comma = b"" if members.startswith(b"}") else b", "
    return b'{"signature_name": ' + json.dumps(spec.signature_name).encode() + comma + members
