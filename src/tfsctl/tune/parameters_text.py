"""BatchingParameters as TensorFlow Serving's text protos: the server's file, and the one for a single model."""

from __future__ import annotations

from collections.abc import Iterator

from tfsctl.tune.setting import Batching

# What TF Serving calls them: the first is anybody's choice, the second is looked for (tensorflow-serving.md §4.4).
SERVER_FILE_NAME = "batching_parameters.txt"
MODEL_FILE_NAME = "batching_params.pbtxt"


def parameters_text(batching: Batching) -> str:
    """The file for `--batching_parameters_file` (tensorflow-serving.md §4.1)."""
    return _text(batching, for_model=False)


def model_parameters_text(batching: Batching) -> str:
    """The file for a version's directory, used with `--enable_per_model_batching_parameters`.

    Threads are the server's, not a model's: they are left out (tensorflow-serving.md §4.4).
    """
    return _text(batching, for_model=True)


def _text(batching: Batching, *, for_model: bool) -> str:
    return "".join(f"{line}\n" for line in _lines(batching, for_model=for_model))


def _lines(batching: Batching, *, for_model: bool) -> Iterator[str]:
    yield f"max_batch_size {{ value: {batching.max_batch_size} }}"
    yield f"batch_timeout_micros {{ value: {batching.batch_timeout_micros} }}"
    yield f"max_enqueued_batches {{ value: {batching.max_enqueued_batches} }}"
    if not for_model:
        yield f"num_batch_threads {{ value: {batching.num_batch_threads} }}"
    yield from (f"allowed_batch_sizes: {size}" for size in batching.allowed_batch_sizes)
    if batching.pad_variable_length_inputs:
        yield "pad_variable_length_inputs: true"
