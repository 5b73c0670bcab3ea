"""HTTP requests of any form: well-formed answers, none of them the server's fault, and the next client is served."""

from __future__ import annotations

import re
from collections.abc import Callable

from hypothesis import strategies as st

from fuzz.fuzzed_server import FuzzedServer
from fuzz.http_exchange import read_answers
from fuzz.http_requests import conversations, requests
from fuzz.mutation import Family
from fuzz.rounds import Rounds

_LABEL = r'\w+="(?:[^"\\\n]|\\["\\n])*"'
_METRIC = re.compile(
    r"# TYPE [\w:]+ (counter|gauge|histogram|untyped)"
    rf"|[\w:]+\{{(?:{_LABEL}(?:,{_LABEL})*)?\}} [-+]?(?:[\d.]+(?:e[-+]?\d+)?|inf|nan)",
)


def test_any_target_and_fields_get_an_answer(plain: FuzzedServer, rounds: Callable[[str], Rounds]) -> None:
    def check(request: tuple[str, bytes]) -> None:
        plain.must_be_well()
        method, data = request
        answer = plain.http.ask(data, has_body=method != "HEAD")
        answer.check()
        plain.http.probe()

    rounds("targets and headers").run(check, requests(), process=lambda: plain.pid)
    plain.must_answer()


def test_any_bytes_are_answered_or_the_connection_ends(plain: FuzzedServer, rounds: Callable[[str], Rounds]) -> None:
    def check(given: tuple[Family, int]) -> int:
        family, in_pieces = given
        plain.must_be_well()
        for data in family.members:
            for answer in read_answers(plain.http.send_all(data, in_pieces=in_pieces)):
                answer.check()
        plain.http.probe()
        return len(family.members)

    pieces = st.sampled_from([0, 0, 0, 0, 50, 17])
    rounds("http bytes").run(check, st.tuples(conversations, pieces), process=lambda: plain.pid)
    plain.must_answer()


def test_the_page_for_prometheus_can_still_be_read(plain: FuzzedServer) -> None:
    """After all that, and whatever the models were called that were asked for."""
    answer = plain.http.ask(b"GET /monitoring/prometheus/metrics HTTP/1.1\r\nHost: fuzz\r\n\r\n")
    assert answer.status == 200
    for line in answer.body.decode().removesuffix("\n").split("\n"):
        assert _METRIC.fullmatch(line), line
