"""§1.1: which requests reach the REST API, and which get a page of libevent."""

from __future__ import annotations

from functools import partial

from conformance.case import ConnectionCase, RestCase
from conformance.cases.pages import BAD_REQUEST, NOT_FOUND, NOT_IMPLEMENTED, ONE, STATUS, TWO_AND_A_HALF

_case = partial(RestCase, section="1.1")
_get = partial(RestCase, section="1.1", method="GET")
_no_uri = partial(_get, status=400, text=BAD_REQUEST, reply_headers={"content-type": "text/html"})
_no_page = partial(_get, status=404, text=NOT_FOUND, reply_headers={"content-type": "text/html"})
_malformed = partial(RestCase, section="1.1", status=400, phrase="Bad Request")

CASES = (
    # 1. Strict RFC 3986.
    _no_uri(what="square bracket in the path", target="/v1/models/a[0]"),
    _no_uri(what="quote in the path", target='/v1/models/"a"'),
    _no_uri(what="curly bracket in the path", target="/v1/models/{a}"),
    _no_uri(what="vertical bar in the path", target="/v1/models/a|b"),
    _no_uri(what="backslash in the path", target="/v1/models/a\\b"),
    _no_uri(what="caret in the path", target="/v1/models/a^b"),
    _no_uri(what="angle bracket in the path", target="/v1/models/<a>"),
    _no_uri(what="percent without digits", target="/v1/models/a%zz"),
    _no_uri(what="percent at the end", target="/v1/models/a%"),
    _no_uri(what="raw byte beyond ASCII", target="/v1/models/\xe4"),
    _no_uri(what="no uri outside of the api either", target="/a|b"),
    ConnectionCase(
        section="1.1",
        what="raw space in the target",
        sends=(b"GET /v1/models/a b HTTP/1.1\r\nHost: test\r\n\r\n",),
        answers=((400, None),),
        ends=True,
    ),
    # 2. The path for Prometheus goes first, where monitoring is on; see §1.11 too.
    _get(
        what="prometheus path with monitoring",
        target="/monitoring/prometheus/metrics",
        server="monitored",
        contains=("# TYPE :tensorflow:serving:request_count counter",),
    ),
    _no_page(what="prometheus path without monitoring", target="/monitoring/prometheus/metrics"),
    # 3. Below /v1/, in any case of letters.
    _get(what="api in capitals", target="/V1/MODELS/half_plus_two", json=STATUS),
    _get(what="versions in capitals", target="/v1/Models/half_plus_two/VERSIONS/1", json=STATUS),
    _get(what="labels in capitals", target="/v1/models/half_plus_two/Labels/stable", json=STATUS),
    _case(what="predict below capitals", target="/V1/Models/half_plus_two:predict", body=ONE, json=TWO_AND_A_HALF),
    _get(
        what="names keep their letters",
        target="/v1/models/HALF_PLUS_TWO",
        status=404,
        error="Could not find any versions of model HALF_PLUS_TWO",
    ),
    _malformed(what="v1 and a slash", method="GET", target="/v1/", error="Malformed request: GET /v1/"),
    _no_page(what="v1 alone", target="/v1"),
    # 4. All else.
    _no_page(what="root", target="/"),
    _no_page(what="version 2 of the protocol", target="/v2/models/half_plus_two"),
    _no_page(what="models without v1", target="/models/half_plus_two"),
    _no_page(what="no health endpoint", target="/healthz"),
    _no_page(what="post outside of the api", method="POST", target="/predict", body=ONE),
    _no_page(what="favicon", target="/favicon.ico"),
    # Wrong methods.
    _malformed(
        what="get on predict",
        method="GET",
        target="/v1/models/half_plus_two:predict",
        error="Malformed request: GET /v1/models/half_plus_two:predict",
    ),
    _malformed(
        what="post on status",
        target="/v1/models/half_plus_two",
        body=ONE,
        error="Malformed request: POST /v1/models/half_plus_two",
    ),
    _malformed(
        what="post on metadata",
        target="/v1/models/half_plus_two/metadata",
        error="Malformed request: POST /v1/models/half_plus_two/metadata",
    ),
    _malformed(
        what="put on predict",
        method="PUT",
        target="/v1/models/half_plus_two:predict",
        body=ONE,
        error="Malformed request: PUT /v1/models/half_plus_two:predict",
    ),
    _malformed(
        what="put on status",
        method="PUT",
        target="/v1/models/half_plus_two",
        error="Malformed request: PUT /v1/models/half_plus_two",
    ),
    _malformed(
        what="delete",
        method="DELETE",
        target="/v1/models/half_plus_two",
        error="Malformed request: DELETE /v1/models/half_plus_two",
    ),
    _malformed(
        what="patch",
        method="PATCH",
        target="/v1/models/half_plus_two",
        error="Malformed request: PATCH /v1/models/half_plus_two",
    ),
    _malformed(what="head has no body", method="HEAD", target="/v1/models/half_plus_two", text=""),
    _case(
        what="trace is no method",
        method="TRACE",
        target="/v1/models/half_plus_two",
        status=501,
        phrase="Not Implemented",
        text=NOT_IMPLEMENTED,
    ),
    _case(
        what="connect is no method, and its answer has no length",
        method="CONNECT",
        target="test:80",
        status=501,
        phrase="Not Implemented",
        text=NOT_IMPLEMENTED,
        reply_headers={"content-length": None},
    ),
    # Ours.
    _get(
        what="list of models",
        target="/v1/models",
        difference="list of models",
        server="cors",
        starts='{\n "models": [\n  {\n   "name": "half_plus_two",\n   "model_version_status": [',
        contains=('"state": "AVAILABLE"',),
    ),
    _get(what="livez", target="/livez", difference="health", json='{"status": "alive"}'),
    _get(what="readyz", target="/readyz", server="cors", difference="health", json='{"status": "ready"}'),
)
