"""A log directory as TensorBoard's profile plugin reads it."""

from __future__ import annotations

import time
from pathlib import Path

from tfsctl.disk import replacing
from tfsctl.profile.report import ProfileReport


def write_logdir(report: ProfileReport, logdir: Path) -> Path:
    """Write LOGDIR/plugins/profile/RUN/HOST.xplane.pb and return its path. RUN is the time, to the second.

    Raises what `tfsctl.disk.replacing` raises.
    """
    host = (report.host_name or report.server).replace(":", "_").replace("/", "_")
    runs = logdir / "plugins" / "profile"
    path = runs / time.strftime("%Y_%m_%d_%H_%M_%S") / f"{host}.xplane.pb"
    with replacing(path) as temporary:
        temporary.write_bytes(report.trace)
    return path
