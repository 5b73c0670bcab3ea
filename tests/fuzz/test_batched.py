"""Batching on: good requests beside bad ones get what is their own.

The bad ones go to other models. Those of one batch may fail together: whose tensors do not fit to each other are all
refused (tensorflow-serving.md §4.3).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from fuzz.fuzzed_server import FuzzedServer
from fuzz.grpc_exchange import check_code
from fuzz.grpc_requests import Call, calls
from fuzz.json_bodies import Asked, asked
from fuzz.models import OURS
from fuzz.rounds import Rounds
from serving.grpc_calls import model_spec, tensor
from tfsctl.codec.tensor_proto import decode_tensor
from tfsctl.protos import PREDICTION_SERVICE, PredictRequest, PredictResponse

_PREDICT = f"/{PREDICTION_SERVICE}/Predict"
_NUM_THREADS = 8


@dataclass(frozen=True)
class Good:
    """A request whose answer is known."""

    values: tuple[float, ...]

    @property
    def request(self) -> bytes:
        message = PredictRequest(model_spec=model_spec(OURS))
        message.inputs["x"].CopyFrom(tensor(np.array(self.values, np.float32)))
        return bytes(message.SerializeToString())


_good = st.lists(st.integers(-1000, 1000).map(float), min_size=1, max_size=6).map(lambda values: Good(tuple(values)))
_calls = st.one_of(_good, _good, calls().map(lambda family: family[0]))


def test_bad_requests_do_not_hurt_good_ones(batched: FuzzedServer, rounds: Callable[[str], Rounds]) -> None:
    def answer(call: Good | Call) -> None:
        path, request = (_PREDICT, call.request) if isinstance(call, Good) else (call.path, call.request)
        code, text, response = batched.grpc.ask(path, request)
        if isinstance(call, Call):
            check_code(code, text, is_message=call.is_message)
        else:
            assert code == "OK", text
            outputs = decode_tensor(PredictResponse.FromString(response).outputs["y"])
            assert outputs.tolist() == [0.5 * value + 2.0 for value in call.values]

    def check(given: tuple[list[Good | Call], list[Asked]]) -> int:
        batched.must_be_well()
        several, bodies = given
        waiting = [threads.submit(answer, call) for call in several]
        for body in bodies:
            batched.http.ask(body.request).check()
        for each in waiting:
            each.result()
        return len(several) + len(bodies)

    inputs = st.tuples(st.lists(_calls, min_size=4, max_size=_NUM_THREADS), asked())
    with ThreadPoolExecutor(_NUM_THREADS) as threads:
        rounds("batched").run(check, inputs, process=lambda: batched.pid)
    batched.must_answer()
