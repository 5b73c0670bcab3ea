"""TensorFlow Serving's image, or one that honours its contract, run by a Docker engine (docs/guides/docker.md).

A `ContainerPlan` says everything about one container before there is one. `docker_run_line` shows it, `running` starts
it and removes it again, `list_servers`, `logs` and `stop` deal with those that were left running. The Docker SDK takes
a while to import: nothing here does so before an engine is to be asked.
"""

from __future__ import annotations

from tfsctl.container.container_server import ContainerServer
from tfsctl.container.image_reference import OFFICIAL_IMAGE, image_reference
from tfsctl.container.model_layout import ModelLayout, ModelPlace, lay_out, lay_out_config
from tfsctl.container.plan import ContainerPlan, Mount
from tfsctl.container.run_line import docker_run_line
from tfsctl.container.server_list import list_servers, logs, stop

__all__ = [
    "OFFICIAL_IMAGE",
    "ContainerPlan",
    "ContainerServer",
    "ModelLayout",
    "ModelPlace",
    "Mount",
    "docker_run_line",
    "image_reference",
    "lay_out",
    "lay_out_config",
    "list_servers",
    "logs",
    "stop",
]
