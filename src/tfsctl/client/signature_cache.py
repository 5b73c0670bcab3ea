"""The signatures that a client has looked up, so that a prediction costs one call and not two."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tfsctl.errors import InvalidArgumentError

if TYPE_CHECKING:
    from tfsctl.client.values import ModelMetadata
    from tfsctl.model_spec import ModelSpec
    from tfsctl.signature import Signature

# A spec without a version means another version after a new one is loaded, whose signature may differ.
_MAX_AGE_SECONDS = 10.0


class SignatureCache:
    """Signatures by spec. Thread-safe: at worst two threads look the same one up.

    One that is older than ten seconds is looked up again, unless its spec names a version, which never changes.
    """

    def __init__(self, metadata: Callable[[ModelSpec, float], ModelMetadata]) -> None:
        self._metadata = metadata
        self._known: dict[ModelSpec, tuple[float, Signature]] = {}

    def get(self, spec: ModelSpec, timeout_seconds: float, *, of_any_age: bool = False) -> Signature:
        """The signature that `spec` means, looked up within `timeout_seconds` if it is not known or not recently.

        Raises:
            InvalidArgumentError: the model has no signature of that name, in TF Serving's words (§1.5).
        """
        known = self._known.get(spec)
        if known is not None and (of_any_age or spec.version is not None or _is_recent(known[0])):
            return known[1]
        name = spec.resolved_signature_name
        signature = self._metadata(spec, timeout_seconds).signatures.get(name)
        if signature is None:
            raise InvalidArgumentError(f'Serving signature name: "{name}" not found in signature def')
        self._known[spec] = (time.monotonic(), signature)
        return signature

    def forget(self, spec: ModelSpec) -> None:
        """Look this one up again next time: a call for it failed."""
        self._known.pop(spec, None)


def _is_recent(looked_up: float) -> bool:
    return time.monotonic() - looked_up < _MAX_AGE_SECONDS
