"""A server's page for Prometheus: fetched, and read as far as sums and counts of histograms go.

TensorFlow Serving's page is not quite what Prometheus's own readers expect (tensorflow-serving.md §7.1): no HELP lines,
braces without labels, line breaks in label values as they are. So it is read here, and what is not understood is passed
over.
"""

from __future__ import annotations

import http.client
import math
import re
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tfsctl.errors import FailedPreconditionError, NotFoundError, UnavailableError

if TYPE_CHECKING:
    from tfsctl.client import ServerAddress

DEFAULT_PATH = "/monitoring/prometheus/metrics"
_TIMEOUT_SECONDS = 5.0
_MAX_BYTES = 64 << 20
_SAMPLE = re.compile(r'^([A-Za-z0-9_:]+)\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\} (\S+)$')
_LABEL = re.compile(r'([A-Za-z0-9_]+)="((?:[^"\\]|\\.)*)"')


class MetricsPage:
    """The samples of a page by name, each with its labels."""

    def __init__(self, text: str) -> None:
        self._samples: dict[str, list[tuple[dict[str, str], float]]] = {}
        for line in text.splitlines():
            match = _SAMPLE.match(line)
            if match is None or match[1].endswith("_bucket"):
                continue
            value = _number(match[3])
            if value is not None:
                self._samples.setdefault(match[1], []).append((dict(_LABEL.findall(match[2])), value))

    def sum(self, name: str, **labels: str) -> float:
        """The samples of this name that have these labels, added up; 0 where there is none."""
        found = self._samples.get(name, ())
        return math.fsum(value for own, value in found if labels.items() <= own.items())

    def has(self, name: str) -> bool:
        """Whether there is any sample of this name."""
        return name in self._samples


def fetch_page(address: ServerAddress, path: str) -> MetricsPage:
    """The page at `path` of a server's REST port.

    Raises:
        NotFoundError: the server answers, but not with such a page.
        FailedPreconditionError: that is no HTTP.
        UnavailableError: it does not answer.
    """
    connection = _Connection(address)
    try:
        connection.request("GET", urlsplit(address.http_url).path + path)
        reply = connection.getresponse()
        body = reply.read(_MAX_BYTES)
    except http.client.HTTPException as error:
        raise FailedPreconditionError(f"{address.target} does not speak HTTP.") from error
    except OSError as error:
        raise UnavailableError(f"{address.target} does not answer: {error.strerror or error}.") from error
    finally:
        connection.close()
    if reply.status != http.client.OK or not body.startswith(b"# TYPE"):
        raise NotFoundError(f"{address.url}{path} is no page of metrics (HTTP status {reply.status}).")
    return MetricsPage(body.decode("utf-8", "replace"))


class _Connection(http.client.HTTPConnection):
    """HTTP to whatever an address means: TCP or a UNIX socket, plain or TLS."""

    def __init__(self, address: ServerAddress) -> None:
        super().__init__(address.host, address.port, timeout=_TIMEOUT_SECONDS)
        self._address = address

    def connect(self) -> None:
        from tfsctl.client.sockets import open_socket, open_tls

        opened: socket.socket
        if self._address.secure:
            opened = open_tls(self._address, self._address.tls.context(), timeout_seconds=_TIMEOUT_SECONDS)
        else:
            opened = open_socket(self._address, timeout_seconds=_TIMEOUT_SECONDS)
        self.sock = opened


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
