"""Steps of a ServerCase that look at the page for Prometheus."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from conformance.play import Play
from serving.http_calls import RawConnection, get

_PATH = "/monitoring/prometheus/metrics"


def page(play: Play) -> str:
    """The page as it is now."""
    with RawConnection(play.rest_port) as connection:
        answer = connection.ask(get(_PATH))
    assert answer.status == 200, answer
    return answer.body.decode()


@dataclass(frozen=True)
class Samples:
    """A metric has these samples and no others, by their labels as they are printed."""

    metric: str
    samples: Mapping[str, int | str]

    def __call__(self, play: Play) -> None:
        expected = {play.expand(labels): str(value) for labels, value in self.samples.items()}
        play.until(lambda: self._shown(play) == expected, f"{expected}, not {self._shown(play)}")

    def _shown(self, play: Play) -> dict[str, str]:
        lines = re.findall(rf"^{re.escape(self.metric)}\{{(.*)\}} (.*)$", page(play), re.MULTILINE)
        return dict(lines)


@dataclass(frozen=True)
class Lines:
    """These lines stand on the page, one behind the other."""

    lines: tuple[str, ...]

    def __call__(self, play: Play) -> None:
        text = "".join(f"\n{play.expand(line)}" for line in self.lines) + "\n"
        play.until(lambda: text in "\n" + page(play), text)


@dataclass(frozen=True)
class NoLines:
    """No line on the page begins like this."""

    start: str

    def __call__(self, play: Play) -> None:
        assert [line for line in page(play).splitlines() if line.startswith(self.start)] == []


@dataclass(frozen=True)
class Limits:
    """All limits of a histogram's cell, as they are printed, but for the last, which is +Inf."""

    metric: str
    labels: str
    limits: Iterable[str]

    def __call__(self, play: Play) -> None:
        assert list(_buckets(play, self.metric, play.expand(self.labels))) == [*self.limits, "+Inf"]


def _buckets(play: Play, metric: str, labels: str) -> dict[str, int]:
    start = re.escape(f"{metric}_bucket{{{labels},le=" if labels else f"{metric}_bucket{{le=")
    return {limit: int(count) for limit, count in re.findall(rf'^{start}"(.*)"\}} (\d+)$', page(play), re.MULTILINE)}
