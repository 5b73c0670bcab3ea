"""The codecs by themselves, in this process: no exceptions but the promised ones, and no two readings of one text."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from codec.test_json_paths import exact_outcome, public_outcome
from fuzz.json_bodies import Asked, asked
from fuzz.mutation import Family, change_in_place, families
from fuzz.rounds import Rounds
from fuzz.tensor_protos import tensor_protos
from tfsctl.codec.example import parse_examples_body
from tfsctl.codec.json_response import decode_predictions
from tfsctl.codec.json_tensor import Format, encode_predictions
from tfsctl.codec.predict_wire import parse_predict_request
from tfsctl.codec.tensor_proto import decode_tensor, encode_tensor
from tfsctl.errors import InternalError, InvalidArgumentError, TfsctlError
from tfsctl.protos import PredictRequest, TensorProto
from tfsctl.signature import TensorSpec


def test_json_is_read_in_one_way(rounds: Callable[[str], Rounds]) -> None:
    def check(family: list[Asked]) -> int:
        for given in family:
            if given.inputs:
                specs = {alias: TensorSpec(f"{alias}:0", dtype) for alias, dtype in given.inputs.items()}
                # As text, in which NaN is NaN.
                assert repr(public_outcome(given.body, specs)) == repr(exact_outcome(given.body, specs))
            else:
                with contextlib.suppress(TfsctlError):
                    parse_examples_body(given.body)
            with contextlib.suppress(ValueError):  # What a client may get for an answer.
                decode_predictions(
                    given.body.replace(b"instances", b"predictions").replace(b"inputs", b"outputs"), None
                )
        return len(family)

    rounds("json codec").run(check, asked())


# A tensor may have no elements, and more lists, in JSON and Python, than there is memory.
_MAX_BRACKETS = 10_000
# Few values may stand for many; protobuf makes objects of all of them.
_MAX_SENT_BACK = 2**20
_protos = tensor_protos().map(lambda proto: bytes(proto.SerializeToString()))
_PIECES = (b"\x08\x07", b"\x12\x02\x12\0", b"\x12\x04\x12\x02\x08\x02", b"\x22\0", b"\x42\0", b"\x2a\x04\0\0\x80?")


def test_tensors_are_read_or_refused(rounds: Callable[[str], Rounds]) -> None:
    def check(family: Family) -> int:
        for data in family.members:
            with contextlib.suppress(DecodeError):
                _check_tensor(TensorProto.FromString(data))
            _check_request(data)
        return len(family.members)

    rounds("tensor codec").run(check, families(_protos, 4, pieces=_PIECES, gently=change_in_place))


def _check_tensor(proto: Any) -> None:
    """What is read comes back the same, over gRPC and (where there are such numbers in JSON) REST."""
    try:
        array = decode_tensor(proto)
    except InvalidArgumentError:
        return
    assert list(array.shape) == [dimension.size for dimension in proto.tensor_shape.dim]
    if array.nbytes > _MAX_SENT_BACK or math.prod(filter(None, array.shape)) > _MAX_BRACKETS:
        return
    again = decode_tensor(encode_tensor(array))
    assert (again.dtype, again.shape) == (array.dtype, array.shape)
    assert _bits(again) == _bits(array)
    for form in Format:
        with contextlib.suppress(InvalidArgumentError):
            encode_predictions({"y": array}, form)


def _bits(array: np.ndarray[Any, Any]) -> object:
    """To the bit, but for what an int4 has in the other half of its byte."""
    return repr(array.tolist()) if array.dtype.kind in "OV" else array.tobytes()


def _check_request(tensor: bytes) -> None:
    """The same bytes as part of a request, and as a request."""
    with contextlib.suppress(DecodeError):
        PredictRequest.FromString(tensor)
    with contextlib.suppress(InternalError):
        parse_predict_request(tensor)
