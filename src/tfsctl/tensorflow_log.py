"""Keeps TensorFlow's own log lines off stderr, unless TF_CPP_MIN_LOG_LEVEL asks for them.

TensorFlow's newer libraries say a few things while they are being loaded, before any level is looked at, and do not
look at the variable at all. So what they write in that moment is held back, and the level is set by hand afterwards.
"""

from __future__ import annotations

import ctypes
import os
import platform
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STDERR = 2
_SILENT = 3
# Severities as the first letter of a log line, by TF_CPP_MIN_LOG_LEVEL's numbers.
_SEVERITIES = b"IWE"

# The process has one stderr: two threads that put it aside would not find it again.
_stderr_lock = threading.RLock()


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
        os.fstat(_STDERR)
    except OSError:  # a process without stderr
        yield
        return
    with _stderr_lock, tempfile.TemporaryFile() as held:
        stderr = os.dup(_STDERR)
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
    # As Abseil writes them (`I0000 00:00:1712345678.9 …`), as TensorFlow did before (`2024-04-05 06:07:08.9: I …`), and
    # as LiteRT does (`INFO: Created …`).
    log_line = re.compile(
        rb"WARNING: All log messages before absl::|INFO: |[%s]\d{4} [\d:.]+ |\d{4}-[\d :.-]+: [%s] "
        % (unwanted, unwanted)
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


def set_log_level(framework: Path) -> None:
    """Make TensorFlow's library `framework`, which is loaded already, keep to the level; nothing if it cannot be told.

    The function that does it is C++ of the Abseil library. Its name carries a date, which the headers in TensorFlow's
    wheel tell.
    """
    try:
        header = (framework.parent / "include/absl/base/options.h").read_text()
    except OSError:
        return
    found = re.search(r"^#define ABSL_OPTION_INLINE_NAMESPACE_NAME (\w+)", header, re.MULTILINE)
    if found is None:
        return
    namespace = f"{len(found[1])}{found[1]}"
    library = ctypes.CDLL(str(framework), mode=os.RTLD_LAZY | os.RTLD_LOCAL)
    setter = getattr(library, f"_ZN4absl{namespace}14SetMinLogLevelENS0_18LogSeverityAtLeastE", None)
    if setter is not None:
        setter(min_log_level())
