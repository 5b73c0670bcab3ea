"""TF Serving's REST API as a function of values: no sockets, no engine (tensorflow-serving.md §1)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, TypeVar

from tfsctl.codec.example import encode_classifications, encode_regressions, parse_examples_body
from tfsctl.codec.inference_result import Classifications, Regressions
from tfsctl.codec.json_tensor import encode_predictions, parse_predict_body
from tfsctl.errors import Code, InvalidArgumentError, ResourceExhaustedError, TfsctlError
from tfsctl.model_spec import DEFAULT_SIGNATURE_NAME, ModelSpec
from tfsctl.serving.http.pages import html_page
from tfsctl.serving.http.reply import RestReply
from tfsctl.serving.inference.classifier import classify
from tfsctl.serving.inference.predictor import Predictor
from tfsctl.serving.inference.regressor import regress
from tfsctl.serving.metrics.monitoring import MonitoringPage
from tfsctl.serving.metrics.request_metrics import RequestCells, RequestMetrics
from tfsctl.serving.metrics.server_metrics import Metrics
from tfsctl.serving.request_log.log import RequestLogs
from tfsctl.serving.request_log.record import LogKind, examples_messages, predict_messages
from tfsctl.serving.rest.encoding import unpack_body
from tfsctl.serving.rest.errors import error_reply, unexpected_reply
from tfsctl.serving.rest.metadata import MetadataEncoder
from tfsctl.serving.rest.routes import Action, PageError, find_route, parsed_model_name
from tfsctl.serving.rest.status import encode_alive, encode_health, encode_models, encode_status
from tfsctl.signature import Signature

if TYPE_CHECKING:
    from tfsctl.core import ServableHandle
    from tfsctl.serving.models.servable import Servable
    from tfsctl.serving.server_core import ServerCore

_MAX_KEPT_ROUTES = 4096
# Clients make them up: long ones, kept, would take a server's memory.
_MAX_KEPT_TARGET_CHARS = 512
_CORS_HEADERS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "POST, GET"),
    ("Access-Control-Allow-Headers", "Content-Type"),
)
# libevent's content type where none is set.
_LIBEVENT_CONTENT_TYPE = "text/html; charset=ISO-8859-1"

_OK = 200
_INFERENCES = {Action.PREDICT, Action.CLASSIFY, Action.REGRESS}
# Ours, and asked all the time by what looks after servers.
_NOT_COUNTED = {Action.LIVEZ, Action.READYZ}

_logger = logging.getLogger(__name__)

# Model spec without signature name, headers, body.
Answer = Callable[[ModelSpec, Mapping[str, str], bytes], RestReply]
ResultT = TypeVar("ResultT", Classifications, Regressions)


class RestApi:
    """Answers REST requests. Thread-safe.

    A model may run `timeout_seconds` for one request; None, 0 and less mean without limit. `enable_cors_support` adds
    the headers that let web pages of other origins read the answers. Requests are counted and timed in `requests`, and
    written down in `request_logs`; `monitoring` is the page for Prometheus, if there is one.
    `find_servable` looks up the models to run; it may be exchanged at any time.
    """

    def __init__(
        self,
        core: ServerCore,
        predictor: Predictor,
        *,
        timeout_seconds: float | None = 30.0,
        enable_cors_support: bool = False,
        requests: RequestMetrics | None = None,
        request_logs: RequestLogs | None = None,
        monitoring: MonitoringPage | None = None,
    ) -> None:
        self._core = core
        self.find_servable: Callable[[ModelSpec], ServableHandle[Servable]] = core.servable
        self._predictor = predictor
        self._timeout_seconds = timeout_seconds if timeout_seconds and timeout_seconds > 0 else None
        self._headers = _CORS_HEADERS if enable_cors_support else ()
        self._requests = requests if requests is not None else Metrics().rest
        self._logs = request_logs if request_logs is not None else RequestLogs()
        self._monitoring = monitoring
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
        cells: RequestCells | None = None
        try:
            find_answer = self._find_answer if len(target) <= _MAX_KEPT_TARGET_CHARS else self._route
            answer, spec, cells = find_answer(method, target)
            if cells is None:
                return answer(spec, headers, body)
            started = cells.start()
            reply = answer(spec, headers, body)
            if reply.status == _OK:
                cells.succeed(started)
            else:
                cells.fail(Code.FAILED_PRECONDITION)  # OPTIONS, the one refusal that is no error (§1.3).
        except PageError as error:
            return html_page(error.status)
        except TfsctlError as error:
            reply = error_reply(error)
            self._count_failure(error.code, cells, method, target)
        except MemoryError:
            reply = error_reply(ResourceExhaustedError("Out of memory while answering this request."))
            self._count_failure(Code.RESOURCE_EXHAUSTED, cells, method, target)
        except Exception:
            _logger.exception("%s %s failed", method, target)
            reply = unexpected_reply()
            self._count_failure(Code.INTERNAL, cells, method, target)
        return reply._replace(headers=self._headers) if self._headers else reply

    def _count_failure(self, code: Code, cells: RequestCells | None, method: str, target: str) -> None:
        if cells is None:
            cells = self._requests.cells(parsed_model_name(method, target), "")
            cells.start()
        cells.fail(code)

    def _route(self, method: str, target: str) -> tuple[Answer, ModelSpec, RequestCells | None]:
        monitoring = self._monitoring
        route = find_route(method, target, monitoring_path=monitoring.path if monitoring is not None else None)
        if route.action is Action.MONITORING and monitoring is not None:
            return lambda *_: monitoring.answer(route.target), route.spec, None
        cells = None
        if route.action not in _NOT_COUNTED:
            # The API is the word of the URL, and none for what is only asked (tensorflow-serving.md §7.2).
            cells = self._requests.cells(route.spec.name, route.action.value if route.action in _INFERENCES else "")
        return self._answers[route.action], route.spec, cells

    def _predict(self, spec: ModelSpec, headers: Mapping[str, str], body: bytes) -> RestReply:
        """Check in TF Serving's order: the body, the model, the signature, its inputs (§1.5)."""
        if "content-encoding" in headers:
            body = unpack_body(headers, body)
        request = parse_predict_body(body)
        handle = self.find_servable(spec)  # Kept until the end: no longer than that is the model loaded for sure.
        servable = handle.servable
        name = request.signature_name
        signature = servable.model.info.signatures.get(name or DEFAULT_SIGNATURE_NAME)
        if signature is None:
            signature = _find_unusual_signature(servable, name)
        inputs, form = request.inputs(signature.inputs, signature_label=name or "DEFAULT")
        outputs = self._predictor.predict(servable, signature, inputs, timeout_seconds=self._timeout_seconds)
        is_steady = servable.model.has_steady_cost(signature.name)
        answer = encode_predictions(outputs, form)
        if self._logs.by_model and (log := self._logs.wanted(spec.name)) is not None:
            given, used = _given_and_used(spec, name, handle.id.version)
            messages = partial(predict_messages, given, used, inputs, outputs)
            log.add(LogKind.PREDICT, used, len(body) + len(answer), messages)
        return RestReply(200, answer, is_steady=is_steady)

    def _classify(self, spec: ModelSpec, headers: Mapping[str, str], body: bytes) -> RestReply:
        result, is_steady = self._infer(classify, spec, headers, body, api="Classify", kind=LogKind.CLASSIFY)
        return RestReply(200, encode_classifications(result.classes, result.scores), is_steady=is_steady)

    def _regress(self, spec: ModelSpec, headers: Mapping[str, str], body: bytes) -> RestReply:
        result, is_steady = self._infer(regress, spec, headers, body, api="Regress", kind=LogKind.REGRESS)
        return RestReply(200, encode_regressions(result.values), is_steady=is_steady)

    def _infer(
        self,
        method: Callable[..., ResultT],
        spec: ModelSpec,
        headers: Mapping[str, str],
        body: bytes,
        *,
        api: str,
        kind: LogKind,
    ) -> tuple[ResultT, bool]:
        """Check in TF Serving's order: the body with its examples, the model, the signature (§14).

        Returns what `method` found, and whether the signature's cost is steady.
        """
        body = unpack_body(headers, body)
        request = parse_examples_body(body)
        handle = self.find_servable(spec)
        servable = handle.servable
        name = request.signature_name or DEFAULT_SIGNATURE_NAME
        run = partial(
            method,
            servable,
            name,
            request.examples,
            check_method_name=self._predictor.checks_method_name,
            timeout_seconds=self._timeout_seconds,
        )
        result = self._predictor.runs.record(servable, name, api, run)
        if self._logs.by_model and (log := self._logs.wanted(spec.name)) is not None:
            given, used = _given_and_used(spec, request.signature_name, handle.id.version)
            messages = partial(examples_messages, given, used, request.examples, result)
            log.add(kind, used, 2 * len(body), messages)
        return result, servable.model.has_steady_cost(name)

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


def _given_and_used(spec: ModelSpec, signature_name: str, version: int) -> tuple[ModelSpec, ModelSpec]:
    """What was asked for, by URL and body, and what has answered."""
    given = ModelSpec(spec.name, spec.version, spec.version_label, signature_name)
    return given, ModelSpec(spec.name, version=version, signature_name=signature_name)


def _find_unusual_signature(servable: Servable, name: str) -> Signature:
    name = name or DEFAULT_SIGNATURE_NAME
    if name in servable.model.info.signature_defs:
        # The initialisation of TF2 models stands among the signatures, and has no inputs.
        return Signature(name=name, inputs={}, outputs={})
    raise InvalidArgumentError(f'Serving signature name: "{name}" not found in signature def')
