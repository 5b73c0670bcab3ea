"""Whether a process takes more and more memory while it gets inputs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import psutil

# Caches and allocators' pools fill up at first: what comes before this part of a test does not count.
WARM_UP = 0.4
# After that: what allocators need to be left alone with, and for each input less than the smallest object.
MAX_GROWTH_BYTES = 24 * 2**20
MAX_GROWTH_BYTES_FOR_EACH = 16


@dataclass
class Memory:
    """Resident memory of a process after so and so many inputs of one test. A process that is restarted starts anew."""

    pid: int
    samples: list[tuple[int, int]] = field(default_factory=list)

    def sample(self, pid: int, num_inputs: int) -> None:
        """Note what process `pid` takes now."""
        if pid != self.pid:
            self.pid, self.samples = pid, []
        self.samples.append((num_inputs, psutil.Process(pid).memory_info().rss))

    def _kept(self) -> list[tuple[int, int]]:
        start = WARM_UP * self.samples[-1][0]
        return [sample for sample in self.samples if sample[0] >= start]

    @property
    def growth(self) -> int:
        """Bytes gained since the warm-up."""
        kept = self._kept()
        return kept[-1][1] - kept[0][1]

    @property
    def slope(self) -> float:
        """Bytes for each input since then, by least squares."""
        numbers, sizes = np.array(self._kept(), np.float64).T
        return float(np.polyfit(numbers, sizes, 1)[0]) if len(set(numbers)) > 1 else 0.0

    def __str__(self) -> str:
        size = self.samples[-1][1] / 2**20
        return f"{size:.0f} MiB, {self.growth / 2**20:+.1f} MiB since warm, {self.slope:+.0f} bytes for each input"

    def check(self) -> None:
        """Fail if it has grown."""
        if self.samples:
            limit = MAX_GROWTH_BYTES + MAX_GROWTH_BYTES_FOR_EACH * self.samples[-1][0]
            assert self.growth < limit, f"{self.growth} bytes more, {self.slope:.0f} for each input: {self.samples}"
