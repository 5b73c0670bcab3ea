"""§1.11: the path for Prometheus."""

from __future__ import annotations

from functools import partial

from conformance.case import RestCase
from conformance.cases.pages import NOT_FOUND

_PATH = "/monitoring/prometheus/metrics"
_TYPE = "# TYPE :tensorflow:serving:request_count counter\n"

_page = partial(
    RestCase, section="1.11", server="monitored", target=_PATH, reply_headers={"content-type": "text/plain"}
)

CASES = (
    *(
        _page(what=f"by {method.lower()}", method=method, contains=(_TYPE,))
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
    ),
    _page(what="by head", method="HEAD", text=""),
    _page(
        what="with a query",
        method="GET",
        target=f"{_PATH}?name=x",
        status=400,
        text=f"Unexpected path: {_PATH}?name=x. Should be {_PATH}",
        reply_headers={},
    ),
    _page(
        what="in capitals",
        method="GET",
        target=_PATH.upper(),
        status=404,
        text=NOT_FOUND,
        reply_headers={"content-type": "text/html"},
    ),
    _page(what="at another path", server="monitored elsewhere", method="GET", target="/metrics", contains=(_TYPE,)),
    RestCase(
        section="1.11",
        what="default path where it is another",
        server="monitored elsewhere",
        method="GET",
        target=_PATH,
        status=404,
        text=NOT_FOUND,
    ),
    RestCase(section="1.11", what="without monitoring", method="GET", target=_PATH, status=404, text=NOT_FOUND),
    RestCase(
        section="1.11",
        what="the api beside it",
        server="monitored",
        target="/v1/models/half_plus_two:predict",
        body='{"instances": [1.0]}',
        json='{"predictions": [2.5]}',
    ),
)
