"""Where the mean latency went, from the server's own metrics: network and this side, server, model, queue.

    metrics = ServerMetrics(client.address, model="mnist", path=plan.metrics)
    before = metrics.snapshot()
    …                                                       # the level, warm-up over
    split = metrics.split(before, metrics.snapshot(), mean_ms=3.1, num_answers=1000)
    metrics.reason                                          # why there is none, for --verbose

What is read are the sums and counts of TensorFlow Serving's histograms (tensorflow-serving.md §7.2), before and after.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tfsctl.bench.level_result import TimeSplit
from tfsctl.bench.server_times.metrics_page import DEFAULT_PATH, MetricsPage, fetch_page
from tfsctl.errors import TfsctlError

if TYPE_CHECKING:
    from tfsctl.client import ServerAddress

_TF = ":tensorflow:serving:"
_REQUEST = _TF + "request_latency"
_RUN = _TF + "runtime_latency"
_QUEUE = _TF + "batching_session:queuing_latency"
# The same sum as that of request_latency, but with all digits: tfsctl's own server has it.
_EXACT = ":tfsctl:serving:request_latency_micros_total"
_GRPC_TO_REST_PORT = {8500: 8501}
_OFF = "start the server with --monitoring-config-file to have one"
# So many requests may be told apart wrongly: a warm-up's last answer, somebody's health check.
_SLACK = 0.02
_MICROS = 1000.0
# A histogram's sum is printed with six significant digits (tensorflow-serving.md §7.1): half a unit of the last.
_ROUNDING = 5e-6
_MAX_ERROR = 0.05


@dataclass(frozen=True, slots=True)
class Sums:
    """Microseconds and requests that a server has counted since it started.

    Attributes:
        request, num_requests: From reading a request to its answer, of the model and protocol that are measured.
        run, num_runs: The model's runs, whatever the protocol, waiting for a batch included.
        queue: Waiting for a batch, of all models.
        rounding: By how much `request` may be off.
        run_rounding, queue_rounding: The same of those.
    """

    request: float
    num_requests: float
    run: float
    num_runs: float
    queue: float
    rounding: float
    run_rounding: float
    queue_rounding: float


class ServerMetrics:
    """The metrics of the server that is measured, as far as it shows any. Not thread-safe.

    `reason` says why there is no split; empty while nothing stands against one.
    """

    def __init__(self, address: ServerAddress, *, model: str, path: str | None = None) -> None:
        """`path` is of the page on the REST port, or the whole URL of a page elsewhere; None is the usual one."""
        self.reason = ""
        self._model = model
        self._protocol = address.protocol or "rest"
        self._address, self._path = self._place(address, path)

    def snapshot(self) -> Sums | None:
        """What the server has counted so far; None, with `reason`, where it does not tell. Takes five seconds at most.

        Raises nothing: a measurement does not fail for want of metrics.
        """
        if self._address is None:
            return None
        try:
            page = fetch_page(self._address, self._path)
        except TfsctlError as error:
            self.reason = f"{error.message} ({_OFF})"
            self._address = None  # It will not come while we measure; do not wait for it at each level.
            return None
        return _sums(page, model=self._model, protocol=self._protocol)

    def split(
        self, before: Sums | None, after: Sums | None, *, mean_ms: float | None, num_answers: int
    ) -> TimeSplit | None:
        """Where the mean latency of the answers between two snapshots went.

        Args:
            before: What `snapshot` gave before the level.
            after: And after it.
            mean_ms: The mean latency that this side measured. In an open loop a request's time includes that before it
                was sent, which counts as this side's.
            num_answers: How many answers this side had.

        Returns None, with `reason`, where the metrics do not tell: off, other clients' requests among ours, or sums
        that are too large to show the difference.
        """
        if before is None or after is None or mean_ms is None:
            self.reason = self.reason or "no call was answered"
            return None
        self.reason = _objection(before, after, num_answers)
        if self.reason:
            return None
        server = _mean_ms(after.request - before.request, after.num_requests - before.num_requests)
        run, queue = _inside(before, after)
        return TimeSplit(total=mean_ms, server=server, run=run, queue=queue)

    def _place(self, address: ServerAddress, path: str | None) -> tuple[ServerAddress | None, str]:
        from tfsctl.client import parse_server

        if path is not None and "://" in path:
            base, page = _cut_url(path)
            return parse_server(base).with_tls(address.tls), page
        if address.protocol != "grpc":
            return address, path or DEFAULT_PATH
        port = _GRPC_TO_REST_PORT.get(address.port or 0)
        if port is None:
            self.reason = "over gRPC it is not known where the server's metrics are: name their URL with --metrics"
            return None, ""
        return replace(address, protocol="rest", port=port), path or DEFAULT_PATH


def _cut_url(url: str) -> tuple[str, str]:
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}", slash + path or DEFAULT_PATH


def _sums(page: MetricsPage, *, model: str, protocol: str) -> Sums:
    api, entrypoint = ("Predict", "GRPC") if protocol == "grpc" else ("predict", "REST")
    labels = {"model_name": model, "API": api, "entrypoint": entrypoint}
    request = page.sum(_REQUEST + "_sum", **labels)
    exact = page.sum(_EXACT, **labels) if page.has(_EXACT) else None
    run, queue = page.sum(_RUN + "_sum", model_name=model), page.sum(_QUEUE + "_sum")
    return Sums(
        request=request if exact is None else exact,
        num_requests=page.sum(_REQUEST + "_count", **labels),
        run=run,
        num_runs=page.sum(_RUN + "_count", model_name=model),
        queue=queue,
        rounding=request * _ROUNDING if exact is None else 0.0,
        run_rounding=run * _ROUNDING,
        queue_rounding=queue * _ROUNDING,
    )


def _objection(before: Sums, after: Sums, num_answers: int) -> str:
    counted = after.num_requests - before.num_requests
    if counted <= 0:
        return "the server's metrics counted none of the requests: it may be another server's page"
    if abs(counted - num_answers) > max(1, _SLACK * num_answers):
        return f"the server counted {counted:.0f} requests and this side {num_answers} answers: others ask it too"
    if before.rounding + after.rounding > _MAX_ERROR * (after.request - before.request):
        return "the server has counted so much that the sums it prints with six digits do not show the difference"
    return ""


def _inside(before: Sums, after: Sums) -> tuple[float | None, float | None]:
    """The model's part and the queue's; None where the metrics do not tell."""
    runs, run = after.num_runs - before.num_runs, after.run - before.run
    if runs <= 0 or before.run_rounding + after.run_rounding > _MAX_ERROR * run:
        return None, None
    queue = after.queue - before.queue
    if queue <= 0 or before.queue_rounding + after.queue_rounding > _MAX_ERROR * queue or queue > run:
        return _mean_ms(run, runs), None
    return _mean_ms(run - queue, runs), _mean_ms(queue, runs)


def _mean_ms(micros: float, count: float) -> float:
    return micros / count / _MICROS
