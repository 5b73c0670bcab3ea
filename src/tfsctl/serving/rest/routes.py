"""What a method and a request target ask for: TF Serving's URL grammar (tensorflow-serving.md §1.1) as a pure function.

Patterns are matched on the raw target, query and fragment included; names are percent-decoded afterwards.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from tfsctl.errors import InvalidArgumentError
from tfsctl.model_spec import ModelSpec

_NO_MODEL = ModelSpec("")


class Action(enum.Enum):
    """What is asked for."""

    PREDICT = "predict"
    CLASSIFY = "classify"
    REGRESS = "regress"
    STATUS = "status"
    METADATA = "metadata"
    MODELS = "models"  # Ours: which models there are.
    OPTIONS = "options"
    LIVEZ = "livez"  # Ours: whether the process answers.
    READYZ = "readyz"  # Ours: whether it should get requests.
    MONITORING = "monitoring"


@dataclass(frozen=True, slots=True)
class Route:
    """An action, and the model that it is about where there is one; its spec has no signature name yet.

    `target` is the path with its query, for monitoring, which refuses queries.
    """

    action: Action
    spec: ModelSpec = _NO_MODEL
    target: str = ""


class PageError(Exception):
    """The request is not for the REST API; libevent's HTML page with this status answers it."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTML page {status}")
        self.status = status


class VersionOverflowError(InvalidArgumentError):
    """A version number beyond int64. TF Serving loses the text of this error: the answer's body is empty (§1.4)."""


_METHODS = {"GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"}
_HEALTH = {"/livez": Action.LIVEZ, "/readyz": Action.READYZ}
_PREDICTIONS = {"predict": Action.PREDICT, "classify": Action.CLASSIFY, "regress": Action.REGRESS}

_CHAR = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})"
_CHAR_OR_MARK = rf"(?:{_CHAR}|\?)"
# RFC 3986, as strictly as libevent. Scheme and authority are cut off: what is left of them is not looked at.
_TARGET = re.compile(
    r"(?:(?:[A-Za-z][A-Za-z0-9+.\-]*:)?//[A-Za-z0-9\-._~!$&'()*+,;=:@%\[\]]*)?"
    rf"(?P<local>(?P<path>{_CHAR}*)(?:\?{_CHAR_OR_MARK}*)?(?:\#{_CHAR_OR_MARK}*)?)"
)
_REST = re.compile(r"/v1/.*", re.IGNORECASE)
_WHICH = r"(?:/versions/(?P<version>[0-9]+)|/labels/(?P<label>[^/:]+))?"
_PREDICTION = re.compile(
    rf"/v1/models/(?P<name>[^/:]+){_WHICH}:(?P<action>classify|regress|predict)", re.IGNORECASE | re.ASCII
)
_QUESTION = re.compile(rf"/v1/models(?:/(?P<name>[^/:]+))?{_WHICH}(?:/(?P<action>metadata))?", re.IGNORECASE | re.ASCII)

_MAX_INT64 = 2**63 - 1
_MAX_INT64_DIGITS = 19


def find_route(method: str, target: str, *, monitoring_path: str | None = None) -> Route:
    """What is asked for; a path that equals `monitoring_path` is for monitoring, whatever the method.

    Raises:
        PageError: not for the REST API: 501 for a method unknown to it, 400 for a target that is no URI, 404 else.
        VersionOverflowError: a version number beyond int64.
        InvalidArgumentError: below `/v1/`, but malformed; a wrong method is malformed too.
    """
    if method not in _METHODS:
        raise PageError(501)
    uri = _TARGET.fullmatch(target)
    if uri is None:
        raise PageError(400)
    if uri["path"] == monitoring_path:
        return Route(Action.MONITORING, target=uri["local"])
    health = _HEALTH.get(uri["path"])
    if health is not None and method in {"GET", "HEAD"}:
        return Route(health)
    local = uri["local"]
    if not _REST.fullmatch(local):
        raise PageError(404)
    route = _rest_route(method, local)
    if route is None:
        raise InvalidArgumentError(f"Malformed request: {method} {local}")
    return route


def parsed_model_name(method: str, target: str) -> str:
    """The model that a malformed request names nevertheless, such as `/v1/models/m:PREDICT`; empty if it names none."""
    uri = _TARGET.fullmatch(target)
    pattern = {"POST": _PREDICTION, "GET": _QUESTION}.get(method)
    match = pattern.fullmatch(uri["local"]) if uri and pattern else None
    return _decode(match["name"] or "") if match else ""


def _rest_route(method: str, target: str) -> Route | None:
    if method == "OPTIONS":
        return Route(Action.OPTIONS)
    if method == "POST":
        match = _PREDICTION.fullmatch(target)
        return _prediction_route(match) if match else None
    if method == "GET":
        match = _QUESTION.fullmatch(target)
        return _question_route(match) if match else None
    return None


def _prediction_route(match: re.Match[str]) -> Route | None:
    spec = _spec(match)
    # The pattern takes `:PREDICT`, the comparison that follows it in TF Serving does not.
    action = _PREDICTIONS.get(match["action"])
    return Route(action, spec) if action else None


def _question_route(match: re.Match[str]) -> Route:
    spec = _spec(match)
    if not spec.name:
        if not any(match.groups()):
            return Route(Action.MODELS)
        raise InvalidArgumentError("Missing model name in request.")
    # `/METADATA` is taken by the pattern, too, and then answered with the status.
    return Route(Action.METADATA if match["action"] == "metadata" else Action.STATUS, spec)


def _spec(match: re.Match[str]) -> ModelSpec:
    label = match["label"]
    return ModelSpec(
        _decode(match["name"] or ""),
        version=_parse_version(match["version"]),
        version_label=_decode(label) if label else None,
    )


def _decode(text: str) -> str:
    """Percent-decoded once; bytes that are not UTF-8 become surrogates, and bytes again where the name is printed."""
    return unquote_to_bytes(text).decode("utf-8", "surrogateescape")


def _parse_version(digits: str | None) -> int | None:
    if digits is None:
        return None
    significant = digits.lstrip("0") or "0"
    if len(significant) > _MAX_INT64_DIGITS or int(significant) > _MAX_INT64:
        raise VersionOverflowError(f"Failed to convert version: {digits} to numeric.")
    return int(significant)
