"""`--report`: where the page of `tfsctl bench` is written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tfsctl.errors import PermissionDeniedError, UsageError

if TYPE_CHECKING:
    from tfsctl.cli._frame.console import Console


def check_page_path(path: Path) -> None:
    """Before anything is measured, see that a file can be written there; missing directories are made later.

    Raises:
        UsageError: it is a directory, or `-`, or a file stands where a directory should.
        PermissionDeniedError: the directory does not take files.
    """
    if str(path) == "-":
        raise UsageError("--report writes a file, not stdout.", hint="Name it: --report bench.html.")
    if path.is_dir():
        raise UsageError(f"--report {path} is a directory.", hint=f"Name a file: --report {path / 'bench.html'}.")
    parent = next(parent for parent in path.absolute().parents if parent.exists())
    if not parent.is_dir():
        raise UsageError(f"{parent} is a file, and --report {path} wants a directory there.")
    if not os.access(parent, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        raise PermissionDeniedError(f"{parent} takes no files from you.", hint="Choose another place for --report.")


def write_page(console: Console, path: Path, page: str) -> None:
    """Write a page and say so. A file that is there is replaced.

    Raises TfsctlError where the disk does not take it; nothing is left behind then.
    """
    from tfsctl.disk import replacing

    with replacing(path) as temporary:
        temporary.write_text(page, encoding="utf-8")
    console.say(f"Wrote {path}")
