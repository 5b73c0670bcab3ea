"""Calls that take a while, for tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from serving.grpc_calls import CALL_SECONDS, GrpcCalls, model_spec, tensor
from tfsctl.protos import PREDICTION_SERVICE, PredictRequest


def slow_call(calls: GrpcCalls, *, seconds: float, timeout: float = CALL_SECONDS) -> Any:
    """Have the zoo's `slow` run for so many seconds; returns the call, under way."""
    call = calls.channel.unary_unary(f"/{PREDICTION_SERVICE}/Predict")
    request = PredictRequest(model_spec=model_spec("slow"), inputs={"seconds": tensor(np.array(seconds))})
    return call.future(request.SerializeToString(), timeout=timeout)


def keep_calling(calls: GrpcCalls) -> None:
    """Call `slow` until a call fails: a server that drains takes no more."""
    for _ in range(10_000):
        calls.predict("slow", {"seconds": tensor(np.array(0.0))})
