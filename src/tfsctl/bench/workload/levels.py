"""What is done to levels of grey and colour when they are sent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tfsctl.client.pictures import changed_levels


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
        return changed_levels(levels, invert=self.invert, normalize=self.normalize)
