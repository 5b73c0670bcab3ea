"""The REST API over a real server's socket, against tensorflow-serving.md §1 and §14."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from serving.http_calls import Answer, RawConnection, chunked, get, post
from serving.model_directory import serve
from tfsctl.serving import Server
from tfsctl.serving.inference.predictor import Predictor
from tfsctl.serving.rest.api import RestApi

HALF = "/v1/models/half_plus_two"
INSTANCES = b'{"instances": [1.0, 2.0, 5.0]}'


@pytest.fixture
def connection(server: Server) -> Iterator[RawConnection]:
    assert server.rest_port is not None
    with RawConnection(server.rest_port) as connected:
        yield connected


def predict(connection: RawConnection, model: str, body: Any, *headers: str) -> Answer:
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    return connection.ask(post(f"/v1/models/{model}:predict", encoded, *headers))


def error_of(answer: Answer) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/json"
    parsed = json.loads(answer.body)
    assert set(parsed) == {"error"}
    return answer.status, parsed["error"]


def test_predict_in_row_format_is_answered_to_the_byte(connection: RawConnection) -> None:
    answer = predict(connection, "half_plus_two", INSTANCES)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.body == b'{\n    "predictions": [2.5, 3.0, 4.5\n    ]\n}'


def test_predict_in_columnar_format_is_answered_in_it(connection: RawConnection) -> None:
    answer = predict(connection, "half_plus_two", {"inputs": [1.0, 2.0]})
    assert answer.body == b'{\n    "outputs": [\n        2.5,\n        3.0\n    ]\n}'


@pytest.mark.parametrize("path", ["/versions/1", "/versions/001", "/labels/stable", ""])
def test_predict_by_version_or_label_is_answered(connection: RawConnection, path: str) -> None:
    assert connection.ask(post(f"{HALF}{path}:predict", INSTANCES)).status == 200


def test_predict_with_several_inputs_and_outputs_is_answered(connection: RawConnection) -> None:
    answer = predict(connection, "sum_difference", {"instances": [{"a": 5.0, "b": 2}, {"a": 1.0, "b": 1}]})
    assert json.loads(answer.body) == {
        "predictions": [{"sum": 7.0, "difference": 3.0}, {"sum": 2.0, "difference": 0.0}]
    }


def test_predict_by_signature_name_runs_that_signature(connection: RawConnection) -> None:
    answer = predict(connection, "half_plus_two", {"signature_name": "regress_x2_to_y3", "instances": [[2.0]]})
    assert json.loads(answer.body) == {"predictions": [[4.0]]}


def test_strings_and_bytes_come_back(connection: RawConnection) -> None:
    answer = predict(connection, "strings", {"inputs": ["a", {"b64": "/w=="}]})
    assert json.loads(answer.body.replace(b"\xff", b"?"))["outputs"] == {
        "y": ["a", "?"],
        "y_bytes": [{"b64": "YQ=="}, {"b64": "/w=="}],
    }


ERRORS = [
    # Body before model, model before signature, signature before inputs (§1.5).
    ("nope", b"", 400, "JSON Parse error: The document is empty"),
    ("nope", b"[", 400, "JSON Parse error: Invalid value. at offset: 1"),
    ("nope", b"[1]", 400, "JSON Value: [1] Is not object"),
    ("nope", b"{}", 404, "Servable not found for request: Latest(nope)"),
    ("half_plus_two/versions/7", INSTANCES, 404, "Servable not found for request: Specific(half_plus_two, 7)"),
    ("half_plus_two/labels/x", INSTANCES, 400, "Unrecognized servable version label: x"),
    ("half_plus_two/labels/canary", INSTANCES, 404, "Servable not found for request: Specific(half_plus_two, 7)"),
    ("half_plus_two", b'{"signature_name": "s"}', 400, 'Serving signature name: "s" not found in signature def'),
    ("half_plus_two", b"{}", 400, "Missing 'inputs' or 'instances' key"),
    ("counter", b"{}", 400, 'Serving signature name: "serving_default" not found in signature def'),
    (
        "counter",
        b'{"signature_name": "get_counter", "inputs": {}}',
        400,
        "Failed to get input map for signature: get_counter",
    ),
    (
        "half_plus_two_tf2",
        b'{"signature_name": "__saved_model_init_op"}',
        400,
        "Failed to get input map for signature: __saved_model_init_op",
    ),
    ("half_plus_two_tf2", b'{"inputs": {}}', 400, "Missing named input: x in 'inputs' object."),
    ("sum_difference", b'{"inputs": {"a": [1.0]}}', 400, "Missing named input: b in 'inputs' object."),
]


@pytest.mark.parametrize(("model", "body", "status", "text"), ERRORS)
def test_wrong_predict_request_gets_tf_servings_text(
    *, connection: RawConnection, model: str, body: bytes, status: int, text: str
) -> None:
    assert error_of(predict(connection, model, body)) == (status, text)


def test_signature_name_of_another_type_is_quoted_with_the_body(connection: RawConnection) -> None:
    status, text = error_of(predict(connection, "half_plus_two", b'{"signature_name": 1}'))
    assert status == 400
    assert text.endswith("not formatted correctly. 'signature_name' key must be a string value.")


def test_error_of_the_graph_comes_with_its_text(connection: RawConnection) -> None:
    status, text = error_of(predict(connection, "failing", {"instances": [-1.0]}))
    assert status == 400
    assert "x must be positive" in text


QUESTIONS = [
    ("/v1/models/nope", 404, "Could not find any versions of model nope"),
    ("/v1/models/half_plus_two/versions/7", 404, "Could not find version 7 of model half_plus_two"),
    ("/v1/models/nope/metadata", 404, "Servable not found for request: Latest(nope)"),
    ("/v1/models/half_plus_two/labels/x/metadata", 400, "Unrecognized servable version label: x"),
    ("/v1/models/versions/3", 400, "Missing model name in request."),
    ("/v1/models/half_plus_two:predict", 400, "Malformed request: GET /v1/models/half_plus_two:predict"),
    ("/v1/models/%FF", 404, "Could not find any versions of model \N{REPLACEMENT CHARACTER}"),
]


@pytest.mark.parametrize(("target", "status", "text"), QUESTIONS)
def test_wrong_question_gets_tf_servings_text(connection: RawConnection, target: str, status: int, text: str) -> None:
    answer = connection.ask(get(target))
    assert (answer.status, json.loads(answer.body.decode(errors="replace"))["error"]) == (status, text)


def test_version_beyond_int64_is_answered_with_nothing(connection: RawConnection) -> None:
    """tensorflow-serving.md §1.4."""
    answer = connection.ask(post(f"{HALF}/versions/9223372036854775808:predict", INSTANCES))
    assert (answer.status, answer.body, answer.headers["content-type"]) == (400, b"", "application/json")


def test_status_is_printed_as_protobuf_does(connection: RawConnection) -> None:
    answer = connection.ask(get(f"{HALF}/labels/unknown"))
    assert answer.body.decode().splitlines() == [
        "{",
        ' "model_version_status": [',
        "  {",
        '   "version": "1",',
        '   "state": "AVAILABLE",',
        '   "status": {',
        '    "error_code": "OK",',
        '    "error_message": ""',
        "   }",
        "  }",
        " ]",
        "}",
    ]
    assert answer.body.endswith(b"}\n")


def test_metadata_is_glued_as_tf_serving_does(connection: RawConnection) -> None:
    answer = connection.ask(get("/v1/models/half_plus_two_tf2/metadata"))
    head = '{\n"model_spec":{\n "name": "half_plus_two_tf2",\n "version": "1",\n "signature_name": ""\n}\n,\n'
    assert answer.body.decode().startswith(head + '"metadata": {"signature_def": {\n "signature_def": {\n')
    assert answer.body.endswith(b" }\n}\n}\n}\n")
    signatures = json.loads(answer.body)["metadata"]["signature_def"]["signature_def"]
    assert "__saved_model_init_op" in signatures
    assert signatures["serving_default"]["inputs"]["x"]["dtype"] == "DT_FLOAT"
    assert signatures["serving_default"]["inputs"]["x"]["tensor_shape"]["dim"] == [{"size": "1", "name": ""}]
    assert signatures["serving_default"]["defaults"]["x"]["dtype"] == "DT_FLOAT"
    assert connection.ask(get("/v1/models/half_plus_two_tf2/versions/1/metadata")).body == answer.body


def test_models_are_listed_with_their_states(connection: RawConnection, server: Server) -> None:
    answer = connection.ask(get("/v1/models"))
    models = json.loads(answer.body)["models"]
    assert [model["name"] for model in models] == [model.name for model in server.config.models]
    status = json.loads(connection.ask(get(HALF)).body)
    assert models[0]["model_version_status"] == status["model_version_status"]


def test_health_is_told(connection: RawConnection) -> None:
    assert json.loads(connection.ask(get("/livez")).body) == {"status": "alive"}
    answer = connection.ask(get("/readyz"))
    assert (answer.status, json.loads(answer.body)) == (200, {"status": "ready"})


def test_readiness_names_the_model_that_is_missing(zoo: Path, tmp_path: Path) -> None:
    with serve(zoo / "half_plus_two", tmp_path / "empty") as server:
        assert server.rest_port is not None
        with RawConnection(server.rest_port) as connection:
            answer = connection.ask(get("/readyz"))
            assert json.loads(answer.body) == {"status": "not ready", "models_not_available": ["empty"]}
            models = json.loads(connection.ask(get("/v1/models")).body)["models"]
            assert models[1] == {"name": "empty", "model_version_status": []}
            server.core.start_draining()
            assert connection.ask(get("/readyz")).status == 503
    assert answer.status == 503


def test_page_is_libevents(connection: RawConnection) -> None:
    answer = connection.ask(get("/v2/models"))
    assert (answer.status, answer.headers["content-type"], answer.headers["connection"]) == (404, "text/html", "close")
    assert answer.body.count(b"\n") == 5


def test_gzipped_and_chunked_bodies_are_understood(connection: RawConnection) -> None:
    packed = gzip.compress(INSTANCES)
    assert predict(connection, "half_plus_two", packed, "Content-Encoding: x-gzip").status == 200
    assert connection.ask(chunked(f"{HALF}:predict", INSTANCES[:7], INSTANCES[7:])).status == 200


def test_broken_gzip_is_an_empty_document(connection: RawConnection) -> None:
    answer = predict(connection, "half_plus_two", b"no gzip", "Content-Encoding: gzip")
    assert error_of(answer) == (400, "JSON Parse error: The document is empty")
    assert predict(connection, "half_plus_two", gzip.compress(INSTANCES), "Content-Encoding: GZIP").status == 400


@pytest.mark.parametrize(
    ("origin", "status"),
    [("Origin: http://a.b", 200), ("Origin: https://a.b", 200), ("Origin: null", 400), ("A: b", 400)],
)
def test_options_are_answered_to_web_pages(connection: RawConnection, origin: str, status: int) -> None:
    answer = connection.ask(get(f"{HALF}:predict", origin, method="OPTIONS"))
    assert (answer.status, answer.body) == (status, b"")
    assert answer.headers["content-type"] == "text/html; charset=ISO-8859-1"
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_cors_headers_come_with_every_rest_answer_where_wanted(zoo: Path) -> None:
    expected = {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "POST, GET",
        "access-control-allow-headers": "Content-Type",
    }
    with serve(zoo / "half_plus_two", rest_api_enable_cors_support=True) as server:
        assert server.rest_port is not None
        for request in (get(HALF), get("/v1/x"), post(f"{HALF}:predict", INSTANCES), get("/v1/x", method="OPTIONS")):
            with RawConnection(server.rest_port) as connection:
                assert connection.ask(request).headers.items() >= expected.items()
        with RawConnection(server.rest_port) as connection:
            assert not connection.ask(get("/page")).headers.keys() & expected.keys()


def test_head_is_malformed_and_has_no_body(connection: RawConnection) -> None:
    answer = connection.ask(get(HALF, method="HEAD"), method="HEAD")
    assert (answer.status, answer.body) == (400, b"")
    assert connection.ask(get(HALF)).status == 200


def test_model_that_runs_too_long_is_stopped_by_the_deadline(zoo: Path) -> None:
    with serve(zoo / "slow", rest_api_timeout_seconds=0.2) as server:
        assert server.rest_port is not None
        with RawConnection(server.rest_port) as connection:
            assert predict(connection, "slow", {"inputs": 60.0}).status == 504
            assert predict(connection, "slow", {"inputs": 0.0}).status == 200


def test_slow_model_does_not_hold_up_a_fast_one(connection: RawConnection, server: Server) -> None:
    """Even though it has been fast before, with bodies of the same size."""
    assert server.rest_port is not None
    with RawConnection(server.rest_port) as slow, ThreadPoolExecutor(1) as pool:
        for _ in range(20):
            assert predict(slow, "slow", {"inputs": 0.0}).status == 200
        slow_answer = pool.submit(predict, slow, "slow", {"inputs": 1.5})
        assert connection.ask(get("/livez")).status == 200
        assert predict(connection, "half_plus_two", INSTANCES).status == 200
        assert not slow_answer.done()
        assert slow_answer.result().status == 200


def test_parallel_clients_each_get_the_answers_to_their_own_inputs(server: Server) -> None:
    port = server.rest_port
    assert port is not None

    def ask(client: int) -> None:
        with RawConnection(port) as connection:
            for number in range(20):
                values = [float(client), float(number), 0.5 * client * number]
                answer = predict(connection, "half_plus_two", {"instances": values})
                assert json.loads(answer.body)["predictions"] == [value / 2 + 2 for value in values]

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(ask, range(32)))


def test_stopping_server_answers_what_runs(zoo: Path) -> None:
    with serve(zoo / "slow") as server, ThreadPoolExecutor(1) as pool:
        assert server.rest_port is not None
        with RawConnection(server.rest_port) as connection:
            assert connection.ask(get("/livez")).status == 200
            connection.send(b"POST /v1/models/slow:predict HTTP/1.1\r\nContent-Length: 15\r\n\r\n" + b'{"inputs": 0.3')
            stopped = pool.submit(server.stop)
            connection.send(b"}")
            assert connection.answer().status == 200
            stopped.result()
    assert server.is_drained


def test_long_targets_are_not_kept(server: Server) -> None:
    """Whoever makes up new ones, each of tens of kilobytes, must not fill the memory with them."""
    api = RestApi(server.core, Predictor())
    for number in range(10):
        assert api.handle("GET", f"/v1/models/{number:05000d}", {}, b"").status == 404
    assert api._find_answer.cache_info().currsize == 0
    assert api.handle("GET", HALF, {}, b"").status == 200
    assert api._find_answer.cache_info().currsize == 1
