"""HandleReloadConfigRequest: another list of models for a running server (tensorflow-serving.md §2.6, §3.6)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from tfsctl.errors import InvalidArgumentError, TfsctlError
from tfsctl.protos import ReloadConfigResponse
from tfsctl.serving.metrics.cells import Distribution
from tfsctl.serving.metrics.families import Family
from tfsctl.serving.metrics.server_metrics import Metrics
from tfsctl.serving.models.model_config_file import models_in_list
from tfsctl.serving.server_core import ServerCore

_LOGGER = logging.getLogger("tfsctl.serving")


def reload_config(request: Any, core: ServerCore, *, metrics: Metrics, timeout_seconds: float | None) -> Any:
    """ReloadConfigRequest to ReloadConfigResponse: returns when the new models are available.

    The status in the answer is always OK: gRPC drops the body of an answer that is an error. Raises what
    `ServerCore.reload` raises, and InvalidArgumentError for anything but a list of models.
    """
    before = _first_cells(request.metric_names, metrics.families())
    try:
        if request.config.WhichOneof("config") != "model_config_list":
            raise InvalidArgumentError(
                "ServerModelConfig type not supported by HandleReloadConfigRequest."
                " Only ModelConfigList is currently supported"
            )
        core.reload(models_in_list(request.config.model_config_list.config), timeout_seconds=timeout_seconds)
    except TfsctlError as error:
        _LOGGER.error("ReloadConfig failed: %s", error)  # noqa: TRY400 (the caller's mistake: no traceback)
        raise
    response = ReloadConfigResponse()
    response.status.SetInParent()
    for name, value in _first_cells(request.metric_names, metrics.families()).items():
        response.metric.add(name=name, int64_value_increase=value - before[name])
    return response


def _first_cells(names: list[str], families: Mapping[str, Family]) -> dict[str, int]:
    """The number in the first cell of each metric, in the order of label values; 0 where there is none."""
    return {name: _first_cell(families.get(name)) for name in names}


def _first_cell(family: Family | None) -> int:
    if family is None:
        return 0
    first = min(family.values(), key=lambda cell: cell[0], default=None)
    return 0 if first is None or isinstance(first[1], Distribution) else int(first[1])
