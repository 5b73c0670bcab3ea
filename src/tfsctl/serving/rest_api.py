"""TF Serving's REST API as a function of values: no sockets, no engine (tensorflow-serving.md §1)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from tfsctl.codec.example import encode_classifications, encode_regressions, parse_examples_body
from tfsctl.codec.json_tensor import encode_predictions, parse_predict_body
from tfsctl.errors import InvalidArgumentError, ResourceExhaustedError, TfsctlError
from tfsctl.model_spec import DEFAULT_SIGNATURE_NAME, ModelSpec
from tfsctl.serving.classifier import classify
from tfsctl.serving.http_reply import RestReply
from tfsctl.serving.predictor import Predictor
from tfsctl.serving.regressor import regress
from tfsctl.serving.rest_encoding import unpack_body
from tfsctl.serving.rest_errors import error_reply, unexpected_reply
from tfsctl.serving.rest_metadata import MetadataEncoder
from tfsctl.serving.rest_pages import html_page
from tfsctl.serving.rest_routes import Action, PageError, find_route
from tfsctl.serving.rest_status import encode_alive, encode_health, encode_models, encode_status
from tfsctl.signature import Signature

if TYPE_CHECKING:
    from tfsctl.serving.servable import Servable
    from tfsctl.serving.server_core import ServerCore

_MAX_KEPT_ROUTES = 4096
_CORS_HEADERS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "POST, GET"),
    ("Access-Control-Allow-Headers", "Content-Type"),
)
# libevent's content type where none is set.
_LIBEVENT_CONTENT_TYPE = "text/html; charset=ISO-8859-1"

_logger = logging.getLogger(__name__)

# Model spec without signature name, headers, body.
Answer = Callable[[ModelSpec, Mapping[str, str], bytes], RestReply]
T = TypeVar("T")


class RestApi:
    """Answers REST requests. Thread-safe.

    A model may run `timeout_seconds` for one request; None, 0 and less mean without limit. `enable_cors_support` adds
    the headers that let web pages of other origins read the answers.
    """

    def __init__(
        self,
        core: ServerCore,
        predictor: Predictor,
        *,
        timeout_seconds: float | None = 30.0,
        enable_cors_support: bool = False,
    ) -> None:
        self._core = core
        self._predictor = predictor
        self._timeout_seconds = timeout_seconds if timeout_seconds and timeout_seconds > 0 else None
        self._headers = _CORS_HEADERS if enable_cors_support else ()
        self._metadata = MetadataEncoder()
        self._answers: dict[Action, Answer] = {
            Action.PREDICT: self._predict,
            Action.CLASSIFY: self._classify,
            Action.REGRESS: self._regress,
            Action.STATUS: self._status,
            Action.METADATA: self._describe,
            Action.MODELS: self._models,
            Action.OPTIONS: self._options,
            Action.LIVEZ: self._livez,
            Action.READYZ: self._readyz,
        }
        # Few targets are asked for again and again.
        self._find_answer = lru_cache(_MAX_KEPT_ROUTES)(self._route)

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> RestReply:
        """Answer one request; never raises.

        Args:
            method: The method, as it stands in the request line.
            target: The request target, likewise, undecoded.
            headers: By name in lower case.
            body: As it was sent: a compressed one is unpacked here.
        """
        try:
            answer, spec = self._find_answer(method, target)
            reply = answer(spec, headers, body)
        except PageError as error:
            return html_page(error.status)
        except TfsctlError as error:
            reply = error_reply(error)
        except MemoryError:
            reply = error_reply(ResourceExhaustedError("Out of memory while answering this request."))
        except Exception:
            _logger.exception("%s %s failed", method, target)
            reply = unexpected_reply()
        return reply._replace(headers=self._headers) if self._headers else reply

    def _route(self, method: str, target: str) -> tuple[Answer, ModelSpec]:
        route = find_route(method, target)
        return self._answers[route.action], route.spec

    def _predict(self, spec: ModelSpec, headers: Mapping[str, str], body: bytes) -> RestReply:
        """Check in TF Serving's order: the body, the model, the signature, its inputs (§1.5)."""
        request = parse_predict_body(unpack_body(headers, body) if "content-encoding" in headers else body)
        servable = self._core.servable(spec).servable
        name = request.signature_name
        signature = servable.model.info.signatures.get(name or DEFAULT_SIGNATURE_NAME)
        if signature is None:
            signature = _find_unusual_signature(servable, name)
        inputs, form = request.inputs(signature.inputs, signature_label=name or "DEFAULT")
        outputs = self._predictor.predict(servable, signature, inputs, timeout_seconds=self._timeout_seconds)
        return RestReply(200, encode_predictions(outputs, form))

    def _classify(self, spec: ModelSpec, headers: Mapping[str, str], body: bytes) -> RestReply:
        result = self._infer(classify, spec, headers, body)
        return RestReply(200, encode_classifications(result.classes, result.scores))

    def _regress(self, spec: ModelSpec, headers: Mapping[str, str], body: bytes) -> RestReply:
        return RestReply(200, encode_regressions(self._infer(regress, spec, headers, body).values))

    def _infer(self, method: Callable[..., T], spec: ModelSpec, headers: Mapping[str, str], body: bytes) -> T:
        """Check in TF Serving's order: the body with its examples, the model, the signature (§14)."""
        request = parse_examples_body(unpack_body(headers, body))
        return method(
            self._core.servable(spec).servable,
            request.signature_name or DEFAULT_SIGNATURE_NAME,
            request.examples,
            check_method_name=self._predictor.checks_method_name,
            timeout_seconds=self._timeout_seconds,
        )

    def _status(self, spec: ModelSpec, _headers: Mapping[str, str], _body: bytes) -> RestReply:
        return RestReply(200, encode_status(self._core.version_states(spec)))

    def _describe(self, spec: ModelSpec, _headers: Mapping[str, str], _body: bytes) -> RestReply:
        return RestReply(200, self._metadata.encode(self._core.servable(spec).servable))

    def _models(self, _spec: ModelSpec, _headers: Mapping[str, str], _body: bytes) -> RestReply:
        return RestReply(200, encode_models(self._core))

    def _options(self, _spec: ModelSpec, headers: Mapping[str, str], _body: bytes) -> RestReply:
        """A browser asks whether it may ask (§1.3)."""
        origin = headers.get("origin", "")
        is_web = "http://" in origin or "https://" in origin
        return RestReply(200 if is_web else 400, b"", content_type=_LIBEVENT_CONTENT_TYPE)

    def _livez(self, _spec: ModelSpec, _headers: Mapping[str, str], _body: bytes) -> RestReply:
        return RestReply(200, encode_alive())

    def _readyz(self, _spec: ModelSpec, _headers: Mapping[str, str], _body: bytes) -> RestReply:
        is_ready, text = encode_health(self._core)
        return RestReply(200 if is_ready else 503, text)


def _find_unusual_signature(servable: Servable, name: str) -> Signature:
    name = name or DEFAULT_SIGNATURE_NAME
    if name in servable.model.info.signature_defs:
        # The initialisation of TF2 models stands among the signatures, and has no inputs.
        return Signature(name=name, inputs={}, outputs={})
    raise InvalidArgumentError(f'Serving signature name: "{name}" not found in signature def')
