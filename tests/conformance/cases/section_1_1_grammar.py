"""§1.1: the URL grammar."""

from __future__ import annotations

from functools import partial

from conformance.case import RestCase
from conformance.cases.pages import BAD_REQUEST, ONE, STATUS, TWO_AND_A_HALF

_EXAMPLE = '{"signature_name": "%s", "examples": [{"x": 2.0}]}'
_CLASSIFY = _EXAMPLE % "classify_x_to_y"
_REGRESS = _EXAMPLE % "regress_x_to_y"
_CLASSES, _NUMBERS = '{"results": [[["", 3.0]]]}', '{"results": [3.0]}'

_case = partial(RestCase, section="1.1")
_predict = partial(RestCase, section="1.1", body=ONE, json=TWO_AND_A_HALF)
_status = partial(RestCase, section="1.1", method="GET", json=STATUS)
_metadata = partial(RestCase, section="1.1", method="GET", starts='{\n"model_spec":{\n "name": "half_plus_two"')


def _malformed(what: str, method: str, target: str) -> RestCase:
    return _case(what=what, method=method, target=target, status=400, error=f"Malformed request: {method} {target}")


def _unknown(what: str, target: str, error: str) -> RestCase:
    return _case(what=what, method="GET", target=target, status=404, error=error)


def _status_of(what: str, target: str, name: str) -> RestCase:
    """The target asks for the status of a model that is not there."""
    return _unknown(what, target, f"Could not find any versions of model {name}")


CASES = (
    # The three kinds, with version and label.
    _predict(what="predict", target="/v1/models/half_plus_two:predict"),
    _predict(what="predict by version", target="/v1/models/half_plus_two/versions/1:predict"),
    _predict(what="predict by label", target="/v1/models/half_plus_two/labels/stable:predict"),
    _case(what="classify", target="/v1/models/half_plus_two:classify", body=_CLASSIFY, json=_CLASSES),
    _case(
        what="classify by version", target="/v1/models/half_plus_two/versions/1:classify", body=_CLASSIFY, json=_CLASSES
    ),
    _case(
        what="classify by label",
        target="/v1/models/half_plus_two/labels/stable:classify",
        body=_CLASSIFY,
        json=_CLASSES,
    ),
    _case(what="regress", target="/v1/models/half_plus_two:regress", body=_REGRESS, json=_NUMBERS),
    _case(
        what="regress by version", target="/v1/models/half_plus_two/versions/1:regress", body=_REGRESS, json=_NUMBERS
    ),
    _case(
        what="regress by label", target="/v1/models/half_plus_two/labels/stable:regress", body=_REGRESS, json=_NUMBERS
    ),
    _status(what="status", target="/v1/models/half_plus_two"),
    _status(what="status by version", target="/v1/models/half_plus_two/versions/1"),
    _status(what="status by label", target="/v1/models/half_plus_two/labels/stable"),
    _metadata(what="metadata", target="/v1/models/half_plus_two/metadata"),
    _metadata(what="metadata by version", target="/v1/models/half_plus_two/versions/1/metadata"),
    _metadata(what="metadata by label", target="/v1/models/half_plus_two/labels/stable/metadata"),
    # Names and labels: anything but slash and colon, decoded after matching.
    _status(what="slash in a name", target="/v1/models/a%2Fb"),
    _status(what="colon in a name", target="/v1/models/a%3Ac"),
    _status(what="hexadecimal digits in small letters", target="/v1/models/a%2fb"),
    _predict(what="predict of a name with a slash", target="/v1/models/a%2Fb:predict"),
    _predict(what="predict of a name with a colon", target="/v1/models/a%3Ac/versions/1:predict"),
    _status(what="space in a name", target="/v1/models/a%20b"),
    _status(what="letters may be encoded", target="/v1/models/%68alf_plus_two"),
    _status(what="letter beyond ascii in a name", target="/v1/models/%C3%A4"),
    _status(what="percent in a name", target="/v1/models/100%25"),
    _status(what="marks in a name", target="/v1/models/!$&'()*,;=@~"),
    _status(what="plus is a plus", target="/v1/models/a+b"),
    _status_of("plus is no space", "/v1/models/half+plus_two", "half+plus_two"),
    _status_of("decoded once", "/v1/models/a%252Fb", "a%2Fb"),
    _predict(what="encoded label", target="/v1/models/half_plus_two/labels/st%61ble:predict"),
    _predict(what="colon in a label", target="/v1/models/half_plus_two/labels/a%3Ab:predict"),
    _case(
        what="label of marks",
        target="/v1/models/half_plus_two/labels/a%20!(b):predict",
        body=ONE,
        status=400,
        error="Unrecognized servable version label: a !(b)",
    ),
    _malformed("slash in a name, not encoded", "GET", "/v1/models/a/b"),
    _malformed("colon in a name, not encoded", "GET", "/v1/models/a:c"),
    # Version and label.
    _malformed("version and label", "POST", "/v1/models/half_plus_two/versions/1/labels/stable:predict"),
    _malformed("label and version", "POST", "/v1/models/half_plus_two/labels/stable/versions/1:predict"),
    _malformed("status of version and label", "GET", "/v1/models/half_plus_two/versions/1/labels/stable"),
    _malformed("version in letters", "POST", "/v1/models/half_plus_two/versions/one:predict"),
    _malformed("version with letters behind", "GET", "/v1/models/half_plus_two/versions/1a"),
    _malformed("negative version", "GET", "/v1/models/half_plus_two/versions/-1"),
    _malformed("version with a sign", "GET", "/v1/models/half_plus_two/versions/+1"),
    _malformed("version missing", "POST", "/v1/models/half_plus_two/versions/:predict"),
    _malformed("label missing", "POST", "/v1/models/half_plus_two/labels/:predict"),
    _malformed("version of arabic digits", "GET", "/v1/models/half_plus_two/versions/%D9%A1"),
    _predict(what="version with leading zeros", target="/v1/models/half_plus_two/versions/001:predict"),
    _status(
        what="status of a version with leading zeros",
        target="/v1/models/half_plus_two/versions/0000000000000000000000001",
    ),
    _unknown(
        "largest version",
        "/v1/models/half_plus_two/versions/9223372036854775807",
        "Could not find version 9223372036854775807 of model half_plus_two",
    ),
    # There is no such thing.
    _malformed("no explain", "POST", "/v1/models/half_plus_two:explain"),
    _malformed("no multi inference", "POST", "/v1/models/half_plus_two:multiinference"),
    _malformed("no method", "POST", "/v1/models/half_plus_two:"),
    _malformed("predict of no model", "POST", "/v1/models/:predict"),
    _malformed("predict and more", "POST", "/v1/models/half_plus_two:predict/"),
    _malformed("something else below v1", "GET", "/v1/model/half_plus_two"),
    # Query and fragment belong to what is matched.
    _malformed("query behind predict", "POST", "/v1/models/half_plus_two:predict?x=1"),
    _malformed("fragment behind predict", "POST", "/v1/models/half_plus_two:predict#f"),
    _status_of("query behind a name", "/v1/models/half_plus_two?x=1", "half_plus_two?x=1"),
    _status(what="query that is a name", target="/v1/models/a?x=1"),
    _status_of("fragment behind a name", "/v1/models/half_plus_two#f", "half_plus_two#f"),
    _malformed("query behind metadata", "GET", "/v1/models/half_plus_two/metadata?x"),
    _malformed("query behind a version", "GET", "/v1/models/half_plus_two/versions/1?x"),
    _malformed("query behind models", "GET", "/v1/models?x=1"),
    # Slashes and odd names.
    _malformed("slash behind models", "GET", "/v1/models/"),
    _malformed("slash behind a name", "GET", "/v1/models/half_plus_two/"),
    _malformed("slash behind a version", "GET", "/v1/models/half_plus_two/versions/1/"),
    _malformed("two slashes", "GET", "/v1//models/half_plus_two"),
    _case(
        what="version of no name",
        method="GET",
        target="/v1/models/versions/3",
        status=400,
        error="Missing model name in request.",
    ),
    _case(
        what="label of no name",
        method="GET",
        target="/v1/models/labels/a",
        status=400,
        error="Missing model name in request.",
    ),
    _case(
        what="metadata of a version of no name",
        method="GET",
        target="/v1/models/versions/3/metadata",
        status=400,
        error="Missing model name in request.",
    ),
    _status_of("model called metadata", "/v1/models/metadata", "metadata"),
    _status_of("model called versions", "/v1/models/versions", "versions"),
    _unknown(
        "metadata of metadata", "/v1/models/metadata/metadata", "Servable not found for request: Latest(metadata)"
    ),
    # The word for the method is compared by its letters.
    _malformed("predict in capitals", "POST", "/v1/models/half_plus_two:PREDICT"),
    _malformed("classify with one capital", "POST", "/v1/models/half_plus_two:Classify"),
    _malformed("regress in capitals", "POST", "/v1/models/half_plus_two/versions/1:REGRESS"),
    _status(what="metadata in capitals is status", target="/v1/models/half_plus_two/METADATA"),
    _case(what="empty percent", method="GET", target="/v1/models/%", status=400, text=BAD_REQUEST),
)
