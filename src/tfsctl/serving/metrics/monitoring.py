"""The page for Prometheus: whether there is one, where, and what it answers (tensorflow-serving.md §1.11, §7)."""

from __future__ import annotations

from pathlib import Path

from tfsctl.serving.http.reply import RestReply
from tfsctl.serving.metrics.exposition import exposition
from tfsctl.serving.metrics.server_metrics import Metrics

DEFAULT_PATH = "/monitoring/prometheus/metrics"
_CONTENT_TYPE = "text/plain"


def read_monitoring_path(config_file: Path | None) -> str | None:
    """The path that a MonitoringConfig file enables; None where it does not, or there is no file.

    Raises what `tfsctl.serving.text_proto.read_text_proto` raises.
    """
    if config_file is None:
        return None
    from tfsctl.serving.config_protos import MonitoringConfigProto
    from tfsctl.serving.text_proto import read_text_proto

    config = read_text_proto(config_file, MonitoringConfigProto).prometheus_config
    return (config.path or DEFAULT_PATH) if config.enable else None


class MonitoringPage:
    """Answers requests for the path at which `metrics` are shown, whatever their method. Thread-safe."""

    def __init__(self, metrics: Metrics, path: str = DEFAULT_PATH) -> None:
        self.path = path
        self._metrics = metrics

    def answer(self, target: str) -> RestReply:
        """The page; 400 where `target`, which has this path, has a query too."""
        if target != self.path:
            text = f"Unexpected path: {target}. Should be {self.path}"
            return RestReply(400, text.encode(), content_type=_CONTENT_TYPE)
        return RestReply(200, exposition(self._metrics.families().values()), content_type=_CONTENT_TYPE)
