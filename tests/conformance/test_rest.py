"""Every RestCase: one request with the bytes that the case says, and its answer."""

from __future__ import annotations

from collections.abc import Callable

from conformance.case import RestCase
from conformance.parameters import parametrized
from conformance.rest_exchange import check_rest
from conformance.servers import Running


@parametrized(RestCase)
def test_rest(case: RestCase, find_server: Callable[[str], Running]) -> None:
    check_rest(case, find_server(case.server).rest_port)
