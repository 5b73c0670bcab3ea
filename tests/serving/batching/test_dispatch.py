"""With batching on no request for a model runs in the event loop (http_dispatch.py)."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from serving.batching.fake_model import FakeModel
from serving.http_calls import RawConnection, get, post
from tfsctl.serving.batching.batching_model import BatchingModel
from tfsctl.serving.batching.parameters import BatchingParameters
from tfsctl.serving.batching.scheduler import BatchScheduler
from tfsctl.serving.http.dispatch import Dispatcher
from tfsctl.serving.http.reply import RestReply
from tfsctl.serving.http.server import HttpServer
from tfsctl.serving.listen_address import ListenAddress

TARGET = "/v1/models/m:predict"


def test_a_request_with_a_body_never_moves_to_the_loop() -> None:
    usual, batching = Dispatcher(), Dispatcher(bodies_in_loop=False)
    for dispatcher in (usual, batching):
        for _ in range(100):
            dispatcher.ran_in_worker(TARGET, 100, 1e-6, 0.0)
    assert usual.in_loop(TARGET, 100) is not None
    assert batching.in_loop(TARGET, 100) is None


def test_what_a_batched_request_costs_is_never_steady() -> None:
    fake = FakeModel()
    model = BatchingModel(fake, BatchingParameters(), BatchScheduler(1, "test-batch"))
    assert fake.has_steady_cost("double")
    assert not model.has_steady_cost("double")


def test_a_request_without_a_body_still_runs_in_the_loop() -> None:
    assert Dispatcher(bodies_in_loop=False).in_loop("/readyz", 0) is not None


def test_a_server_answers_all_bodies_on_workers() -> None:
    def thread_name(method: str, target: str, headers: Mapping[str, str], body: bytes) -> RestReply:
        return RestReply(200, threading.current_thread().name.encode())

    server = HttpServer(thread_name, address=ListenAddress(), num_threads=1, answers_in_loop=False)
    server.start()
    with RawConnection(server.port) as connection:
        answers = {connection.ask(post(TARGET, b"x")).body for _ in range(100)}
        assert answers == {b"rest-0"}
        assert connection.ask(get("/readyz")).body == b"rest-loop"
    server.close()
