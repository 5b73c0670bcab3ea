"""Keeps TensorFlow's own log lines off stderr, unless TF_CPP_MIN_LOG_LEVEL asks for them.

TensorFlow's newer libraries say a few things while they are being loaded, before any level is looked at, and do not
look at the variable at all. So what they write in that moment is held back, and the level is set by hand afterwards.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STDERR = 2
_SILENT = 3
# Severities as the first letter of a log line, by TF_CPP_MIN_LOG_LEVEL's numbers.
_SEVERITIES = b"IWE"


def min_log_level() -> int:
    """The lowest severity to show: 0 info, 1 warnings, 2 errors, 3 (unless the user says otherwise) what is fatal.

    Written to the environment too, for TensorFlow to read.
    """
    text = os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", str(_SILENT))
    return int(text) if text.isdecimal() else 0


@contextmanager
def loading_quietly() -> Iterator[None]:
    """Hold back what is written to stderr, then pass it on without TensorFlow's log lines below the level."""
    level = min_log_level()
    if level == 0 or not _can_be_loaded():
        yield
        return
    try:
        stderr = os.dup(_STDERR)
    except OSError:  # a process without stderr
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), _STDERR)
        try:
            yield
        finally:
            os.dup2(stderr, _STDERR)
            os.close(stderr)
            held.seek(0)
            _pass_on(held.read(), level)


def _pass_on(text: bytes, level: int) -> None:
    unwanted = _SEVERITIES[: min(level, len(_SEVERITIES))]
    # As Abseil writes them (`I0000 00:00:1712345678.9 …`) and as TensorFlow did before (`2024-04-05 06:07:08.9: I …`).
    log_line = re.compile(
        rb"WARNING: All log messages before absl::|[%s]\d{4} [\d:.]+ |\d{4}-[\d :.-]+: [%s] " % (unwanted, unwanted)
    )
    kept = [line for line in text.splitlines(keepends=True) if not log_line.match(line)]
    if kept:
        os.write(_STDERR, b"".join(kept))


def _can_be_loaded() -> bool:
    """Whether the processor has what TensorFlow is built for. Where it has not, its last words must be seen."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return True
    try:
        with Path("/proc/cpuinfo").open() as lines:
            flags = next((line for line in lines if line.startswith("flags")), "")
    except OSError:
        return True
    return not flags or " avx " in flags


def level_setter_name(package: Path) -> bytes | None:
    """The linker's name of the function in TensorFlow's library that sets the level; None if it has none.

    It is C++ of the Abseil library, whose namespace carries a date; the headers in TensorFlow's wheel tell it.
    """
    try:
        header = (package / "include/absl/base/options.h").read_text()
    except OSError:
        return None
    found = re.search(r"^#define ABSL_OPTION_INLINE_NAMESPACE_NAME (\w+)", header, re.MULTILINE)
    if found is None:
        return None
    namespace = f"{len(found[1])}{found[1]}"
    return f"_ZN4absl{namespace}14SetMinLogLevelENS0_18LogSeverityAtLeastE".encode()
