"""What the REST and the gRPC client do alike, above their ways to encode and to send."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from tfsctl.client.advice import hint_for
from tfsctl.client.client import DEFAULT_TIMEOUT_SECONDS, ExampleApi
from tfsctl.client.example_json import examples_body
from tfsctl.client.json_body import json_body
from tfsctl.client.signature_cache import SignatureCache
from tfsctl.errors import InvalidArgumentError, TfsctlError
from tfsctl.model_spec import ModelSpec

if TYPE_CHECKING:
    from tfsctl.client.address import ServerAddress
    from tfsctl.client.predict_codec import PredictCodec
    from tfsctl.client.values import (
        Classification,
        ModelMetadata,
        ModelSummary,
        Prediction,
        Regression,
        VersionStatus,
    )
    from tfsctl.signature import Signature

_Self = TypeVar("_Self", bound="BaseClient")


def to_spec(spec: ModelSpec | str) -> ModelSpec:
    """A spec from a model's name or a spec.

    Raises:
        InvalidArgumentError: it names no model, or both a version and a label.
    """
    if isinstance(spec, str):
        spec = ModelSpec(spec)
    if not spec.name:
        raise InvalidArgumentError("ModelSpec has no name specified.")
    if spec.version is not None and spec.version_label is not None:
        raise InvalidArgumentError(f"{spec.name}: a version and a version label exclude each other.")
    return spec


class BaseClient(ABC):
    """The parts of `Client` that do not depend on the protocol; see there for the contracts."""

    def __init__(self, address: ServerAddress, *, timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS) -> None:
        self._address = address
        self._timeout_seconds = timeout_seconds
        self._signatures = SignatureCache(self.fetch_metadata)

    @property
    def address(self) -> ServerAddress:
        """Whom this client talks to."""
        return self._address

    def predict(
        self,
        spec: ModelSpec | str,
        inputs: Any,
        *,
        output_filter: Sequence[str] = (),
        timeout_seconds: float | None = None,
    ) -> Prediction:
        """See `Client.predict`."""
        spec, timeout = to_spec(spec), self._timeout(timeout_seconds)
        with self._advised(spec):
            signature = self._signatures.get(spec, timeout)
            codec = self._codec(spec, signature, tuple(output_filter))
            return codec.decode(self._send(spec, codec.encode(inputs), timeout))

    def classify(
        self,
        spec: ModelSpec | str,
        examples: Any,
        *,
        context: Mapping[str, Any] | None = None,
        timeout_seconds: float | None = None,
    ) -> Classification:
        """See `Client.classify`."""
        spec, body = to_spec(spec), examples_body(examples, context)
        return self._decode_classification(spec, self._ask("classify", spec, body, timeout_seconds))

    def regress(
        self,
        spec: ModelSpec | str,
        examples: Any,
        *,
        context: Mapping[str, Any] | None = None,
        timeout_seconds: float | None = None,
    ) -> Regression:
        """See `Client.regress`."""
        spec, body = to_spec(spec), examples_body(examples, context)
        return self._decode_regression(spec, self._ask("regress", spec, body, timeout_seconds))

    def examples_json(
        self,
        api: ExampleApi,
        spec: ModelSpec | str,
        body: bytes | Mapping[str, Any],
        *,
        timeout_seconds: float | None = None,
    ) -> bytes:
        """See `Client.examples_json`."""
        return self._as_json(api, self._ask(api, to_spec(spec), body, timeout_seconds))

    def signature(self, spec: ModelSpec | str) -> Signature:
        """See `Client.signature`."""
        spec = to_spec(spec)
        with self._advised(spec):
            return self._signatures.get(spec, self._timeout_seconds)

    def predict_codec(self, spec: ModelSpec | str, *, output_filter: Sequence[str] = ()) -> PredictCodec:
        """See `Client.predict_codec`."""
        spec = to_spec(spec)
        with self._advised(spec):
            signature = self._signatures.get(spec, self._timeout_seconds, of_any_age=True)
        return self._codec(spec, signature, tuple(output_filter))

    def encode_predict(self, spec: ModelSpec | str, inputs: Any, *, output_filter: Sequence[str] = ()) -> bytes:
        """See `Client.encode_predict`."""
        spec = to_spec(spec)
        codec = self.predict_codec(spec, output_filter=output_filter)
        with self._advised(spec):
            return codec.encode(inputs)

    def decode_predict(self, spec: ModelSpec | str, reply: bytes) -> Prediction:
        """See `Client.decode_predict`."""
        return self.predict_codec(spec).decode(reply)

    def status(self, spec: ModelSpec | str, *, timeout_seconds: float | None = None) -> tuple[VersionStatus, ...]:
        """See `Client.status`."""
        spec = to_spec(spec)
        with self._advised(spec):
            return self.fetch_status(spec, self._timeout(timeout_seconds))

    def metadata(self, spec: ModelSpec | str, *, timeout_seconds: float | None = None) -> ModelMetadata:
        """See `Client.metadata`."""
        spec = to_spec(spec)
        with self._advised(spec):
            return self.fetch_metadata(spec, self._timeout(timeout_seconds))

    def models(self, *, timeout_seconds: float | None = None) -> tuple[ModelSummary, ...]:
        """See `Client.models`."""
        return self.fetch_models(self._timeout(timeout_seconds))

    @abstractmethod
    def fetch_status(self, spec: ModelSpec, timeout_seconds: float) -> tuple[VersionStatus, ...]:
        """`status` without advice."""

    @abstractmethod
    def fetch_metadata(self, spec: ModelSpec, timeout_seconds: float) -> ModelMetadata:
        """`metadata` without advice."""

    @abstractmethod
    def fetch_models(self, timeout_seconds: float) -> tuple[ModelSummary, ...]:
        """`models`, the client's timeout applied."""

    @abstractmethod
    def close(self) -> None:
        """See `Client.close`."""

    @abstractmethod
    def _codec(self, spec: ModelSpec, signature: Signature, output_filter: tuple[str, ...]) -> PredictCodec: ...

    @abstractmethod
    def _send(self, spec: ModelSpec, request: bytes, timeout_seconds: float) -> bytes: ...

    @abstractmethod
    def _send_examples(self, api: ExampleApi, spec: ModelSpec, body: bytes, timeout_seconds: float) -> bytes:
        """The reply to the body of a REST request, in this protocol's own form."""

    @abstractmethod
    def _decode_classification(self, spec: ModelSpec, reply: bytes) -> Classification: ...

    @abstractmethod
    def _decode_regression(self, spec: ModelSpec, reply: bytes) -> Regression: ...

    @abstractmethod
    def _as_json(self, api: ExampleApi, reply: bytes) -> bytes:
        """A reply to `_send_examples` as REST has it."""

    def _ask(
        self, api: ExampleApi, spec: ModelSpec, body: bytes | Mapping[str, Any], timeout_seconds: float | None
    ) -> bytes:
        with self._advised(spec):
            return self._send_examples(api, spec, json_body(spec, body), self._timeout(timeout_seconds))

    def _timeout(self, timeout_seconds: float | None) -> float:
        return self._timeout_seconds if timeout_seconds is None else timeout_seconds

    @contextmanager
    def _advised(self, spec: ModelSpec) -> Iterator[None]:
        """Give an error that passes through a hint where the server knows one; distrust what was known of `spec`."""
        try:
            yield
        except TfsctlError as error:
            self._signatures.forget(spec)
            if error.hint is None:
                error.hint = hint_for(error, spec, self)
            raise

    def __enter__(self: _Self) -> _Self:  # noqa: PYI019 (typing.Self came with Python 3.11)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
