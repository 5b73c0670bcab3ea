"""One way to run a server: what a search turns, as values and as TensorFlow Serving's flags."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Batching:
    """The batching parameters that a search turns (tensorflow-serving.md §4.1); the others keep their defaults.

    Attributes:
        max_batch_size: The most rows in a request and in a batch.
        batch_timeout_micros: How long the first request of a batch waits for more.
        num_batch_threads: How many batches run at once.
        max_enqueued_batches: How many batches may wait before requests are refused.
        allowed_batch_sizes: Batches are filled up to one of these; empty: any size will do.
        pad_variable_length_inputs: Whether all dimensions but the first are filled up to the largest of the batch.
    """

    max_batch_size: int
    num_batch_threads: int
    max_enqueued_batches: int
    batch_timeout_micros: int = 0
    allowed_batch_sizes: tuple[int, ...] = ()
    pad_variable_length_inputs: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One way to run a server.

    Attributes:
        batching: None: every request runs by itself.
        intra_op_parallelism: Threads within an operation; 0: TensorFlow decides.
        inter_op_parallelism: Threads between operations; likewise.
    """

    batching: Batching | None = None
    intra_op_parallelism: int = 0
    inter_op_parallelism: int = 0

    @property
    def complexity(self) -> int:
        """How much there is to write down: of two settings that are as good the simpler one is better."""
        threads = bool(self.intra_op_parallelism) + bool(self.inter_op_parallelism)
        if self.batching is None:
            return threads
        return 10 + threads + bool(self.batching.allowed_batch_sizes) + bool(self.batching.batch_timeout_micros)

    def flags(self, parameters_file: Path | None) -> dict[str, Any]:
        """TensorFlow Serving's flags that differ from their defaults, by name.

        With batching, `parameters_file` is where the parameters stand (`parameters_text`).
        """
        flags: dict[str, Any] = {}
        if self.batching is not None:
            flags |= {"enable_batching": True, "batching_parameters_file": str(parameters_file)}
        if self.intra_op_parallelism:
            flags["tensorflow_intra_op_parallelism"] = self.intra_op_parallelism
        if self.inter_op_parallelism:
            flags["tensorflow_inter_op_parallelism"] = self.inter_op_parallelism
        return flags

    def __str__(self) -> str:
        threads = [
            _counted(self.intra_op_parallelism, "intra-op thread") if self.intra_op_parallelism else "",
            _counted(self.inter_op_parallelism, "inter-op thread") if self.inter_op_parallelism else "",
        ]
        return ", ".join(filter(None, (_described(self.batching), *threads)))


def _described(batching: Batching | None) -> str:
    if batching is None:
        return "no batching"
    extras = [
        f"waiting {batching.batch_timeout_micros} us" if batching.batch_timeout_micros else "",
        "allowed sizes" if batching.allowed_batch_sizes else "",
        "padded" if batching.pad_variable_length_inputs else "",
    ]
    parts = (f"batches of {batching.max_batch_size}", _counted(batching.num_batch_threads, "batch thread"), *extras)
    return ", ".join(filter(None, parts))


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
