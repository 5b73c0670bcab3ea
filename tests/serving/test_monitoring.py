"""The page for Prometheus over real sockets, and the file that turns it on (tensorflow-serving.md §1.11, §7)."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from serving.example_calls import ExampleCalls, example, given, regress_task
from serving.grpc_calls import connected, floats, model_spec, refusal
from serving.model_directory import serve
from tfsctl.errors import InvalidArgumentError, NotFoundError, TfsctlError
from tfsctl.serving import Server
from tfsctl.serving.metrics.exposition import metric_name
from tfsctl.serving.metrics.monitoring import DEFAULT_PATH, read_monitoring_path
from tfsctl.serving.rest.routes import Action, PageError, Route, find_route, parsed_model_name

PREDICT = "/v1/models/half_plus_two:predict"
BODY = b'{"instances": [1.0]}'
COUNT = ":tensorflow:serving:request_count"
LATENCY = ":tensorflow:serving:request_latency_count"
RUNTIME = ":tensorflow:serving:runtime_latency_count"


def config_file(directory: Path, text: str | bytes) -> Path:
    path = directory / "monitoring.config"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.fixture
def monitored(zoo: Path, tmp_path: Path) -> Iterator[Server]:
    file = config_file(tmp_path, "prometheus_config { enable: true }")
    with serve(zoo / "half_plus_two", monitoring_config_file=file, rest_api_enable_cors_support=True) as server:
        yield server


def send(server: Server, method: str, target: str, body: bytes | None = None) -> tuple[Any, bytes]:
    connection = http.client.HTTPConnection(server.rest_address, timeout=30)
    try:
        connection.request(method, target, body)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def scrape(server: Server, metric: str) -> dict[str, int]:
    """The samples of one metric by their labels as they are printed."""
    page = send(server, "GET", DEFAULT_PATH)[1].decode()
    samples = re.findall(rf"^{re.escape(metric)}\{{(.*)\}} (\d+)$", page, re.MULTILINE)
    return {labels: int(value) for labels, value in samples}


def test_scrape_after_rest_requests_has_them_all(monitored: Server) -> None:
    for _ in range(3):
        assert send(monitored, "POST", PREDICT, BODY)[0].status == 200
    send(monitored, "POST", PREDICT, b"{")
    send(monitored, "POST", "/v1/models/nope:predict", BODY)
    send(monitored, "GET", "/v1/models/half_plus_two")
    send(monitored, "PUT", PREDICT, BODY)
    send(monitored, "POST", "/v1/models/half_plus_two:PREDICT", BODY)
    send(monitored, "OPTIONS", PREDICT)
    for uncounted in ("/livez", "/", "/v1/models/a|b"):
        send(monitored, "GET", uncounted)
    assert scrape(monitored, COUNT) == {
        'model_name="",status="FAILED_PRECONDITION"': 1,
        'model_name="",status="INVALID_ARGUMENT"': 1,
        'model_name="half_plus_two",status="INVALID_ARGUMENT"': 2,
        'model_name="half_plus_two",status="OK"': 4,
        'model_name="nope",status="NOT_FOUND"': 1,
    }
    assert scrape(monitored, LATENCY) == {
        'model_name="half_plus_two",API="",entrypoint="REST"': 1,
        'model_name="half_plus_two",API="predict",entrypoint="REST"': 3,
    }
    assert scrape(monitored, RUNTIME) == {'model_name="half_plus_two",API="Predict",runtime="TF1"': 3}


def test_scrape_after_grpc_requests_has_those_that_count(monitored: Server) -> None:
    with connected(monitored.grpc_address) as calls:
        for _ in range(2):
            calls.predict("half_plus_two", {"x": floats(1.0)})
        assert refusal(lambda: calls.predict("half_plus_two", {}))[0] == "INVALID_ARGUMENT"
        assert refusal(lambda: calls.predict("nope", {}))[0] == "NOT_FOUND"
        calls.status(model_spec("half_plus_two"))
        calls.metadata(model_spec("half_plus_two"), "signature_def")
    assert scrape(monitored, COUNT) == {
        'model_name="half_plus_two",status="INVALID_ARGUMENT"': 1,
        'model_name="half_plus_two",status="OK"': 2,
        'model_name="nope",status="NOT_FOUND"': 1,
    }
    assert scrape(monitored, LATENCY) == {'model_name="half_plus_two",API="Predict",entrypoint="GRPC"': 2}
    run = 'model_name="half_plus_two",version="1",signature_name="serving_default",API="Predict"'
    assert scrape(monitored, ":tfsctl:serving:signature_request_count") == {
        f'{run},status="INVALID_ARGUMENT"': 1,
        f'{run},status="OK"': 2,
    }


def test_scrape_counts_classify_and_regress_of_both_entry_points(monitored: Server) -> None:
    spec = model_spec("half_plus_two", signature="classify_x_to_y")
    with connected(monitored.grpc_address) as calls:
        ExampleCalls(calls).classify(spec, given(example(x=1.0)))
        assert refusal(lambda: ExampleCalls(calls).regress(spec, given(example(x=1.0))))[0] == "INVALID_ARGUMENT"
    body = b'{"signature_name": "regress_x_to_y", "examples": [{"x": 1.0}]}'
    assert send(monitored, "POST", "/v1/models/half_plus_two:regress", body)[0].status == 200
    assert scrape(monitored, LATENCY) == {
        'model_name="half_plus_two",API="Classify",entrypoint="GRPC"': 1,
        'model_name="half_plus_two",API="regress",entrypoint="REST"': 1,
    }
    runs = 'model_name="half_plus_two",version="1",signature_name='
    assert scrape(monitored, ":tfsctl:serving:signature_request_count") == {
        f'{runs}"classify_x_to_y",API="Classify",status="OK"': 1,
        f'{runs}"classify_x_to_y",API="Regress",status="INVALID_ARGUMENT"': 1,
        f'{runs}"regress_x_to_y",API="Regress",status="OK"': 1,
    }


def test_multi_inference_counts_examples_and_no_request(monitored: Server) -> None:
    tasks = [regress_task(model_spec("half_plus_two", signature="regress_x_to_y"))]
    with connected(monitored.grpc_address) as calls:
        for number in (1, 3):
            ExampleCalls(calls).multi_inference(tasks, given(*[example(x=1.0)] * number))
        assert refusal(lambda: ExampleCalls(calls).multi_inference(tasks, given()))[0] == "INVALID_ARGUMENT"
    assert scrape(monitored, ":tensorflow:serving:request_example_count_total") == {'model="half_plus_two"': 4}
    assert scrape(monitored, ":tensorflow:serving:request_example_counts_count") == {'model="half_plus_two"': 2}
    assert scrape(monitored, COUNT) == scrape(monitored, LATENCY) == {}


def test_made_up_signatures_leave_no_trace(monitored: Server) -> None:
    body = b'{"signature_name": "made_up", "instances": [1], "examples": [{}]}'
    for api in ("predict", "classify", "regress"):
        assert send(monitored, "POST", f"/v1/models/half_plus_two:{api}", body)[0].status == 400
    assert scrape(monitored, COUNT) == {'model_name="half_plus_two",status="INVALID_ARGUMENT"': 3}
    assert scrape(monitored, ":tfsctl:serving:signature_request_count") == {}


def test_scrape_has_loaded_versions_and_the_process(monitored: Server) -> None:
    version = 'model_name="half_plus_two",version="1"'
    assert scrape(monitored, ":tfsctl:serving:model_version_loaded") == {version: 1}
    assert scrape(monitored, ":tfsctl:serving:model_version_load_micros")[version] > 0
    assert scrape(monitored, ":tfsctl:serving:process_open_fds")[""] > 3
    assert scrape(monitored, ":tfsctl:serving:requests_in_flight") == {'entrypoint="REST"': 0, 'entrypoint="GRPC"': 0}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_page_is_plain_text_for_any_method(monitored: Server, method: str) -> None:
    response, page = send(monitored, method, DEFAULT_PATH)
    assert (response.status, response.headers["Content-Type"]) == (200, "text/plain")
    assert "Access-Control-Allow-Origin" not in response.headers
    assert page.startswith(b"# TYPE :tensorflow:cc:saved_model:load_attempt_count counter\n")


def test_page_with_a_query_is_refused(monitored: Server) -> None:
    response, text = send(monitored, "GET", f"{DEFAULT_PATH}?x=1")
    assert (response.status, response.headers["Content-Type"]) == (400, "text/plain")
    assert text.decode() == f"Unexpected path: {DEFAULT_PATH}?x=1. Should be {DEFAULT_PATH}"


def test_name_with_a_line_break_leaves_the_page_readable(monitored: Server) -> None:
    send(monitored, "GET", "/v1/models/a%0Ab%22%FF")
    assert scrape(monitored, COUNT) == {'model_name="a\\nb\\"?",status="NOT_FOUND"': 1}


def test_prometheus_reads_the_page(monitored: Server) -> None:
    send(monitored, "POST", PREDICT, BODY)
    send(monitored, "GET", "/v1/models/a%0Ab%22%5C%FF")
    page = send(monitored, "GET", DEFAULT_PATH)[1].decode()
    families = {family.name: family for family in text_string_to_metric_families(page)}
    assert len(families) == page.count("# TYPE ")
    assert {family.type for family in families.values()} == {"counter", "gauge", "histogram"}
    counts = {tuple(sample.labels.values()): sample.value for sample in families[COUNT].samples}
    assert counts["half_plus_two", "OK"] == 1
    buckets = [sample for sample in families[LATENCY.removesuffix("_count")].samples if "le" in sample.labels]
    assert (buckets[-1].labels["le"], buckets[-1].value) == ("+Inf", 1)


def test_guide_names_every_metric_with_its_labels(monitored: Server) -> None:
    guide = (Path(__file__).parents[2] / "docs/guides/monitoring.md").read_text()
    for family in monitored.metrics.families().values():
        start = f"| `{metric_name(family.name)}` | {family.kind}"
        row = next((row.split("|") for row in guide.splitlines() if row.startswith(start)), None)
        assert row is not None, f"{family.name} is missing"
        assert tuple(re.findall(r"`(\w+)`", row[3])) == family.labels


def test_there_is_no_page_without_the_file(server: Server) -> None:
    assert send(server, "GET", DEFAULT_PATH)[0].status == 404


def test_two_servers_count_each_for_itself(zoo: Path, monitored: Server) -> None:
    with serve(zoo / "half_plus_two") as other:
        send(other, "POST", PREDICT, BODY)
    assert scrape(monitored, COUNT) == {}


def test_path_of_the_file_comes_before_the_api() -> None:
    path = "/v1/models/m"
    assert find_route("PUT", path + "?x", monitoring_path=path) == Route(Action.MONITORING, target=path + "?x")
    assert find_route("GET", path + "/metadata", monitoring_path=path).action is Action.METADATA
    for method, target, status in (("PURGE", path, 501), ("GET", path + "|", 400)):
        with pytest.raises(PageError) as caught:
            find_route(method, target, monitoring_path=path)
        assert caught.value.status == status


@pytest.mark.parametrize(
    ("method", "target", "name"),
    [
        ("POST", "/v1/models/m:PREDICT", "m"),
        ("POST", "/v1/models/m/versions/99999999999999999999:predict", "m"),
        ("GET", "/v1/models/a%2Fb/versions/99999999999999999999", "a/b"),
        ("GET", "/v1/models/m:predict", ""),
        ("PUT", "/v1/models/m:predict", ""),
        ("GET", "/v1/x", ""),
    ],
)
def test_malformed_request_may_name_a_model(method: str, target: str, name: str) -> None:
    assert parsed_model_name(method, target) == name


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("prometheus_config { enable: true }", DEFAULT_PATH),
        ("prometheus_config: <enable: True, path: '/metrics';> # comment", "/metrics"),
        ('prometheus_config { path: "/metrics" }', None),
        ("prometheus_config { enable: false }", None),
        ("\n", None),
    ],
)
def test_file_says_whether_and_where(tmp_path: Path, text: str, path: str | None) -> None:
    assert read_monitoring_path(config_file(tmp_path, text)) == path


@pytest.mark.parametrize(
    ("text", "where"),
    [("prometheus_config {\n  enabled: true }", "2:3"), ("prometheus_config {", "1:19"), (b"\xff", "utf-8")],
)
def test_file_that_does_not_parse_is_refused_with_line_and_column(
    tmp_path: Path, text: str | bytes, where: str
) -> None:
    file = config_file(tmp_path, text)
    with pytest.raises(InvalidArgumentError) as caught:
        read_monitoring_path(file)
    assert caught.value.message == f"Invalid protobuf file: '{file}'"
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("Error parsing text-format tensorflow.serving.MonitoringConfig: ")
    assert where in caught.value.hint


def test_file_of_no_bytes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="; Invalid argument"):
        read_monitoring_path(config_file(tmp_path, ""))


def test_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="/none; No such file or directory"):
        read_monitoring_path(tmp_path / "none")
    with pytest.raises(TfsctlError):
        read_monitoring_path(tmp_path)


def test_server_does_not_start_with_a_bad_file(zoo: Path, tmp_path: Path) -> None:
    file = config_file(tmp_path, "prometheus {}")
    with pytest.raises(InvalidArgumentError, match="Invalid protobuf file"):
        serve(zoo / "half_plus_two", monitoring_config_file=file).start()


def test_file_is_not_read_without_rest(zoo: Path, tmp_path: Path) -> None:
    with serve(zoo / "half_plus_two", monitoring_config_file=tmp_path / "none", rest_api_port=None) as server:
        assert server.rest_port is None
