"""The interface that the REST and the gRPC client share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

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
    from tfsctl.model_spec import ModelSpec
    from tfsctl.signature import Signature

DEFAULT_TIMEOUT_SECONDS = 60.0
_Self = TypeVar("_Self", bound="Client")

ExampleApi = Literal["classify", "regress"]
InferenceApi = Literal["predict", "classify", "regress"]


class Connection(Protocol):
    """One caller's own way to send prepared predict requests, as cheap as the protocol allows.

    For load: what a request costs here is the request itself. Not thread-safe; take one for each thread.
    """

    def open(self) -> None:
        """Connect now rather than at the first `send`; raises UnavailableError."""

    def send(self, request: bytes, *, timeout_seconds: float) -> bytes:
        """The reply to a request made by `Client.encode_predict`; errors as `Client.predict`, without hints."""

    def close(self) -> None:
        """Let go of the socket; idempotent."""


class Client(Protocol):
    """A server as its users see it. Thread-safe; a context manager.

    Everywhere `spec` is a `ModelSpec` or a model's name, and `timeout_seconds` None means the client's own. Over gRPC
    the timeout covers the whole call; over REST it bounds the connecting, and each silence of the server.

    Every method raises:
        UnavailableError: nothing answers at the address, or something that is not TensorFlow Serving's protocol.
        DeadlineExceededError: no answer in time.
        NotFoundError: no such model or version; the hint names what is served, where the server says so.
        InvalidArgumentError and other TfsctlErrors: the server refused, with its own words as the message.
    """

    @property
    def address(self) -> ServerAddress:
        """Whom this client talks to; its protocol is never None."""

    def predict(
        self,
        spec: ModelSpec | str,
        inputs: Any,
        *,
        output_filter: Sequence[str] = (),
        timeout_seconds: float | None = None,
    ) -> Prediction:
        """Run a signature.

        Args:
            spec: The model, and by `signature_name` the signature (`serving_default` if empty).
            inputs: A mapping of input aliases to arrays or nested lists, or one such value where the signature has one
                input. Values are converted to the signature's types where nothing but precision is lost.
            output_filter: The output aliases wanted; empty means all. REST has no such field: the rest is dropped here.
            timeout_seconds: See the class.

        The signature is looked up once and kept; a failed call makes the next one look again.
        """

    def predict_json(
        self, spec: ModelSpec | str, body: bytes | Mapping[str, Any], *, timeout_seconds: float | None = None
    ) -> bytes:
        """Run a signature with the body of a REST predict request (tensorflow-serving.md §1.6); the REST reply's body.

        Over REST the body goes out as it is, and neither numpy nor protobuf is loaded; over gRPC it is translated both
        ways, so that both answer alike. A `signature_name` in `spec` goes before one in the body.
        """

    def classify(
        self,
        spec: ModelSpec | str,
        examples: Any,
        *,
        context: Mapping[str, Any] | None = None,
        timeout_seconds: float | None = None,
    ) -> Classification:
        """Run a signature that takes tf.Examples and tells what they may be.

        Args:
            spec: The model, and by `signature_name` the signature (`serving_default` if empty).
            examples: A list of mappings of features to values, or one mapping. A value is a number, text, bytes, or a
                flat list or array of one of these kinds. Its kind is the feature's, as over REST (tensorflow-serving.md
                §6.2): `2` and `True` are int64, `2.0` is float, and what a model wants is not converted. Bytes may be
                written as `{"b64": …}`.
            context: Features that all examples share; one that an example has itself is the example's.
            timeout_seconds: See the class.
        """

    def regress(
        self,
        spec: ModelSpec | str,
        examples: Any,
        *,
        context: Mapping[str, Any] | None = None,
        timeout_seconds: float | None = None,
    ) -> Regression:
        """Run a signature that takes tf.Examples and gives a number for each. Arguments as `classify`."""

    def examples_json(
        self,
        api: ExampleApi,
        spec: ModelSpec | str,
        body: bytes | Mapping[str, Any],
        *,
        timeout_seconds: float | None = None,
    ) -> bytes:
        """Classify or regress with the body of a REST request; the REST reply's body. As `predict_json`."""

    def request_line(
        self, spec: ModelSpec | str, body: bytes | Mapping[str, Any], *, api: InferenceApi = "predict"
    ) -> str:
        """The shell command that sends what `predict_json` or `examples_json` would: `curl …` or `grpcurl …`.

        Nothing is run. Over gRPC the server is asked for the signature of `predict`, whose types the message needs.
        """

    def status(self, spec: ModelSpec | str, *, timeout_seconds: float | None = None) -> tuple[VersionStatus, ...]:
        """The versions of a model (the one that `spec` names, if it does), newest first. Labels are ignored."""

    def metadata(self, spec: ModelSpec | str, *, timeout_seconds: float | None = None) -> ModelMetadata:
        """The signatures of a model."""

    def models(self, *, timeout_seconds: float | None = None) -> tuple[ModelSummary, ...]:
        """What the server serves.

        Raises:
            UnimplementedError: the server cannot tell: only tfsctl's own can.
        """

    def reload(
        self, config: Any, *, metric_names: Sequence[str] = (), timeout_seconds: float | None = None
    ) -> dict[str, int]:
        """Have the server serve the models of `config` and no others; return when the new ones are available.

        That is HandleReloadConfigRequest (tensorflow-serving.md §3.6), which gRPC has alone.

        Args:
            config: A ModelServerConfig: the message, or its text form.
            metric_names: Metrics of the server, of the first cell of which the increase meanwhile is wanted.
            timeout_seconds: See the class. Models that are long in coming are loaded on after it.

        Returns:
            The increases, by name; 0 for a metric that the server does not have.

        Raises:
            UnimplementedError: this is a REST client.
            UsageError: the text is no ModelServerConfig.
            FailedPreconditionError: a label points at a version that is not available.
            UnknownError: all versions of a new model failed.
        """

    def change_labels(
        self,
        model: str,
        *,
        assign: Mapping[str, int] | None = None,
        drop: Sequence[str] = (),
        timeout_seconds: float | None = None,
    ) -> dict[str, int]:
        """Give labels to versions of a model, and take others away; those that the model has then.

        The server does it at once and as a whole, and keeps the rest of its configuration. Over gRPC, and with tfsctl's
        server alone: a TensorFlow Serving takes nothing but a whole new configuration (`reload`).

        Raises:
            UnimplementedError: this is a REST client, or another server.
            NotFoundError: no such model, or no such label to take away.
            FailedPreconditionError: a version is neither available nor on its way, or the server would undo it, because
                it follows a configuration file.
        """

    def signature(self, spec: ModelSpec | str) -> Signature:
        """The signature that `spec` means, looked up once and kept for a while, as `predict` does."""

    def encode_predict(self, spec: ModelSpec | str, inputs: Any, *, output_filter: Sequence[str] = ()) -> bytes:
        """The request that `predict` would send, for `Connection.send`. The signature is looked up once for all."""

    def decode_predict(self, spec: ModelSpec | str, reply: bytes) -> Prediction:
        """The prediction in a reply that `Connection.send` gave."""

    def predict_codec(self, spec: ModelSpec | str, *, output_filter: Sequence[str] = ()) -> PredictCodec:
        """What `encode_predict` and `decode_predict` do, as a value that other processes can be sent."""

    def connection(self, spec: ModelSpec | str) -> Connection:
        """A connection of the caller's own for predict requests to `spec`. Close it before the client."""

    def close(self) -> None:
        """Close all connections; idempotent."""

    def __enter__(self: _Self) -> _Self: ...  # noqa: PYI019 (typing.Self came with Python 3.11)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
