"""What a ServerCase's steps can be, besides requests: things that are done, and things that are seen then."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from conformance.layout import Content, put, take
from conformance.play import CONFIG_FILE, WAIT_SECONDS, Play
from serving.grpc_calls import model_spec, refusal, tensor
from serving.reload_calls import reload
from tfsctl.core import ManagerState, ServableId
from tfsctl.errors import Code

_SOME_POLLS_SECONDS = 0.1
_ZERO = tensor(np.array([0.0], np.float32))


@dataclass(frozen=True)
class Put:
    """Something appears at a path, at once complete."""

    path: str
    content: Content

    def __call__(self, play: Play) -> None:
        put(play.zoo, play.home, self.path, self.content)


@dataclass(frozen=True)
class Take:
    """What is at a path disappears."""

    path: str

    def __call__(self, play: Play) -> None:
        take(play.home, self.path)


@dataclass(frozen=True)
class Move:
    """What is at a path is called otherwise."""

    path: str
    to: str

    def __call__(self, play: Play) -> None:
        (play.home / self.path).rename(play.home / self.to)


@dataclass(frozen=True)
class Configure:
    """The model config file is another one."""

    text: str

    def __call__(self, play: Play) -> None:
        beside = play.home / "next.config"
        beside.write_text(play.expand(self.text))
        beside.rename(play.home / CONFIG_FILE)


@dataclass(frozen=True)
class Reload:
    """HandleReloadConfigRequest with this configuration, and what it ends with."""

    config: str
    code: str = "OK"
    text: str | None = None
    starts: str = ""

    def __call__(self, play: Play) -> None:
        calls, config = play.calls, play.expand(self.config)
        if self.code == "OK":
            answer = reload(calls, config)
            assert (answer.status.error_code, answer.status.error_message) == (0, "")
            return
        code, text = refusal(lambda: reload(calls, config))
        assert (code, text) == (self.code, text if self.text is None else play.expand(self.text))
        assert text.startswith(play.expand(self.starts)), text


@dataclass(frozen=True)
class States:
    """All versions of a model that are known come into these states, and none but these versions."""

    model: str
    states: Mapping[int, str]

    def __call__(self, play: Play) -> None:
        def are_reached(_: object = None) -> bool:
            return {each.id.version: each.state.name for each in play.monitor.states(self.model)} == self.states

        is_reached = play.monitor.wait_for(are_reached, timeout_seconds=WAIT_SECONDS)
        assert is_reached, play.monitor.states(self.model)


@dataclass(frozen=True)
class Stays:
    """They are in these states, and stay there when the base paths are looked at again and again."""

    model: str
    states: Mapping[int, str]

    def __call__(self, play: Play) -> None:
        States(self.model, self.states)(play)
        num_events = len(play.events)
        play.poll(3)
        assert [event for event in play.events[num_events:] if event.startswith(f"{self.model}/")] == []
        States(self.model, self.states)(play)


@dataclass(frozen=True)
class Rests:
    """They are in these states, and nothing happens to them for the time of some polls."""

    model: str
    states: Mapping[int, str]

    def __call__(self, play: Play) -> None:
        States(self.model, self.states)(play)
        num_events = len(play.events)
        threading.Event().wait(_SOME_POLLS_SECONDS)
        assert play.events[num_events:] == []


@dataclass(frozen=True)
class Status:
    """A version comes into a state, and GetModelStatus shows it with this status."""

    model: str
    version: int
    state: str
    code: str = "OK"
    text: str | None = None
    starts: str = ""
    ends: str = ""

    def __call__(self, play: Play) -> None:
        expected = (ManagerState[self.state], Code[self.code])
        assert play.monitor.wait_for(lambda _: self._known(play) == expected, timeout_seconds=WAIT_SECONDS), play.events
        (shown,) = play.calls.status(model_spec(self.model, self.version))
        assert (shown.state, shown.status.error_code) == expected
        text = shown.status.error_message
        assert self.text is None or text == play.expand(self.text), text
        assert text.startswith(play.expand(self.starts)), text
        assert text.endswith(play.expand(self.ends)), text

    def _known(self, play: Play) -> tuple[ManagerState, Code] | None:
        known = play.monitor.state(ServableId(self.model, self.version))
        return None if known is None else (known.state, known.error.code if known.error else Code.OK)


@dataclass(frozen=True)
class Answers:
    """A model answers a request, and the version that does adds this number."""

    model: str
    number: int
    version: int | None = None
    label: str | None = None

    def __call__(self, play: Play) -> None:
        outputs = play.calls.predict(model_spec(self.model, self.version, self.label), {"x": _ZERO})
        assert outputs["y"].tolist() == [self.number], outputs


@dataclass(frozen=True)
class Refuses:
    """A model refuses a request."""

    model: str
    code: str
    text: str
    version: int | None = None
    label: str | None = None

    def __call__(self, play: Play) -> None:
        spec, calls = model_spec(self.model, self.version, self.label), play.calls
        assert refusal(lambda: calls.predict(spec, {"x": _ZERO})) == (self.code, self.text)


@dataclass(frozen=True)
class Logs:
    """A line with this in it is logged, sooner or later."""

    text: str

    def __call__(self, play: Play) -> None:
        text = play.expand(self.text)
        play.until(lambda: any(text in line for line in play.log), f"{text!r} in the log")


@dataclass(frozen=True)
class Order:
    """These states are published one after the other, as `m/2 AVAILABLE`; others may come in between."""

    events: tuple[str, ...]

    def __call__(self, play: Play) -> None:
        play.until(lambda: self._have_come(play), f"{self.events}")

    def _have_come(self, play: Play) -> bool:
        rest = iter(tuple(play.events))
        return all(event in rest for event in self.events)


@dataclass(frozen=True)
class Count:
    """A state has been published so many times."""

    event: str
    count: int

    def __call__(self, play: Play) -> None:
        assert play.events.count(self.event) == self.count, play.events


@dataclass(frozen=True)
class Sees:
    """Something that only a function can tell is so, sooner or later."""

    is_seen: Callable[[Play], bool] = field()

    def __call__(self, play: Play) -> None:
        play.until(lambda: self.is_seen(play), "what the case describes")


def is_awaited(play: Play) -> None:
    """The base paths have been looked at, and the server still does not listen."""
    assert play.server.core._source.wait_until_polled(timeout_seconds=WAIT_SECONDS)
    play.poll(3)
    assert (play.server.grpc_port, play.server.rest_port, play.outcome) == (None, None, None)


def opened(play: Play) -> None:
    """The start ends well."""
    play.wait_for_start()
    assert play.outcome == "started", play.outcome
