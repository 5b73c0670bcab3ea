"""Hints for errors that a second look at the server explains: what is served instead, and why a model is not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from tfsctl.errors import NotFoundError, TfsctlError
from tfsctl.model_spec import ModelSpec
from tfsctl.signature import CLASSIFY_METHOD_NAME, REGRESS_METHOD_NAME

if TYPE_CHECKING:
    from tfsctl.client.values import ModelMetadata, ModelSummary, VersionStatus

_WAIT_SECONDS = 2.0
_MAX_LISTED = 10
_LABEL_NOT_FOUND = "Unrecognized servable version label"
_SIGNATURE_NOT_FOUND = ("not found in signature def", "Serving signature key ", "No signature was found with the name")
# Of signatures that do not suit the request: whole beginnings, and what the method of one that does is called.
_UNSUITABLE = {
    "No classification inputs found": CLASSIFY_METHOD_NAME,
    "No regression inputs found": REGRESS_METHOD_NAME,
}
_INT_FOR_FLOAT = "Data type: int64 but expected type: float"
_WRITE_FLOATS = "Write floats with a point, as 2.0: a whole number such as 2 becomes an int64 feature."


class Lookups(Protocol):
    """The questions that advice may ask the server; their own errors carry no advice."""

    def fetch_status(self, spec: ModelSpec, timeout_seconds: float) -> tuple[VersionStatus, ...]:
        """See `Client.status`."""

    def fetch_metadata(self, spec: ModelSpec, timeout_seconds: float) -> ModelMetadata:
        """See `Client.metadata`."""

    def fetch_models(self, timeout_seconds: float) -> tuple[ModelSummary, ...]:
        """See `Client.models`."""


def hint_for(error: TfsctlError, spec: ModelSpec, server: Lookups) -> str | None:
    """What to do about an error of a call for `spec`, where the server can tell; None otherwise."""
    try:
        if isinstance(error, NotFoundError):
            return _hint_for_model(spec, server)
        if error.message.startswith(_LABEL_NOT_FOUND):
            return _hint_for_label(spec, server)
        if any(text in error.message for text in _SIGNATURE_NOT_FOUND):
            names = sorted(server.fetch_metadata(spec, _WAIT_SECONDS).signatures)
            return _choice(spec.resolved_signature_name, names, f"{spec} has the signatures")
        if _INT_FOR_FLOAT in error.message:
            return _WRITE_FLOATS
        for text, method_name in _UNSUITABLE.items():
            if error.message.startswith(text):
                return _hint_for_signature(spec, method_name, server)
    except TfsctlError:
        return None  # Advice is an extra: the error itself stands.
    return None


def nearest(wanted: str, names: Iterable[str]) -> str | None:
    """The name that a typing error may have meant."""
    by_folded = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(wanted.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def _hint_for_model(spec: ModelSpec, server: Lookups) -> str:
    try:
        versions = server.fetch_status(ModelSpec(spec.name), _WAIT_SECONDS)
    except NotFoundError:
        names = [model.name for model in server.fetch_models(_WAIT_SECONDS)]
        return _choice(spec.name, names, "The server knows") if names else "The server serves no model."
    return _hint_for_versions(spec, versions)


def _hint_for_label(spec: ModelSpec, server: Lookups) -> str:
    named = {model.name: sorted(model.version_labels) for model in server.fetch_models(_WAIT_SECONDS)}
    labels = named.get(spec.name, [])
    if not labels:
        return f"{spec.name} has no version labels; `tfsctl label set {spec.name} LABEL=VERSION` gives it one."
    return _choice(spec.version_label or "", labels, f"{spec.name} has the labels")


def _hint_for_signature(spec: ModelSpec, method_name: str, server: Lookups) -> str:
    signatures = server.fetch_metadata(spec, _WAIT_SECONDS).signatures
    verb = method_name.rpartition("/")[2]
    suitable = sorted(name for name, signature in signatures.items() if signature.method_name == method_name)
    if not suitable:
        return f"No signature of {spec} says that it is made to {verb}: `tfsctl metadata {spec.name}` shows them all."
    listed = ", ".join(suitable[:_MAX_LISTED])
    return f'"{spec.resolved_signature_name}" does not {verb}; choose with --signature-name: {listed}.'


def _hint_for_versions(spec: ModelSpec, versions: Sequence[VersionStatus]) -> str:
    available = [str(version.version) for version in versions if version.is_available]
    if available:
        return f"Available versions of {spec.name}: {', '.join(available)}."
    newest = versions[0]
    # TensorFlow puts nodes of the graph on further lines.
    first = newest.error_message.strip().partition("\n")[0].rstrip(" .")
    why = f": {first}" if first else ""
    return f"{spec.name} has no available version; version {newest.version} is in state {newest.state}{why}."


def _choice(wanted: str, names: Sequence[str], introduction: str) -> str:
    close = nearest(wanted, names)
    guess = f"Did you mean {close}? " if close else ""
    rest = f" and {len(names) - _MAX_LISTED} more" if len(names) > _MAX_LISTED else ""
    return f"{guess}{introduction} {', '.join(names[:_MAX_LISTED])}{rest}."
