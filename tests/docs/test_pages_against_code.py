"""Numbers and tables that pages repeat from the code are the code's."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from docs.documents import DOCS, blocks, pages
from tfsctl.cli._frame.exit_status import ExitStatus, exit_status
from tfsctl.errors import Code, TfsctlError
from tfsctl.serving import ServerConfig
from tfsctl.serving.flags.parser import parse_flags
from tfsctl.serving.flags.table import ServerFlags
from tfsctl.serving.http.limits import HttpLimits
from tfsctl.serving.rest.errors import HTTP_STATUS

_BEHAVIOUR = (DOCS / "server-behaviour.md").read_text()
_EXIT_CODES = (DOCS / "reference" / "exit-codes.md").read_text()


@pytest.mark.parametrize(
    ("row", "value"),
    [
        ("request line and headers", f"{HttpLimits().max_head_bytes // 1024} KiB"),
        ("a TLS handshake", f"{HttpLimits().handshake_timeout_seconds:.0f} s; {HttpLimits().max_handshakes} at a time"),
        ("from the first byte of a request to the end of its headers", f"{HttpLimits().head_timeout_seconds:.0f} s"),
        ("silence within a body", f"{HttpLimits().body_timeout_seconds:.0f} s"),
        ("a connection without a request", f"{HttpLimits().idle_timeout_seconds / 60:.0f} min"),
        ("a client that does not read its answer", f"{HttpLimits().write_timeout_seconds / 60:.0f} min"),
        ("requests sent ahead, while one is answered", f"{HttpLimits().max_pending_bytes // 1024} KiB"),
    ],
)
def test_a_limit_is_the_servers(row: str, value: str) -> None:
    assert f"| {row} | {value}" in _BEHAVIOUR


def test_times_and_ports_are_the_defaults() -> None:
    config = ServerConfig(models=())
    assert f"`--rest-api-timeout-in-ms` ({config.rest_api_timeout_seconds:.0f} s)" in _BEHAVIOUR
    assert f"`--drain-seconds`, {config.drain_seconds:.0f} s" in re.sub(r"\s+", " ", _BEHAVIOUR)
    assert f"gRPC listens on {config.port} and REST on {config.rest_api_port}, both on {config.host}" in _BEHAVIOUR


@pytest.mark.parametrize("status", list(ExitStatus), ids=lambda status: status.name)
def test_an_exit_code_has_its_row(status: ExitStatus) -> None:
    assert f"\n| {int(status)} | " in _EXIT_CODES


@pytest.mark.parametrize("code", [code for code in Code if code is not Code.OK], ids=lambda code: code.name)
def test_a_code_stands_beside_its_statuses(code: Code) -> None:
    error = type("AnError", (TfsctlError,), {"code": code})("text")
    row = next(line for line in _EXIT_CODES.splitlines() if line.startswith("| `") and f"`{code.name}`" in line)
    assert row.split(" | ")[1:] == [str(HTTP_STATUS[code]), f"{int(exit_status(error))} |"]


def _stand_in_lines() -> list[tuple[Path, str]]:
    found = []
    for path in pages():
        for block in blocks(path):
            text = re.sub(r"\\\n\s*", "", block.text)
            found += [(path, line) for line in re.findall(r"python -m tfsctl\.serving( --[^\n#]+)", text)]
    return found


def test_command_lines_of_the_stand_in_are_ones_that_it_takes() -> None:
    lines = _stand_in_lines()
    assert lines
    for _, line in lines:
        assert parse_flags(ServerFlags, shlex.split(line)).model_name


def test_every_flag_of_the_stand_in_is_explained() -> None:
    page = (DOCS / "guides" / "replace-tensorflow-model-server.md").read_text()
    names = [name for name in ServerFlags.__dataclass_fields__ if f"`{name}`" not in page]
    assert names == []
