"""A servable that notes when its model runs, for as long as requests are timed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

import numpy as np

from tfsctl.core import ServableHandle
from tfsctl.runtime import Model
from tfsctl.saved_model import SavedModelInfo
from tfsctl.serving.batching.batching_model import BatchingModel
from tfsctl.serving.batching.task import Task
from tfsctl.serving.models.servable import Servable
from tfsctl.serving.profiler.request_times import RequestTimes
from tfsctl.signature import Signature


class TimedHandle(ServableHandle[Servable]):
    """Holds the handle itself too, which keeps the version loaded."""

    __slots__ = ("_original",)

    def __init__(self, original: ServableHandle[Servable], times: RequestTimes) -> None:
        servable = original.servable
        super().__init__(original.id, Servable(servable.id, _TimedModel(servable.model, times)))
        self._original = original
        times.model, times.version = original.id.name, original.id.version


class _TimedModel:
    """A `Model` for one request."""

    def __init__(self, model: Model, times: RequestTimes) -> None:
        self._model = model
        self._times = times

    @property
    def info(self) -> SavedModelInfo:
        """See `Model.info`."""
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
        times, model = self._times, self._model
        # Put together from several, its name has zero bytes in it.
        times.signature = signature.name.partition("\0")[0]
        times.run_started = monotonic()
        try:
            if isinstance(model, BatchingModel):
                return model.run(
                    signature,
                    inputs,
                    output_names=output_names,
                    timeout_seconds=timeout_seconds,
                    when_answered=self._note_batch,
                )
            return model.run(signature, inputs, output_names=output_names, timeout_seconds=timeout_seconds)
        finally:
            times.run_ended = monotonic()

    def has_steady_cost(self, signature_name: str) -> bool:
        """See `Model.has_steady_cost`."""
        return self._model.has_steady_cost(signature_name)

    def close(self) -> None:
        """Nothing: the model is not this one's."""

    def _note_batch(self, pieces: Sequence[Task]) -> None:
        """A request that was cut into pieces has waited until the first of them ran."""
        self._times.batch_queued = pieces[0].enqueued_at
        self._times.batch_started = min(piece.dequeued_at for piece in pieces)
