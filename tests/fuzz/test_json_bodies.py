"""JSON to the REST API: an answer for everything, and never the server's fault."""

from __future__ import annotations

from collections.abc import Callable

from fuzz.fuzzed_server import FuzzedServer
from fuzz.http_exchange import HttpAnswer
from fuzz.json_bodies import Asked, asked
from fuzz.rounds import Rounds

_CLIENTS_MISTAKES = {400, 404, 501}


def test_any_json_gets_an_answer(plain: FuzzedServer, rounds: Callable[[str], Rounds]) -> None:
    def check(family: list[Asked]) -> int:
        plain.must_be_well()
        for given in family:
            _check(plain.http.ask(given.request))
        plain.http.probe()
        return len(family)

    rounds("json bodies").run(check, asked(), process=lambda: plain.pid)
    plain.must_answer()


def _check(answer: HttpAnswer) -> None:
    answer.check()
    value = answer.json()
    assert isinstance(value, dict)
    if answer.status == 200:
        assert len(value) == 1
        assert value.keys() <= {"predictions", "outputs", "results"}
    else:
        assert answer.status in _CLIENTS_MISTAKES, answer
        assert isinstance(value["error"], str)
