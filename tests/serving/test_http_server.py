"""The HTTP server's life, its threads and its limits."""

from __future__ import annotations

import logging
import socket
import threading
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from serving.http_calls import WAIT_SECONDS, RawConnection, echo, get, post, running
from tfsctl.errors import ServerStartError
from tfsctl.serving.http.limits import HttpLimits
from tfsctl.serving.http.reply import RestReply
from tfsctl.serving.http.server import HttpServer
from tfsctl.serving.listen_address import ListenAddress


class Gate:
    """A handler whose answers to `/slow` wait until the test lets them go."""

    def __init__(self) -> None:
        self.is_open = threading.Event()
        self.num_waiting = threading.Semaphore(0)

    def __call__(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> RestReply:
        if target == "/slow":
            self.num_waiting.release()
            assert self.is_open.wait(WAIT_SECONDS)
        return echo(method, target, headers, body)

    def wait_for(self, count: int = 1) -> None:
        """Wait until so many requests are at the gate."""
        for _ in range(count):
            assert self.num_waiting.acquire(timeout=WAIT_SECONDS)


def test_slow_request_does_not_hold_up_another(caplog: pytest.LogCaptureFixture) -> None:
    gate = Gate()
    with running(gate) as server, RawConnection(server.port) as slow, RawConnection(server.port) as fast:
        slow.send(post("/slow", b"x"))
        gate.wait_for()
        for number in range(50):
            assert fast.ask(post("/fast", b"%d" % number)).body == b"POST /fast %d" % number
        gate.is_open.set()
        assert slow.answer().body == b"POST /slow x"
    assert not caplog.records


def test_health_is_answered_while_all_workers_are_busy() -> None:
    gate = Gate()
    with running(gate, num_threads=1) as server, RawConnection(server.port) as health:
        slow = [RawConnection(server.port) for _ in range(3)]
        for connection in slow:
            connection.send(post("/slow", b"x"))
        gate.wait_for()
        assert health.ask(get("/livez")).status == 200
        gate.is_open.set()
        assert [connection.answer().status for connection in slow] == [200, 200, 200]
        for connection in slow:
            connection.close()


def test_answers_behind_a_slow_one_wait_for_their_turn() -> None:
    gate = Gate()
    with running(gate) as server, RawConnection(server.port) as connection:
        connection.send(post("/slow", b"1") + post("/fast", b"2"))
        gate.wait_for()
        gate.is_open.set()
        assert [connection.answer().body, connection.answer().body] == [b"POST /slow 1", b"POST /fast 2"]


def test_many_clients_at_once_each_get_their_own_answer() -> None:
    def ask_often(client: int) -> None:
        with RawConnection(server.port) as connection:
            for number in range(30):
                body = b"%d-%d-" % (client, number) + b"x" * (client * number)
                assert connection.ask(post(f"/{client % 5}", body)).body == f"POST /{client % 5} ".encode() + body

    with running() as server, ThreadPoolExecutor(32) as pool:
        list(pool.map(ask_often, range(32)))


def test_client_that_leaves_during_its_request_is_forgotten(caplog: pytest.LogCaptureFixture) -> None:
    gate = Gate()
    with running(gate) as server:
        with RawConnection(server.port) as leaving:
            leaving.send(post("/slow", b"x"))
            gate.wait_for()
        gate.is_open.set()
        with RawConnection(server.port) as connection:
            assert connection.ask(get("/")).status == 200
        assert server.drain(WAIT_SECONDS)
    assert not caplog.records


def test_handler_that_raises_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    def fail(method: str, target: str, headers: Mapping[str, str], body: bytes) -> RestReply:
        raise ValueError("out of order")

    with running(fail) as server, RawConnection(server.port) as connection:
        assert connection.ask(get("/x")).status == 500
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.ERROR, "GET /x failed")
    assert record.exc_info is not None


def test_answer_that_cannot_be_written_ends_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    def answer(method: str, target: str, headers: Mapping[str, str], body: bytes) -> RestReply:
        return RestReply(200, b"", headers=(("X-Price", "10 €"),))

    with running(answer) as server:
        for request in (get("/in-the-loop"), post("/by-a-worker", b"x")):
            with RawConnection(server.port) as connection:
                connection.send(request)
                assert connection.is_ended()
    assert [record.exc_info is not None for record in caplog.records] == [True, True]


@pytest.mark.parametrize(
    ("limits", "sent"),
    [
        (HttpLimits(idle_timeout_seconds=0.1), b""),
        (HttpLimits(idle_timeout_seconds=0.1), get("/")),
        (HttpLimits(head_timeout_seconds=0.1), b"GET / HT"),
        (HttpLimits(body_timeout_seconds=0.1), b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"),
        (HttpLimits(body_timeout_seconds=0.1), b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"),
    ],
    ids=["nothing", "idle after a request", "in the head", "in the body", "between chunks"],
)
def test_client_that_falls_silent_is_sent_away(limits: HttpLimits, sent: bytes) -> None:
    with running(limits=limits) as server, RawConnection(server.port) as connection:
        if sent == get("/"):
            assert connection.ask(sent).status == 200
        elif sent:
            connection.send(sent)
        assert connection.is_ended()


def test_head_that_trickles_in_for_ever_is_cut_off() -> None:
    """A byte now and then does not buy more time."""
    with running(limits=HttpLimits(head_timeout_seconds=0.2)) as server, RawConnection(server.port) as connection:
        connection.socket.settimeout(0.01)
        assert any(_is_refused(connection, b"A") for _ in range(3000))


def test_client_that_does_not_read_is_not_answered_without_end() -> None:
    """Of thousands of pipelined requests only so many are worked on as answers fit on the way."""
    asked = threading.Semaphore(0)

    def answer_at_length(method: str, target: str, headers: Mapping[str, str], body: bytes) -> RestReply:
        asked.release()
        return RestReply(200, b"x" * 1_000_000)

    count = 200
    with running(answer_at_length) as server, RawConnection(server.port) as connection:
        connection.send(get("/") * count)
        with RawConnection(server.port) as other:
            assert other.ask(get("/")).status == 200
        num_asked = sum(asked.acquire(blocking=False) for _ in range(count))
        assert num_asked < count / 2
        assert all(len(connection.answer().body) == 1_000_000 for _ in range(count))


def test_client_that_sends_without_end_is_not_read_without_end() -> None:
    gate = Gate()
    with running(gate) as server, RawConnection(server.port) as connection:
        connection.send(post("/slow", b"x"))
        gate.wait_for()
        connection.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):
            connection.send(get("/next") * 1_000_000)
        gate.is_open.set()
        connection.socket.settimeout(WAIT_SECONDS)
        assert [connection.answer().body, connection.answer().body] == [b"POST /slow x", b"GET /next "]


def test_drain_finishes_what_runs_and_says_close() -> None:
    gate = Gate()
    with running(gate) as server, RawConnection(server.port) as connection, ThreadPoolExecutor(1) as pool:
        connection.send(post("/slow", b"x"))
        gate.wait_for()
        drained = pool.submit(server.drain, WAIT_SECONDS)
        _wait_until_refused(server.port)
        gate.is_open.set()
        answer = connection.answer()
        assert (answer.body, answer.headers["connection"]) == (b"POST /slow x", "close")
        assert drained.result() is True


def test_drain_answers_a_request_that_was_on_its_way() -> None:
    limits = HttpLimits(drain_linger_seconds=WAIT_SECONDS)
    with running(limits=limits) as server, RawConnection(server.port) as connection, ThreadPoolExecutor(1) as pool:
        assert "connection" not in connection.ask(get("/")).headers
        drained = pool.submit(server.drain, WAIT_SECONDS)
        _wait_until_refused(server.port)
        assert connection.ask(get("/late")).headers["connection"] == "close"
        assert drained.result() is True


def test_drain_lets_idle_connections_go() -> None:
    with running() as server, RawConnection(server.port) as connection:
        assert connection.ask(get("/")).status == 200
        assert server.drain(WAIT_SECONDS) is True
        assert connection.is_ended()


def test_drain_gives_up_on_what_takes_too_long() -> None:
    gate = Gate()
    with running(gate) as server, RawConnection(server.port) as connection:
        connection.send(post("/slow", b"x"))
        gate.wait_for()
        assert server.drain(0.05) is False
        server.close()
        assert connection.is_ended()
        gate.is_open.set()


def test_stop_accepting_leaves_open_connections_alone() -> None:
    with running() as server, RawConnection(server.port) as connection:
        assert connection.ask(get("/")).status == 200
        server.stop_accepting()
        _wait_until_refused(server.port)
        assert connection.ask(get("/again")).body == b"GET /again "


def test_closed_server_may_be_closed_again_and_asked_to_drain() -> None:
    server = HttpServer(echo, address=ListenAddress())
    server.close()
    server.start()
    server.close()
    server.close()
    server.stop_accepting()
    assert server.drain(0) is True


def test_two_servers_in_one_process_do_not_know_each_other() -> None:
    with running() as one, running(lambda *_: RestReply(200, b"two")) as two:
        with RawConnection(one.port) as first, RawConnection(two.port) as second:
            assert (first.ask(get("/")).body, second.ask(get("/")).body) == (b"GET / ", b"two")
        one.close()
        with RawConnection(two.port) as second:
            assert second.ask(get("/")).body == b"two"


def test_port_in_use_is_refused_with_a_hint() -> None:
    with running() as server:
        other = HttpServer(echo, address=ListenAddress(port=server.port))
        with pytest.raises(ServerStartError, match=f"127.0.0.1:{server.port}") as caught:
            other.start()
    assert caught.value.hint is not None
    assert "another port" in caught.value.hint


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1", "a\x00b"])
def test_host_that_is_not_this_machine_is_refused(host: str) -> None:
    with pytest.raises(ServerStartError, match="Cannot listen on"):
        HttpServer(echo, address=ListenAddress(host=host)).start()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "::1", "::"])
def test_host_of_any_kind_is_listened_on(host: str) -> None:
    if ":" in host and not _has_ipv6():
        pytest.skip("this machine has no IPv6")
    with running(host=host) as server:
        asked = {"0.0.0.0": "127.0.0.1", "::1": "[::1]", "::": "127.0.0.1"}.get(host, host)
        with urllib.request.urlopen(f"http://{asked}:{server.port}/x", timeout=WAIT_SECONDS) as response:
            assert response.read() == b"GET /x "


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def _is_refused(connection: RawConnection, data: bytes) -> bool:
    """Whether the server has ended the connection when `data` has been sent."""
    try:
        connection.send(data)
        return connection.has_ended_early()
    except OSError:
        return True


def _wait_until_refused(port: int) -> None:
    """Until nobody listens any more."""
    assert any(not _is_listening(port) for _ in range(10_000))


def _is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS).close()
    except ConnectionResetError:
        return True  # It was about to stop.
    except ConnectionRefusedError:
        return False
    return True
