"""What is done to levels of grey and colour when they are sent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Levels:
    """Levels from 0 to 255 as a model wants them, computed as `tfsctl predict` does.

    Attributes:
        invert: Black becomes white.
        normalize: 0 to 255 become 0.0 to 1.0, in float32.
    """

    invert: bool = False
    normalize: bool = False

    def apply(self, levels: np.ndarray) -> np.ndarray:
        """The levels to send."""
        if self.invert:
            levels = 255 - levels
        if self.normalize:
            levels = levels.astype(np.float32) * np.float32(1.0 / 255.0)
        return levels
