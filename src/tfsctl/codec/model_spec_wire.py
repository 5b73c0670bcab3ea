"""ModelSpec to and from its message (tensorflow-serving.md §2.2, §2.4)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from tfsctl.codec.varint import field, varint_field
from tfsctl.model_spec import ModelSpec


def read_model_spec(proto: Any) -> ModelSpec:
    """A ModelSpec message as a plain value."""
    choice = proto.WhichOneof("version_choice")
    return ModelSpec(
        proto.name,
        version=proto.version.value if choice == "version" else None,
        version_label=proto.version_label if choice == "version_label" else None,
        signature_name=proto.signature_name,
    )


def model_spec_bytes(spec: ModelSpec) -> bytes:
    """A serialized ModelSpec."""
    parts = [field(1, spec.name.encode())]
    if spec.version is not None:
        parts.append(field(2, varint_field(1, spec.version)))
    elif spec.version_label is not None:
        parts.append(field(4, spec.version_label.encode()))
    if spec.signature_name:
        parts.append(field(3, spec.signature_name.encode()))
    return b"".join(parts)


@lru_cache(maxsize=256)
def echo_bytes(spec: ModelSpec) -> bytes:
    """A serialized ModelSpec as answers have it: with the signature's resolved name, and never a label.

    `spec.version` is the version that was used.
    """
    return model_spec_bytes(ModelSpec(spec.name, version=spec.version, signature_name=spec.resolved_signature_name))
