"""Runs a check on as many inputs as a test gets, in rounds.

Hypothesis remembers what it has tried, which a million inputs would make a large heap of: each round has a seed of its
own and starts from nothing.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from fuzz.amounts import SEED, num_inputs
from fuzz.memory import Memory

T = TypeVar("T")

_MAX_ROUND = 2000
_MIN_ROUNDS = 10
_REPORTS: list[str] = []


@dataclass
class Rounds:
    """What one test has done so far."""

    share: str
    num_done: int = 0
    _has_failed: bool = False

    def run(
        self,
        check: Callable[[T], int | None],
        inputs: st.SearchStrategy[T],
        *,
        process: Callable[[], int] = os.getpid,
    ) -> None:
        """Call `check` until the test has had its share of inputs; it returns how many were in one, if not one.

        Between rounds the memory of `process` is looked at, and at the end whether it has grown.
        """
        wanted = num_inputs(self.share)
        started = time.perf_counter()
        memory = Memory(process())
        num_rounds = 0
        while self.num_done < wanted and num_rounds < 10 * (_MIN_ROUNDS + wanted // _MAX_ROUND):
            rest = min(wanted - self.num_done, _MAX_ROUND, wanted // _MIN_ROUNDS + 1)
            self._round(check, inputs, rest, seed=f"{SEED}-{self.share}-{num_rounds}")
            gc.collect()
            memory.sample(process(), self.num_done)
            num_rounds += 1
        seconds = time.perf_counter() - started
        _REPORTS.append(f"{self.share}: {self.num_done} inputs in {seconds:.1f} s, {memory}")
        memory.check()

    def _round(self, check: Callable[[T], int | None], inputs: st.SearchStrategy[T], number: int, *, seed: str) -> None:
        end = self.num_done + number

        @hypothesis.seed(seed)
        @settings(
            max_examples=number,  # Of which few are needed where one makes several inputs.
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        )
        @hypothesis.given(inputs)
        def one(value: Any) -> None:
            if self.num_done < end or self._has_failed:
                self._has_failed, was_well = True, self._has_failed is False
                self.num_done += check(value) or 1
                self._has_failed = not was_well  # From the first failure on it is being shrunk: check all there is.

        one()


def reports() -> list[str]:
    """A line for each test that has run."""
    return _REPORTS
