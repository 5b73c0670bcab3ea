"""What stands after `--compare`: one side of a comparison, as a change to the plan."""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from tfsctl.errors import UsageError

if TYPE_CHECKING:
    from tfsctl.bench.plan import BenchPlan

_PROTOCOLS = ("rest", "grpc")
_PORTS = (8500, 8501)
_FORMS = "Write rest, grpc, HOST:PORT, version:N, label:NAME, or several of these with commas."


def plans_for(plan: BenchPlan, first: str, second: str) -> tuple[BenchPlan, BenchPlan]:
    """The plans of both sides.

    Each of `first` and `second` is `rest`, `grpc`, a server, `version:N`, `label:NAME`, or several of these with
    commas: what it does not say stays as in `plan`. Where the sides differ in protocol alone, and the plan's server has
    one of the usual ports, each side gets the usual port of its protocol.

    Raises:
        UsageError: one is none of these forms, or both mean the same.
    """
    changes = _changes(first), _changes(second)
    if changes[0] == changes[1]:
        raise UsageError(f"--compare: '{first}' and '{second}' are the same.", hint=_FORMS)
    server = _without_port(plan, changes)
    base = replace(plan, server=server) if server != plan.server else plan
    return _changed(base, changes[0]), _changed(base, changes[1])


def _changed(plan: BenchPlan, changes: dict[str, Any]) -> BenchPlan:
    if "model_version" in changes or "version_label" in changes:
        changes = {"model_version": None, "version_label": None, **changes}
    return replace(plan, **changes)


def _changes(side: str) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for part in filter(None, (part.strip() for part in side.split(","))):
        name, value = _change(part, side)
        if name in changes or {name, *changes} >= {"model_version", "version_label"}:
            raise UsageError(f"--compare '{side}': '{part}' is one too many.", hint=_FORMS)
        changes[name] = value
    if not changes:
        raise UsageError("--compare: one side is empty.", hint=_FORMS)
    return changes


def _change(part: str, side: str) -> tuple[str, Any]:
    kind, colon, value = part.partition(":")
    if part in _PROTOCOLS:
        return "protocol", part
    if kind == "version" and colon:
        if not re.fullmatch(r"[0-9]+", value):
            raise UsageError(f"--compare '{side}': '{value}' is no version.", hint=_FORMS)
        return "model_version", int(value)
    if kind == "label" and value:
        return "version_label", value
    return "server", _server(part, side)


def _server(part: str, side: str) -> str:
    """A server's address; a bare word that is none on the face of it is taken for a slip."""
    from tfsctl.client import parse_server

    if ":" not in part and "." not in part and part != "localhost":
        nearest = get_close_matches(part, _PROTOCOLS, n=1)
        hint = f"Did you mean '{nearest[0]}'? " if nearest else ""
        raise UsageError(f"--compare '{side}': '{part}' is no side.", hint=hint + _FORMS)
    parse_server(part)
    return part


def _without_port(plan: BenchPlan, changes: tuple[dict[str, Any], dict[str, Any]]) -> str | None:
    """The plan's server for sides that differ in protocol: one port does not speak both."""
    protocols = {change.get("protocol", plan.protocol) for change in changes}
    if len(protocols) < 2 or plan.server is None or any("server" in change for change in changes):
        return plan.server
    from tfsctl.client import parse_server

    address = parse_server(plan.server)
    if address.port is None or address.socket is not None:
        return plan.server
    if address.port in _PORTS and address.protocol is None:
        return replace(address, port=None).target
    raise UsageError(
        f"--compare: {plan.server} speaks one protocol.",
        hint=f"Name the server of each side: --compare rest,{address.host}:PORT grpc,{address.host}:PORT.",
    )
