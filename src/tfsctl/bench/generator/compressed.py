"""A workload with compressed requests."""

from __future__ import annotations

import gzip
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfsctl.bench.truth import Picture, Verdict
    from tfsctl.bench.workload import Workload
    from tfsctl.model_spec import ModelSpec

_MAX_KEPT = 10_000
_LEVEL = 6  # What zlib's users have unless they choose.


class CompressedWorkload:
    """Another workload whose requests go through gzip; each is compressed once, as far as they are kept."""

    def __init__(self, workload: Workload) -> None:
        self._workload = workload
        self.spec: ModelSpec = workload.spec
        self.checks_answers = workload.checks_answers
        self.class_names = workload.class_names
        self.num_requests = workload.num_requests
        self.description = workload.description
        self._compressed = lru_cache(maxsize=_MAX_KEPT)(self._compress)

    def request(self, number: int) -> bytes:
        """See `Workload.request`."""
        return self._compressed(number % self.num_requests)

    def judge(self, number: int, reply: bytes) -> Verdict:
        """See `Workload.judge`."""
        return self._workload.judge(number, reply)

    def picture(self, number: int, row: int = 0) -> Picture | None:
        """See `Workload.picture`."""
        return self._workload.picture(number, row)

    def _compress(self, number: int) -> bytes:
        return gzip.compress(self._workload.request(number), _LEVEL, mtime=0)
