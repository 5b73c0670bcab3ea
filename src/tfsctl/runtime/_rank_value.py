"""What is known of a tensor before a run: how many dimensions it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RankValue:
    """What is known of one tensor.

    Attributes:
        rank: How many dimensions it has; None: not known.
        length: How many elements, where it is a vector and that is known: it may be somebody's shape.
        source: The position among the inputs of the one that has the same shape, if any has.
    """

    rank: int | None = None
    length: int | None = None
    source: int | None = None

    def reshaped(self, change: int) -> RankValue:
        """One with so many dimensions more, or fewer."""
        if self.rank is None or self.rank + change < 0:
            return UNKNOWN
        return RankValue(self.rank + change)


UNKNOWN = RankValue()


def of_shape(shape: Any) -> RankValue:
    """What a TensorShapeProto says."""
    if shape.unknown_rank:
        return UNKNOWN
    sizes = [dim.size for dim in shape.dim]
    return RankValue(len(sizes), sizes[0] if len(sizes) == 1 and sizes[0] >= 0 else None)
