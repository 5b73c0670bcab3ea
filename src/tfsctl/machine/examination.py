"""Everything that is looked at."""

from __future__ import annotations

from collections.abc import Callable

from tfsctl.machine.condition import Condition
from tfsctl.machine.docker_engine import docker
from tfsctl.machine.hardware import memory, processors
from tfsctl.machine.network_ports import default_ports
from tfsctl.machine.runtime_probe import RuntimeProbe
from tfsctl.machine.shell_completion import shell_completion
from tfsctl.machine.software import extras, python, tensorflow, tfsctl_itself
from tfsctl.machine.storage import storage


def examine(*, holder_of: Callable[[int], str | None]) -> tuple[Condition, ...]:
    """Look at this machine; takes about as long as TensorFlow's libraries take to open.

    `holder_of` says in a few words who listens on a port, None where nobody may know. Never raises because of what it
    finds.
    """
    with RuntimeProbe() as probe:  # Goes on beside the rest.
        conditions = [
            python(),
            tfsctl_itself(),
            tensorflow(),
            *default_ports(holder_of),
            docker(),
            *storage(),
            memory(),
            processors(),
            shell_completion(),
            *extras(),
        ]
        conditions.insert(3, probe.result())
    return tuple(conditions)
