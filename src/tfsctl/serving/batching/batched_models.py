"""Which models of a server are batched, with which parameters (tensorflow-serving.md §4.1, §4.4)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tfsctl.runtime import Model
from tfsctl.serving.batching.batching_model import BatchingModel
from tfsctl.serving.batching.observer import BatchingObserver, NullObserver
from tfsctl.serving.batching.parameters import BatchingParameters, check_parameters, check_threads
from tfsctl.serving.batching.parameters_file import read_batching_parameters
from tfsctl.serving.batching.scheduler import BatchScheduler

# In a model's version directory, beside its saved_model.pb.
PARAMETERS_FILE_NAME = "batching_params.pbtxt"
# What TF Serving calls the threads where there is no parameters file.
_DEFAULT_THREAD_POOL_NAME = "model_server_batch_threads"


class BatchedModels:
    """Puts batching in front of models as they are loaded. Thread-safe.

    With `per_model` a model is batched by the file in its version directory, and only if there is one; without, all
    are by `parameters`. The threads are `parameters`' in both cases, and shared by all.
    """

    def __init__(
        self, parameters: BatchingParameters, *, per_model: bool = False, observer: BatchingObserver | None = None
    ) -> None:
        """Raises InvalidArgumentError where there would be no thread."""
        check_threads(parameters)
        self.scheduler = BatchScheduler(parameters.num_batch_threads, parameters.thread_pool_name)
        self._parameters = parameters
        self._per_model = per_model
        self._observer = observer or NullObserver()
        self._observer.queues_made(
            num_waiting_batches=self.scheduler.num_waiting_batches,
            num_running_batches=self.scheduler.num_running_batches,
        )

    def load(self, load_model: Callable[[], Model], path: Path) -> Model:
        """The model of version directory `path`, which `load_model` loads, with batching where that is wanted.

        Raises:
            InvalidArgumentError: the parameters are bad, or their file is; the model has not been loaded then.
            TfsctlError: as `load_model`.
        """
        parameters = self._parameters_for(path)
        if parameters is None:
            return load_model()
        check_parameters(parameters)
        return BatchingModel(load_model(), parameters, self.scheduler, observer=self._observer)

    def close(self) -> None:
        """Run what waits, then end the threads."""
        self.scheduler.close()

    def _parameters_for(self, path: Path) -> BatchingParameters | None:
        if not self._per_model:
            return self._parameters
        file = path / PARAMETERS_FILE_NAME
        return read_batching_parameters(file) if file.exists() else None


def batched_models(
    parameters_file: Path | None,
    *,
    parameters: BatchingParameters | None = None,
    per_model: bool = False,
    observer: BatchingObserver | None = None,
) -> BatchedModels:
    """Batching by the server's parameters file, by `parameters` where there is none, or else by default values.

    Raises what `read_batching_parameters` raises, and InvalidArgumentError for less than one thread.
    """
    if parameters_file is not None:
        parameters = read_batching_parameters(parameters_file)
    if parameters is None:
        parameters = BatchingParameters(thread_pool_name=_DEFAULT_THREAD_POOL_NAME)
    return BatchedModels(parameters, per_model=per_model, observer=observer)
