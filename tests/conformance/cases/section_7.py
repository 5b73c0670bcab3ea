"""§7: the monitoring file. What the page shows stands in section_7_1.py and section_7_2.py."""

from __future__ import annotations

from functools import partial

from conformance.case import ServerCase
from conformance.cases.batching import HALF_FILES, half, rest_request
from conformance.cases.pages import NOT_FOUND
from conformance.metric_steps import page
from conformance.play import Play

_DEFAULT = "/monitoring/prometheus/metrics"
_FILE = "{home}/other.config"
_case = partial(ServerCase, section="7", settings={"monitoring_config_file": _FILE})
_page = partial(rest_request, method="GET", contains=("# TYPE :tensorflow:serving:request_count counter\n",))


def _config(text: str) -> dict[str, str | bytes]:
    """The files of a server with this monitoring file."""
    return {**HALF_FILES, "other.config": text.encode()}


def _is_there(what: str, text: str, target: str = _DEFAULT) -> ServerCase:
    return _case(what=what, files=_config(text), steps=(_page(target=target),))


def _is_not_there(what: str, text: str, target: str = _DEFAULT) -> ServerCase:
    missing = rest_request(method="GET", target=target, status=404, text=NOT_FOUND)
    return _case(what=what, files=_config(text), steps=(missing, half(1.0)))


def _page_of_a_new_server_has_no_request(play: Play) -> None:
    assert ":tensorflow:serving:request_count{" not in page(play)


CASES = (
    _is_there("enabled", "prometheus_config { enable: true }"),
    _is_there("enabled with a path", 'prometheus_config { enable: true path: "/metrics" }', "/metrics"),
    _is_there("enabled with an empty path", 'prometheus_config { enable: true path: "" }'),
    _is_there("a path of the api", 'prometheus_config { enable: true path: "/v1/models/m" }', "/v1/models/m"),
    _is_not_there("not enabled", "prometheus_config { enable: false }"),
    _is_not_there("not enabled by default", "prometheus_config {}"),
    _is_not_there("not enabled by default with a path", 'prometheus_config { path: "/metrics" }', "/metrics"),
    _is_not_there("an empty config", "\n"),
    _is_not_there("another path than the default", 'prometheus_config { enable: true path: "/metrics" }'),
    _case(
        what="the file is not read without rest",
        files=_config("nonsense"),
        settings={"monitoring_config_file": _FILE, "rest_api_port": None},
        steps=(half(1.0),),
    ),
    _case(
        what="a file that cannot be read ends the start",
        files=_config("prometheus_config { enable: 'yes' }"),
        refused=("INVALID_ARGUMENT", f"Invalid protobuf file: '{_FILE}'"),
        difference="monitoring file",
    ),
    ServerCase(
        section="7",
        what="each server counts for itself",
        files=HALF_FILES,
        steps=(_page_of_a_new_server_has_no_request,),
    ),
)
