"""What classify and regress find out, as arrays (tensorflow-serving.md §6.3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Classifications:
    """For each example the classes that it may belong to.

    Both arrays have the shape [examples, classes]; at least one of them is there.

    Attributes:
        classes: The labels, an object array of bytes; None where the model gives none: every label is empty then.
        scores: float32; None where the model gives none: every score is 0 then.
    """

    classes: np.ndarray | None
    scores: np.ndarray | None


@dataclass(frozen=True, slots=True, eq=False)
class Regressions:
    """One number for each example: float32 of the shape [examples]."""

    values: np.ndarray
