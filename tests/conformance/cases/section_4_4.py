"""§4.4: batching parameters of each model."""

from __future__ import annotations

import threading
from functools import partial

from conformance.at_once import Held, Together
from conformance.case import ServerCase
from conformance.cases.batching import HALF_FILES, NEVER, grpc_request, half, num_runs, parameters, refused_half
from conformance.cases.text_protos import HALF, predict, spec, tensor
from conformance.play import Play
from conformance.steps import Status

_FILE = f"{HALF}/1/batching_params.pbtxt"
_ON = {"enable_batching": True, "enable_per_model_batching_parameters": True}
_case = partial(ServerCase, section="4.4", settings=_ON)
_SCALAR = grpc_request(request=predict(spec(HALF), x=tensor("DT_FLOAT", [], "float_val: 1.0")))
_TOO_LARGE = "Task size 3 is larger than maximum input batch size 2"


def _threads_are_global(_: Play) -> None:
    names = [thread.name for thread in threading.enumerate() if thread.name.startswith(("of_all", "of_one"))]
    assert sorted(names) == ["of_all-0", "of_all-1"]


CASES = (
    _case(
        what="a model with a file is batched by it",
        files={**HALF_FILES, _FILE: parameters(2).encode()},
        steps=(
            refused_half("INVALID_ARGUMENT", _TOO_LARGE, 1.0, 2.0, 3.0),
            Held(half(1.0)),
            Together(half(2.0)),
            num_runs(1),
        ),
    ),
    _case(
        what="a model without a file is not batched",
        files=HALF_FILES,
        batching=parameters(2),
        steps=(half(1.0, 2.0, 3.0), half(1.0), _SCALAR, num_runs(0)),
    ),
    _case(
        what="the models file replaces the servers",
        files={**HALF_FILES, _FILE: b"max_batch_size { value: 2 }"},
        batching=parameters(1),
        steps=(half(1.0, 2.0), refused_half("INVALID_ARGUMENT", _TOO_LARGE, 1.0, 2.0, 3.0)),
    ),
    _case(
        what="what the models file leaves out has its default",
        files={**HALF_FILES, _FILE: b"batch_timeout_micros { value: 1 }"},
        batching=parameters(1),
        steps=(half(*[1.0] * 1000),),
    ),
    _case(
        what="number and name of the threads are the servers",
        files={
            **HALF_FILES,
            _FILE: b"num_batch_threads { value: 3 } thread_pool_name { value: 'of_one' }",
        },
        batching="num_batch_threads { value: 2 } thread_pool_name { value: 'of_all' }",
        steps=(half(1.0), _threads_are_global),
    ),
    _case(
        what="each model has its own",
        files={
            **HALF_FILES,
            _FILE: parameters(2).encode(),
            "other/1": HALF,
            "other/1/batching_params.pbtxt": f"max_batch_size {{ value: 3 }} {NEVER}".encode(),
        },
        steps=(Together(half(1.0), half(2.0)), half(1.0, 2.0, 3.0, model="other"), num_runs(2)),
    ),
    _case(
        what="without the flag the file of a model says nothing",
        files={**HALF_FILES, _FILE: parameters(2).encode()},
        settings={"enable_batching": True},
        steps=(half(1.0, 2.0, 3.0), half(1.0)),
    ),
    _case(
        what="without batching the flag says nothing",
        files={**HALF_FILES, _FILE: parameters(2).encode()},
        settings={"enable_per_model_batching_parameters": True},
        steps=(half(1.0, 2.0, 3.0), half(1.0), _SCALAR),
    ),
    _case(
        what="a file that cannot be read fails the load",
        files={**HALF_FILES, "bad/1": HALF, "bad/1/batching_params.pbtxt": b"max_batch_size: 1"},
        settings={**_ON, "max_num_load_retries": 0},
        steps=(
            Status("bad", 1, "END", "INVALID_ARGUMENT", "Invalid protobuf file: '{home}/bad/1/batching_params.pbtxt'"),
            half(1.0),
        ),
    ),
)
