"""Answers in gzip from a whole server: who gets them, and that their values are the same."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from serving.http_calls import WAIT_SECONDS, Answer, RawConnection, get, post, running
from serving.model_directory import serve
from tfsctl.serving import Server
from tfsctl.serving.http.compression import MAX_BYTES_IN_LOOP, MIN_COMPRESSED_BYTES
from tfsctl.serving.http.reply import RestReply
from tfsctl.serving.http.server import HttpServer

GZIP = "Accept-Encoding: gzip"
TARGET = "/v1/models/half_plus_two:predict"


def sized(method: str, target: str, headers: Mapping[str, str], body: bytes) -> RestReply:
    """`/N` is answered with N bytes, the same for each N."""
    return RestReply(200, b"0123456789abcdef" * (int(target[1:]) // 16))


@pytest.fixture(scope="module")
def sizes() -> Iterator[HttpServer]:
    with running(sized) as started:
        yield started


@pytest.fixture(scope="module")
def server(zoo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    config = tmp_path_factory.mktemp("monitoring") / "config"
    config.write_text("prometheus_config { enable: true }")
    with serve(zoo / "half_plus_two", port=None, monitoring_config_file=config) as running_server:
        yield running_server


def unpacked(answer: Answer) -> bytes:
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert int(answer.headers["content-length"]) == len(answer.body)
    return gzip.decompress(answer.body)


def predict(count: int) -> bytes:
    return json.dumps({"instances": [index / 7 for index in range(count)]}).encode()


@pytest.mark.parametrize("size", [MIN_COMPRESSED_BYTES, MAX_BYTES_IN_LOOP, MAX_BYTES_IN_LOOP + 16, 1 << 20])
@pytest.mark.parametrize("body", [b"", b"x"], ids=["in the loop", "by a worker"])
def test_large_answers_are_compressed_wherever_they_were_made(sizes: HttpServer, size: int, body: bytes) -> None:
    with RawConnection(sizes.port) as connection:
        request = post(f"/{size}", body, GZIP) if body else get(f"/{size}", GZIP)
        assert unpacked(connection.ask(request)) == sized("", f"/{size}", {}, b"").body
        assert connection.ask(get("/16")).body == b"0123456789abcdef"


def test_small_answers_are_not(sizes: HttpServer) -> None:
    with RawConnection(sizes.port) as connection:
        answer = connection.ask(get(f"/{MIN_COMPRESSED_BYTES - 16}", GZIP))
    assert len(answer.body) == MIN_COMPRESSED_BYTES - 16
    assert not {"content-encoding", "vary"} & set(answer.headers)


@pytest.mark.parametrize("header", ["X-None: 1", "Accept-Encoding: identity", "Accept-Encoding: gzip;q=0, br"])
def test_clients_that_do_not_ask_get_plain_answers(sizes: HttpServer, header: str) -> None:
    with RawConnection(sizes.port) as connection:
        answer = connection.ask(get("/65536", header))
    assert (len(answer.body), answer.headers.get("content-encoding")) == (65536, None)


def test_head_is_answered_as_without_compression(sizes: HttpServer) -> None:
    with RawConnection(sizes.port) as connection:
        answer = connection.ask(get("/65536", GZIP, method="HEAD"), method="HEAD")
    assert (answer.headers["content-length"], answer.headers.get("content-encoding")) == ("65536", None)


def test_pipelined_answers_keep_their_order_whether_compressed_or_not(sizes: HttpServer) -> None:
    wanted = [1 << 20, 16, 4096, 1 << 17, 0, 2048]
    with RawConnection(sizes.port) as connection:
        connection.send(*[get(f"/{size}", GZIP) + get(f"/{size}") for size in wanted])
        for size in wanted:
            first, second = connection.answer(), connection.answer()
            assert (unpacked(first) if size >= MIN_COMPRESSED_BYTES else first.body) == second.body
            assert len(second.body) == size


def test_loop_answers_others_while_a_large_answer_is_compressed() -> None:
    """All workers are busy, so the large answer waits for one of them; who asks for little does not."""
    is_busy, may_end = threading.Event(), threading.Event()

    def answer(method: str, target: str, headers: Mapping[str, str], body: bytes) -> RestReply:
        if body:
            is_busy.set()
            assert may_end.wait(WAIT_SECONDS)
        return sized(method, target, headers, body)

    with running(answer, num_threads=1) as started:
        clients = [RawConnection(started.port) for _ in range(3)]
        clients[0].send(post("/16", b"x"))
        assert is_busy.wait(WAIT_SECONDS)
        clients[1].send(get("/1048576", GZIP))
        assert clients[2].ask(get("/2048", GZIP)).status == 200
        may_end.set()
        assert len(unpacked(clients[1].answer())) == 1 << 20
        for client in clients:
            client.close()


@pytest.mark.parametrize("count", [300, 100_000])
def test_predictions_are_the_same_bytes_compressed_or_not(server: Server, count: int) -> None:
    with RawConnection(server.rest_port or 0) as connection:
        plain = connection.ask(post(TARGET, predict(count)))
        assert plain.status == 200
        for _ in range(10):  # The target moves to the loop meanwhile, where it is cheap.
            assert unpacked(connection.ask(post(TARGET, predict(count), GZIP))) == plain.body


def test_requests_asks_for_gzip_by_itself_and_unpacks(server: Server) -> None:
    answer = requests.post(f"http://{server.rest_address}{TARGET}", data=predict(1000), timeout=30)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.json()["predictions"][7] == 2.5


def test_page_for_prometheus_is_compressed_as_prometheus_asks(server: Server) -> None:
    with RawConnection(server.rest_port or 0) as connection:
        connection.ask(post(TARGET, predict(1)))
        answer = connection.ask(get("/monitoring/prometheus/metrics", GZIP))
    assert b"# TYPE :tensorflow:serving:request_count counter" in unpacked(answer)
    assert answer.headers["content-type"] == "text/plain"


def test_cors_headers_stay_and_long_errors_are_compressed_too(zoo: Path) -> None:
    with (
        serve(zoo / "half_plus_two", port=None, rest_api_enable_cors_support=True) as server,
        RawConnection(server.rest_port or 0) as connection,
    ):
        answer = connection.ask(post("/v1/models/" + "m" * 2000 + ":predict", b'{"instances": [1]}', GZIP))
    error: Any = json.loads(unpacked(answer))
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (404, "*")
    assert "mmm" in error["error"]


def test_both_directions_may_be_compressed_at_once(server: Server) -> None:
    packed = gzip.compress(predict(1000))
    with RawConnection(server.rest_port or 0) as connection:
        answer = connection.ask(post(TARGET, packed, GZIP, "Content-Encoding: gzip"))
    assert len(json.loads(unpacked(answer))["predictions"]) == 1000


def test_body_that_unpacks_to_far_too_much_is_an_empty_one(server: Server) -> None:
    """What it says of its size decides first, and then the size itself."""
    bomb = gzip.compress(b" " * (101 << 20), 9)
    liar = bomb[:-4] + b"\x01\0\0\0"
    with RawConnection(server.rest_port or 0) as connection:
        for body in (bomb, liar):
            answer = connection.ask(post(TARGET, body, "Content-Encoding: gzip"))
            assert (answer.status, b"The document is empty" in answer.body) == (400, True)
