"""What a conformance case is: one row of the reference as a value, with the number of the section that it stands in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.layout import Content
    from conformance.play import Play
    from conformance.stage import Stage


@dataclass(frozen=True, kw_only=True)
class Case:
    """What all cases have.

    Attributes:
        section: Where the reference states it, such as `1.5`.
        what: The row in a few words; with the section it is the case's name, so it is there once.
        difference: The name of a purposeful difference (differences.py): the case shows what tfsctl does instead.
        xfail: Why the case fails for now. The run fails when it no longer does.
    """

    section: str
    what: str
    difference: str = ""
    xfail: str = ""

    @property
    def id(self) -> str:
        """The name that pytest shows, `1.5-unknown-label`."""
        return f"{self.section}-{re.sub(r'[^a-z0-9]+', '-', self.what.lower()).strip('-')}"


@dataclass(frozen=True, kw_only=True)
class RestCase(Case):
    """One HTTP request and what its answer has to be. All that is given is compared.

    Attributes:
        method: As it stands in the request line.
        target: Likewise, undecoded.
        headers: Further lines of the head, such as `Origin: http://a`.
        body: A `Content-Length` is sent with every POST, PUT and PATCH. A large one is made by a function, when needed.
        server: One of servers.py.
        status: The status code.
        phrase: The reason phrase.
        error: The text of a JSON error; the body has to be exactly the reference's layout around it (§1.4). Of several,
            any one. Bytes, if it is not UTF-8.
        json: JSON text whose value the body has to have. An integer is no float; floats are equal if they are the same
            float32, or with `is_double` the same double.
        text: The body to the byte; of several, any one.
        starts: What the body begins with.
        contains: What stands in the body.
        reply_headers: By name in lower case; None stands for a header that must not be there, `…` for any value.
    """

    method: str = "POST"
    target: str
    headers: tuple[str, ...] = ()
    body: str | bytes | Callable[[], bytes] = b""
    server: str = "default"
    status: int = 200
    phrase: str | None = None
    error: str | bytes | tuple[str, ...] | None = None
    json: str | None = None
    is_double: bool = False
    text: str | bytes | tuple[str, ...] | None = None
    starts: str = ""
    contains: tuple[str, ...] = ()
    reply_headers: Mapping[str, str | None] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True)
class ConnectionCase(Case):
    """Bytes over one HTTP connection, and everything that comes back.

    Attributes:
        sends: In pieces; before each but the first, one answer is waited for.
        answers: Status and JSON text (None: not compared) of each answer; 100 is an answer too.
        ends: Whether the server then ends the connection.
    """

    sends: tuple[bytes, ...]
    answers: tuple[tuple[int, str | None], ...]
    server: str = "default"
    ends: bool = False


@dataclass(frozen=True, kw_only=True)
class GrpcCase(Case):
    """One unary gRPC call and what it has to end with.

    Attributes:
        call: A method of TF Serving's services, `Predict`; or a full name, `/package.Service/Method`.
        request: The message in text form; bytes are sent as they are. A large one is made by a function, when needed.
        server: One of servers.py.
        code: The canonical name of the status; with a `!` in front, the one that it must not be.
        text: The whole message of the status.
        starts: What the message of the status begins with.
        response: The whole response in text form.
        contains: Likewise, but a part: the fields that it sets. List elements are compared from the first.
        timeout_seconds: The client's deadline; None for none.
    """

    call: str = "Predict"
    request: str | bytes | Callable[[], bytes] = ""
    server: str = "default"
    code: str = "OK"
    text: str | None = None
    starts: str = ""
    response: str | None = None
    contains: str | None = None
    timeout_seconds: float | None = 30.0


@dataclass(frozen=True, kw_only=True)
class MessageCase(Case):
    """The fields of a message that the server parses or writes: number and name of each."""

    message: str
    fields: Mapping[int, str]
    reserved: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ServerCase(Case):
    """A server of the case's own over files of its own, and what happens to it step by step.

    In all texts `{home}` is the directory of the files; `{relative}` is the same, from the working directory.

    Attributes:
        files: What lies there at the start, by path: see layout.py.
        config: The server's model config file; empty: the first directories of `files` as models under their own
            names, in their order.
        more: Without `config`, further fields of each of these models.
        settings: Further settings of the ServerConfig; the waits are short anyway. A text with `{home}` is a file.
        batching: A batching parameters file; None: no batching.
        is_awaited: Whether all is loaded before the first step; if not, the step `opened` awaits the end of the start.
        refused: The code and the text of the error that the start ends with; such a case has no steps.
        steps: What is done and what is seen then, one after the other: requests, and what steps.py and
            metric_steps.py have. A request's own section and name say nothing.
    """

    files: Mapping[str, Content] = field(default_factory=lambda: MappingProxyType({}))
    config: str = ""
    more: str = ""
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    batching: str | None = None
    is_awaited: bool = True
    refused: tuple[str, str] | None = None
    steps: tuple[RestCase | GrpcCase | Callable[[Play], None], ...] = ()


@dataclass(frozen=True, kw_only=True)
class FlagCase(ServerCase):
    """A ServerCase whose server is told everything by a command line of `tensorflow_model_server`.

    `config`, `more`, `settings` and `batching` say nothing here. The model is `m` in `{home}/m`, and ports and short
    waits are given, unless the flags say otherwise.

    Attributes:
        flags: The arguments.
    """

    flags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ScenarioCase(Case):
    """What one request and its answer do not show: a function that acts and asserts on a stage of its own."""

    play: Callable[[Stage], None]
