"""What a version on this machine consists of, so that a change can be seen without reading anything."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class LocalFile:
    """One file. Two are equal if, as far as the system tells, nobody has written to it or changed its rights.

    Attributes:
        path: Where it is.
        size: In bytes.
        times: When its content and when its rights were changed, in nanoseconds.
    """

    path: str
    size: int
    times: tuple[int, int]


def local_files(path: Path) -> tuple[LocalFile, ...]:
    """The files of the version at `path`, sorted; symbolic links are followed. One call to the system for each.

    Raises OSError where that cannot be known, or something goes away meanwhile.
    """
    files: list[LocalFile] = []
    seen: set[tuple[int, int]] = set()  # Directories: a link may lead back to one.
    waiting = [str(path)]
    while waiting:
        place = waiting.pop()
        about = os.stat(place)
        if not stat.S_ISDIR(about.st_mode):
            files.append(LocalFile(place, about.st_size, (about.st_mtime_ns, about.st_ctime_ns)))
        elif (about.st_dev, about.st_ino) not in seen:
            seen.add((about.st_dev, about.st_ino))
            waiting += [os.path.join(place, name) for name in os.listdir(place)]
    return tuple(sorted(files))
