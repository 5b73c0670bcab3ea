"""What a verification found: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(kw_only=True, slots=True)
class OutputReport:
    """One output over one protocol, all requests together.

    Attributes:
        signature, protocol, output: Which one.
        dtype: The SavedModel's type, as TensorFlow calls it.
        shape: Its shape, None where requests gave several.
        num_compared: How many answers were compared.
        num_values: How many values these had.
        num_different: How many were not the same.
        largest_difference: The largest absolute difference, None where values cannot be subtracted.
        largest_ulps: The same in floating-point numbers between, None for what is no float.
        is_agreed: Whether all of it is within the tolerance.
    """

    signature: str
    protocol: str
    output: str
    dtype: str
    shape: tuple[int, ...] | None
    num_compared: int = 0
    num_values: int = 0
    num_different: int = 0
    largest_difference: float | None = None
    largest_ulps: int | None = None
    is_agreed: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Disagreement:
    """One answer that is not the SavedModel's: over which protocol, to what, and why. `output` is empty for all."""

    protocol: str
    case: str
    signature: str
    output: str
    problem: str


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifyReport:
    """What was found.

    Attributes:
        outputs: For each signature, protocol and output.
        disagreements: Every answer that differs beyond the tolerance, in the order of the requests.
        num_cases: How many requests were sent over each protocol.
        num_refused: How many of them the SavedModel refuses; the server has to refuse them too.
        skipped: By protocol, why it could not carry some of them.
        is_repeatable: False where the SavedModel itself gave two answers to a request on which there is disagreement.
    """

    outputs: tuple[OutputReport, ...]
    disagreements: tuple[Disagreement, ...]
    num_cases: int
    num_refused: int
    skipped: Mapping[str, str]
    is_repeatable: bool

    @property
    def is_agreed(self) -> bool:
        """Whether the server answered as the SavedModel does, to everything that could be compared."""
        return not self.disagreements
