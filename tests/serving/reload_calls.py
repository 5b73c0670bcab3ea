"""Model configurations in text form, and calls that put them into force, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from google.protobuf import text_format

from serving.grpc_calls import CALL_SECONDS, GrpcCalls
from tfsctl.protos import MODEL_SERVICE, ModelServerConfig, ReloadConfigRequest, ReloadConfigResponse


def entry(name: str, base_path: Path | str, *more: str) -> str:
    """One model of a list; `more` are further fields."""
    return f'config {{ name: "{name}" base_path: "{base_path}" model_platform: "tensorflow" {" ".join(more)} }}'


def listed(*entries: str) -> str:
    """A ModelServerConfig with these models."""
    return f"model_config_list {{ {' '.join(entries)} }}"


def label(name: str, version: int) -> str:
    return f'version_labels {{ key: "{name}" value: {version} }}'


def versions(*numbers: int) -> str:
    """A policy that wants these versions."""
    return f"model_version_policy {{ specific {{ versions: {list(numbers)} }} }}"


def parsed(text: str) -> Any:
    return text_format.Parse(text, ModelServerConfig())


def reload(calls: GrpcCalls, text: str, metric_names: Sequence[str] = (), timeout: float = CALL_SECONDS) -> Any:
    """Send HandleReloadConfigRequest; the answer."""
    request = ReloadConfigRequest(config=parsed(text), metric_names=metric_names)
    response = calls.raw(MODEL_SERVICE, "HandleReloadConfigRequest", request.SerializeToString(), timeout)
    return ReloadConfigResponse.FromString(response)
