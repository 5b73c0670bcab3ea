"""§1.3: CORS headers and OPTIONS."""

from __future__ import annotations

from functools import partial

from conformance.case import RestCase
from conformance.cases.pages import NOT_FOUND, ONE, TWO_AND_A_HALF

_PREDICT = "/v1/models/half_plus_two:predict"
_CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "POST, GET",
    "access-control-allow-headers": "Content-Type",
}
_NO_CORS = dict.fromkeys(_CORS)
_NO_TYPE = "text/html; charset=ISO-8859-1"
_EMPTY = "JSON Parse error: The document is empty"

_case = partial(RestCase, section="1.3", target=_PREDICT)
_ok = partial(_case, body=ONE, json=TWO_AND_A_HALF)
_options = partial(RestCase, section="1.3", method="OPTIONS", target=_PREDICT, text="")

CASES = (
    # CORS.
    _ok(what="cors", server="cors", reply_headers=_CORS),
    _case(what="cors on errors", server="cors", body="", status=400, error=_EMPTY, reply_headers=_CORS),
    RestCase(
        section="1.3",
        what="cors on status",
        server="cors",
        method="GET",
        target="/v1/models/half_plus_two",
        reply_headers=_CORS,
    ),
    RestCase(
        section="1.3",
        what="cors on malformed requests",
        server="cors",
        method="GET",
        target="/v1/",
        status=400,
        reply_headers=_CORS,
    ),
    RestCase(
        section="1.3",
        what="no cors on html pages",
        server="cors",
        method="GET",
        target="/",
        status=404,
        reply_headers=_NO_CORS,
    ),
    RestCase(
        section="1.3",
        what="no cors for prometheus",
        server="monitored",
        method="GET",
        target="/monitoring/prometheus/metrics",
        reply_headers=_NO_CORS,
    ),
    _ok(what="no cors by default", reply_headers=_NO_CORS),
    # OPTIONS.
    _options(
        what="options from http",
        headers=("Origin: http://a.test",),
        reply_headers={**_NO_CORS, "content-type": _NO_TYPE},
    ),
    _options(
        what="options from https",
        headers=("Origin: https://a.test",),
        reply_headers={**_NO_CORS, "content-type": _NO_TYPE},
    ),
    _options(what="options with a url somewhere in the origin", headers=("Origin: a http://a.test",)),
    _options(
        what="options with cors",
        server="cors",
        headers=("Origin: http://a.test",),
        reply_headers={**_CORS, "content-type": _NO_TYPE},
    ),
    _options(what="options without origin", status=400, reply_headers={"content-type": _NO_TYPE}),
    _options(what="options from a file", headers=("Origin: file://a",), status=400),
    _options(what="options from null", headers=("Origin: null",), status=400),
    _options(what="options without origin, with cors", server="cors", status=400, reply_headers=_CORS),
    RestCase(
        section="1.3",
        what="options for anything below v1",
        method="OPTIONS",
        target="/v1/no/such/thing",
        headers=("Origin: http://a.test",),
        text="",
    ),
    RestCase(
        section="1.3",
        what="options outside of the api",
        method="OPTIONS",
        target="/",
        headers=("Origin: http://a.test",),
        status=404,
        text=NOT_FOUND,
    ),
)
