"""Status, the list of models, and health as JSON (tensorflow-serving.md §1.10)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tfsctl.core import ServableState
from tfsctl.errors import Code, NotFoundError
from tfsctl.model_spec import ModelSpec
from tfsctl.serving.rest.printing import escape_like_protobuf

if TYPE_CHECKING:
    from tfsctl.serving.config import ModelConfig
    from tfsctl.serving.server_core import ServerCore


def encode_status(states: Iterable[ServableState]) -> bytes:
    """The states of a model's versions, in the order given, as protobuf prints a GetModelStatusResponse."""
    return _encode({"model_version_status": [_version_status(state) for state in states]})


def encode_models(core: ServerCore) -> bytes:
    """All models with the states of their versions; a model of which no version was found yet has none.

    Those that have version labels have them, too.
    """
    return _encode({"models": [_model(core, config) for config in core.models()]})


def encode_health(core: ServerCore) -> tuple[bool, bytes]:
    """Whether requests should come here, and the text that says why not."""
    if core.is_ready():
        return True, _encode({"status": "ready"})
    missing = [name for name in core.model_names() if not core.is_available(name)]
    if not missing:
        return False, _encode({"status": "draining"})
    return False, _encode({"status": "not ready", "models_not_available": missing})


def encode_alive() -> bytes:
    """The text that says that the process answers."""
    return _encode({"status": "alive"})


def _version_status(state: ServableState) -> dict[str, object]:
    error = state.error
    return {
        "version": str(state.id.version),
        "state": state.state.name,
        "status": {
            "error_code": error.code.name if error else Code.OK.name,
            "error_message": error.message if error else "",
        },
    }


def _model(core: ServerCore, config: ModelConfig) -> dict[str, object]:
    # Numbers of 64 bits are strings in protobuf's JSON.
    labels = {label: str(version) for label, version in sorted(config.version_labels.items())}
    model: dict[str, object] = {"name": config.name, "model_version_status": _versions(core, config.name)}
    return {**model, "version_labels": labels} if labels else model


def _versions(core: ServerCore, name: str) -> list[dict[str, object]]:
    try:
        return [_version_status(state) for state in core.version_states(ModelSpec(name))]
    except NotFoundError:
        return []


def _encode(value: object) -> bytes:
    return escape_like_protobuf(json.dumps(value, indent=1, ensure_ascii=False) + "\n")
