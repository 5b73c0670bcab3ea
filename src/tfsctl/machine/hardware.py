"""Memory and processors, as far as this process may use them."""

from __future__ import annotations

import os

import psutil

from tfsctl.machine.condition import Condition, State
from tfsctl.machine.control_group import ControlGroup, own_control_group

_LOW_BYTES = 1_000_000_000
_GB = 1e9


def memory(group: ControlGroup | None = None) -> Condition:
    """How much there is, and how much of it is free."""
    limits = group or own_control_group()
    system = psutil.virtual_memory()
    total, available = system.total, system.available
    note = ""
    if limits.memory_bytes is not None and limits.memory_bytes < total:
        total = limits.memory_bytes
        available = min(available, max(0, total - limits.used_bytes))
        note = " (the limit of this control group)"
    found = f"{available / _GB:.1f} of {total / _GB:.1f} GB free{note}"
    if available < _LOW_BYTES:
        remedy = (
            "TensorFlow alone takes some 0.3 GB, a model what its variables take: end something, or raise the limit."
        )
        return Condition("memory", "Memory", State.WARNING, found, remedy)
    return Condition("memory", "Memory", State.OK, found)


def processors(group: ControlGroup | None = None) -> Condition:
    """How many processors there are for this process."""
    limits = group or own_control_group()
    there = os.cpu_count() or 1
    usable = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else there)
    if limits.cpus is None or limits.cpus >= usable:
        found = f"{usable:g} of {there}" if usable < there else f"{there}"
        return Condition("processors", "Processors", State.OK, found)
    found = f"{limits.cpus:g} of {there} (the limit of this control group)"
    threads = max(1, round(limits.cpus))
    remedy = f"TensorFlow sees all of them: --tensorflow-session-parallelism={threads} keeps it from being throttled."
    return Condition("processors", "Processors", State.NOTE, found, remedy)
