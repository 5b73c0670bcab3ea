"""Many callers at once with a real model: everyone gets the answers to its own rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from serving.batching.fake_model import Caller
from tfsctl.runtime import Model, load_model
from tfsctl.serving.batching.batching_model import BatchingModel
from tfsctl.serving.batching.parameters import BatchingParameters
from tfsctl.serving.batching.scheduler import BatchScheduler

NUM_THREADS = 64
NUM_REQUESTS = 10_000
PARAMETERS: dict[str, dict[str, Any]] = {
    "at once": {},
    "waiting and padded": {
        "max_batch_size": 32,
        "batch_timeout_micros": 1000,
        "max_enqueued_batches": 1000,
        "allowed_batch_sizes": (4, 16, 32),
    },
    "split": {
        "max_batch_size": 32,
        "max_execution_batch_size": 8,
        "max_enqueued_batches": 1000,
        "enable_large_batch_splitting": True,
    },
}


@pytest.fixture(params=PARAMETERS)
def model(zoo: Path, request: pytest.FixtureRequest) -> Iterator[BatchingModel]:
    scheduler = BatchScheduler(4, "test-batch")
    inner: Model = load_model(zoo / "half_plus_two/1")
    model = BatchingModel(inner, BatchingParameters(**PARAMETERS[request.param]), scheduler)
    yield model
    model.close()
    scheduler.close()


def test_ten_thousand_requests_get_their_own_answers(model: BatchingModel) -> None:
    """No two requests of all have a number in common; each has up to three rows."""
    signature = model.info.signatures["serving_default"]

    def ask(first: int) -> int:
        num_wrong = 0
        for number in range(first, NUM_REQUESTS, NUM_THREADS):
            x = np.arange(1 + number % 3, dtype=np.float32) + 4 * number
            y = model.run(signature, {"x": x})["y"]
            num_wrong += not np.array_equal(y, 0.5 * x + 2.0)
        return num_wrong

    callers = [Caller(lambda first=first: ask(first)) for first in range(NUM_THREADS)]  # type: ignore[misc]  # As mypy sees defaults of lambdas.
    assert sum(caller.result() for caller in callers) == 0
