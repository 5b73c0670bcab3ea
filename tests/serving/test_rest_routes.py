"""The URL grammar of tensorflow-serving.md §1.1, sentence by sentence, as data."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfsctl.errors import InvalidArgumentError
from tfsctl.model_spec import ModelSpec
from tfsctl.serving.rest.routes import Action, PageError, Route, VersionOverflowError, find_route

MAX = 2**63 - 1

FOUND = [
    # The table of §1.1: name alone, with a version, with a label, for each method.
    ("POST", "/v1/models/m:predict", Action.PREDICT, ModelSpec("m")),
    ("POST", "/v1/models/m/versions/7:predict", Action.PREDICT, ModelSpec("m", version=7)),
    ("POST", "/v1/models/m/labels/stable:predict", Action.PREDICT, ModelSpec("m", version_label="stable")),
    ("POST", "/v1/models/m:classify", Action.CLASSIFY, ModelSpec("m")),
    ("POST", "/v1/models/m/versions/7:classify", Action.CLASSIFY, ModelSpec("m", version=7)),
    ("POST", "/v1/models/m/labels/l:regress", Action.REGRESS, ModelSpec("m", version_label="l")),
    ("GET", "/v1/models/m", Action.STATUS, ModelSpec("m")),
    ("GET", "/v1/models/m/versions/7", Action.STATUS, ModelSpec("m", version=7)),
    ("GET", "/v1/models/m/labels/l", Action.STATUS, ModelSpec("m", version_label="l")),
    ("GET", "/v1/models/m/metadata", Action.METADATA, ModelSpec("m")),
    ("GET", "/v1/models/m/versions/7/metadata", Action.METADATA, ModelSpec("m", version=7)),
    ("GET", "/v1/models/m/labels/l/metadata", Action.METADATA, ModelSpec("m", version_label="l")),
    # The pattern does not look at case; the method word of a prediction does, and `/METADATA` is served as status.
    ("POST", "/V1/Models/m/Versions/7:predict", Action.PREDICT, ModelSpec("m", version=7)),
    ("GET", "/V1/MODELS/M/LABELS/L", Action.STATUS, ModelSpec("M", version_label="L")),
    ("GET", "/v1/models/m/METADATA", Action.STATUS, ModelSpec("m")),
    ("GET", "/v1/models/m/versions/7/Metadata", Action.STATUS, ModelSpec("m", version=7)),
    # Names and labels: anything but `/` and `:`, percent-decoded after matching; `+` stays.
    ("POST", "/v1/models/a%2Fb%3Ac:predict", Action.PREDICT, ModelSpec("a/b:c")),
    ("POST", "/v1/models/a+b%20c%2525:predict", Action.PREDICT, ModelSpec("a+b c%25")),
    ("POST", "/v1/models/m/labels/x%2Fy:predict", Action.PREDICT, ModelSpec("m", version_label="x/y")),
    ("GET", "/v1/models/caf%C3%A9", Action.STATUS, ModelSpec("café")),
    ("GET", "/v1/models/%FF", Action.STATUS, ModelSpec("\udcff")),
    ("GET", "/v1/models/~a-b._c!$&'()*,;=@", Action.STATUS, ModelSpec("~a-b._c!$&'()*,;=@")),
    # Versions: decimal digits that fit int64; leading zeros do not count.
    ("GET", "/v1/models/m/versions/003", Action.STATUS, ModelSpec("m", version=3)),
    ("GET", "/v1/models/m/versions/0", Action.STATUS, ModelSpec("m", version=0)),
    ("GET", f"/v1/models/m/versions/{MAX}", Action.STATUS, ModelSpec("m", version=MAX)),
    ("GET", f"/v1/models/m/versions/{'0' * 5000}7", Action.STATUS, ModelSpec("m", version=7)),
    # Query and fragment belong to what is matched.
    ("GET", "/v1/models/m?x=1", Action.STATUS, ModelSpec("m?x=1")),
    ("GET", "/v1/models/m#part", Action.STATUS, ModelSpec("m#part")),
    ("GET", "/v1/models/m?x=1/metadata", Action.METADATA, ModelSpec("m?x=1")),
    # Words of the grammar as names.
    ("GET", "/v1/models/metadata", Action.STATUS, ModelSpec("metadata")),
    ("GET", "/v1/models/versions", Action.STATUS, ModelSpec("versions")),
    ("GET", "/v1/models/metadata/metadata", Action.METADATA, ModelSpec("metadata")),
    ("POST", "/v1/models/versions/versions/3:predict", Action.PREDICT, ModelSpec("versions", version=3)),
    # A target in absolute form, or with an authority, counts by its path and what follows.
    ("GET", "http://host:8501/v1/models/m", Action.STATUS, ModelSpec("m")),
    ("GET", "//host/v1/models/m", Action.STATUS, ModelSpec("m")),
    # OPTIONS is answered for everything below /v1/ (§1.3).
    ("OPTIONS", "/v1/models/m:predict", Action.OPTIONS, ModelSpec("")),
    ("OPTIONS", "/v1/", Action.OPTIONS, ModelSpec("")),
    # Ours (DESIGN.md §6).
    ("GET", "/v1/models", Action.MODELS, ModelSpec("")),
    ("GET", "/livez", Action.LIVEZ, ModelSpec("")),
    ("GET", "/readyz?verbose", Action.READYZ, ModelSpec("")),
    ("HEAD", "/readyz", Action.READYZ, ModelSpec("")),
]

MALFORMED = [
    # No such thing in the grammar.
    ("GET", "/v1/"),
    ("GET", "/v1/foo"),
    ("POST", "/v1/models"),
    ("POST", "/v1/models/m"),
    ("POST", "/v1/models/m:explain"),
    ("POST", "/v1/models/:predict"),
    ("POST", "/v1/models/m/x:predict"),
    ("GET", "/v1/models?x=1"),
    # The method word is compared with regard to case.
    ("POST", "/v1/models/m:PREDICT"),
    ("POST", "/v1/models/m/versions/7:Classify"),
    # A query after the method word; one after `metadata`.
    ("POST", "/v1/models/m:predict?x=1"),
    ("GET", "/v1/models/m/metadata?x"),
    # Trailing slashes.
    ("GET", "/v1/models/"),
    ("GET", "/v1/models/m/"),
    ("POST", "/v1/models/m:predict/"),
    # Versions and labels exclude each other; digits only.
    ("GET", "/v1/models/m/versions/7/labels/l"),
    ("POST", "/v1/models/m/labels/l/versions/7:predict"),
    ("GET", "/v1/models/m/versions/7a"),
    ("GET", "/v1/models/m/versions/-1"),
    ("GET", "/v1/models/m/versions/"),
    ("GET", "/v1/models/m/labels/"),
    # A wrong method is malformed, never 405.
    ("GET", "/v1/models/m:predict"),
    ("POST", "/v1/models/m/metadata"),
    ("PUT", "/v1/models/m:predict"),
    ("DELETE", "/v1/models/m"),
    ("PATCH", "/v1/models/m"),
    ("HEAD", "/v1/models/m"),
    ("HEAD", "/v1/models"),
]

PAGES = [
    # Step 1 of the dispatch: RFC 3986, strictly.
    ("GET", "/v1/models/a b", 400),
    ("GET", "/v1/models/[m]", 400),
    ("GET", '/v1/models/"m"', 400),
    ("POST", "/v1/models/{m}:predict", 400),
    ("GET", "/v1/models/a|b", 400),
    ("GET", "/v1/models/a\\b", 400),
    ("GET", "/v1/models/a^b", 400),
    ("GET", "/v1/models/a`b", 400),
    ("GET", "/v1/models/<m>", 400),
    ("GET", "/v1/models/é", 400),
    ("GET", "/v1/models/%", 400),
    ("GET", "/v1/models/%2", 400),
    ("GET", "/v1/models/%GG", 400),
    ("GET", "/v1/models/m?a[]=1", 400),
    ("GET", "/v1/models/m#a#b", 400),
    ("GET", "/x\n", 400),
    # Steps 3 and 4: what is not below /v1/ is a page; `/v1` alone is not below it.
    ("GET", "/", 404),
    ("GET", "/v1", 404),
    ("GET", "/v1?/v1/", 404),
    ("GET", "/v2/models/m", 404),
    ("GET", "/v1models/", 404),
    ("GET", "/x/v1/models/m", 404),
    ("OPTIONS", "*", 404),
    ("OPTIONS", "/x", 404),
    ("GET", "", 404),
    ("POST", "/livez", 404),
    ("GET", "/livez/", 404),
    # Methods libevent does not pass on.
    ("TRACE", "/v1/models/m", 501),
    ("CONNECT", "host:443", 501),
    ("PROPFIND", "/v1/models/m", 501),
    ("get", "/v1/models/m", 501),
]


@pytest.mark.parametrize(("method", "target", "action", "spec"), FOUND)
def test_target_of_the_grammar_is_found(method: str, target: str, action: Action, spec: ModelSpec) -> None:
    assert find_route(method, target) == Route(action, spec)


@pytest.mark.parametrize(("method", "target"), MALFORMED)
def test_target_below_v1_outside_the_grammar_is_malformed(method: str, target: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        find_route(method, target)
    assert caught.value.message == f"Malformed request: {method} {target}"


@pytest.mark.parametrize(("method", "target", "status"), PAGES)
def test_request_for_no_api_gets_a_page(method: str, target: str, status: int) -> None:
    with pytest.raises(PageError) as caught:
        find_route(method, target)
    assert caught.value.status == status


@pytest.mark.parametrize("target", ["/v1/models/versions/3", "/v1/models/labels/l", "/v1/models/versions/3/metadata"])
def test_question_without_a_name_misses_it(target: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^Missing model name in request\.$"):
        find_route("GET", target)


@pytest.mark.parametrize("digits", [str(2**63), "9" * 19, "9" * 5000])
@pytest.mark.parametrize(
    ("method", "end"), [("GET", ""), ("GET", "/metadata"), ("POST", ":predict"), ("POST", ":PREDICT")]
)
def test_version_beyond_int64_is_refused(method: str, end: str, digits: str) -> None:
    with pytest.raises(VersionOverflowError):
        find_route(method, f"/v1/models/m/versions/{digits}{end}")


def test_malformed_absolute_target_is_quoted_by_its_path() -> None:
    with pytest.raises(InvalidArgumentError, match=r"^Malformed request: GET /v1/x\?y$"):
        find_route("GET", "http://host/v1/x?y")


@given(st.sampled_from(["GET", "POST", "OPTIONS"]), st.text(max_size=40).map(lambda text: f"/v1/models/{text}"))
def test_any_target_is_found_or_refused(method: str, target: str) -> None:
    try:
        route = find_route(method, target)
    except (PageError, InvalidArgumentError):
        return
    assert route.spec.name or route.action in {Action.OPTIONS, Action.MODELS}
