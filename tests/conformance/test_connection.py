"""Every ConnectionCase: bytes over one HTTP connection."""

from __future__ import annotations

from collections.abc import Callable

from conformance.case import ConnectionCase
from conformance.json_values import parse, same
from conformance.parameters import parametrized
from conformance.servers import Running
from serving.http_calls import RawConnection


@parametrized(ConnectionCase)
def test_connection(case: ConnectionCase, find_server: Callable[[str], Running]) -> None:
    with RawConnection(find_server(case.server).rest_port) as connection:
        waiting = list(case.answers)
        for number, piece in enumerate(case.sends):
            if number:
                _expect(connection, *waiting.pop(0))
            connection.send(piece)
        for status, text in waiting:
            _expect(connection, status, text)
        if case.ends:
            assert connection.is_ended()


def _expect(connection: RawConnection, status: int, text: str | None) -> None:
    if status == 100:
        # http.client reads over these.
        assert connection.line() == b"HTTP/1.1 100 Continue\r\n"
        assert connection.line() == b"\r\n"
        return
    answer = connection.answer()
    assert answer.status == status, answer
    if text is not None:
        assert same(parse(answer.body), parse(text)), answer
