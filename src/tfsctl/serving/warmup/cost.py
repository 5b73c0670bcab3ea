"""Lets a model learn what its runs cost from the requests that warm it up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

import numpy as np

from tfsctl.runtime import CostLearner, Model
from tfsctl.saved_model import SavedModelInfo
from tfsctl.signature import Signature

# For all signatures together: learning is a few more runs of each.
_LEARNING_SECONDS = 0.5


def learning_costs(model: Model) -> Model:
    """`model`, told of the inputs of its first run of each signature if it can learn from them."""
    return _CostLearningModel(model, model) if isinstance(model, CostLearner) else model


class _CostLearningModel:
    """A `tfsctl.runtime.Model` in front of another. For one thread."""

    def __init__(self, model: Model, learner: CostLearner) -> None:
        self._model = model
        self._learner = learner
        self._learnt: set[str] = set()
        self._seconds_left = _LEARNING_SECONDS

    @property
    def info(self) -> SavedModelInfo:
        """What the SavedModel says of itself."""
        return self._model.info

    def run(
        self,
        signature: Signature,
        inputs: Mapping[str, np.ndarray[Any, Any]],
        *,
        output_names: Sequence[str] = (),
        timeout_seconds: float | None = None,
    ) -> dict[str, np.ndarray[Any, Any]]:
        """See `Model.run`."""
        outputs = self._model.run(signature, inputs, output_names=output_names, timeout_seconds=timeout_seconds)
        if signature.name not in self._learnt and self._seconds_left > 0:
            self._learnt.add(signature.name)
            started = perf_counter()
            self._learner.learn_cost(signature, inputs)
            self._seconds_left -= perf_counter() - started
        return outputs

    def has_steady_cost(self, signature_name: str) -> bool:
        """See `Model.has_steady_cost`."""
        return self._model.has_steady_cost(signature_name)

    def close(self) -> None:
        """See `Model.close`."""
        self._model.close()
