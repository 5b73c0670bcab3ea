"""§8: flags, as far as a client sees what they do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from conformance.case import ScenarioCase
from conformance.servers import Home
from conformance.stage import Stage
from serving.grpc_calls import tensor


def _queue(stage: Stage) -> None:
    calls = stage.grpc(stage.serve(Home(stage.zoo, stage.directory).config(("slow",), grpc_max_threads=1)))
    seconds = tensor(np.array(0.02))
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: calls.predict("slow", {"seconds": seconds}), range(8)))
    assert all(answer["steps"] > 0 for answer in answers)


CASES = (
    ScenarioCase(section="8", what="calls beyond the limit of threads are queued", difference="threads", play=_queue),
)
