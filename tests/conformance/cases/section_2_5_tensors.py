"""§2.5: TensorProtos that come in, and those that go out. The models give back what they are given."""

from __future__ import annotations

from functools import partial

from conformance.case import GrpcCase
from conformance.cases.text_protos import HALF, HALF_USED, floats, predict, predicted, spec, tensor

_case = partial(GrpcCase, section="2.5")


_NAMES = {"DT_FLOAT": "float32", "DT_DOUBLE": "float64", "DT_HALF": "float16"}


def _same(dtype: str, shape: list[int], given: str, answered: str, *, what: str) -> GrpcCase:
    """`given` and `answered` are the fields with the values."""
    model = f"identity_{_NAMES.get(dtype, dtype[3:].lower())}"
    return _case(
        what=what,
        request=predict(spec(model), x=tensor(dtype, shape, given)),
        response=predicted(spec(model, 1, signature="serving_default"), y=tensor(dtype, shape, answered)),
    )


def _typed(dtype: str, values: str) -> GrpcCase:
    """A vector of three, in the field of its type, both ways."""
    return _same(dtype, [3], values, values, what=f"{dtype} in its field")


def _unparsable(what: str, content: str) -> GrpcCase:
    return _case(
        what=what,
        request=predict(spec("identity_float32"), x=content),
        code="INVALID_ARGUMENT",
        text="tensor parsing error: x",
    )


_float = partial(_same, "DT_FLOAT")

CASES = (
    # Every type has a field.
    _typed("DT_FLOAT", "float_val: [1.5, -2, inf]"),
    _typed("DT_DOUBLE", "double_val: [1.5, -2, 0.1]"),
    _typed("DT_INT32", "int_val: [1, -2, 2147483647]"),
    _typed("DT_INT16", "int_val: [1, -2, 32767]"),
    _typed("DT_INT8", "int_val: [1, -2, 127]"),
    _typed("DT_UINT8", "int_val: [1, 2, 255]"),
    _typed("DT_UINT16", "int_val: [1, 2, 65535]"),
    _typed("DT_UINT32", "uint32_val: [1, 2, 4294967295]"),
    _typed("DT_INT64", "int64_val: [1, -2, 9223372036854775807]"),
    _typed("DT_UINT64", "uint64_val: [1, 2, 18446744073709551615]"),
    _typed("DT_BOOL", "bool_val: [true, false, true]"),
    _typed("DT_STRING", r'string_val: ["a", "", "\377\000"]'),
    _typed("DT_HALF", "half_val: [15360, 0, 31744]"),
    _typed("DT_BFLOAT16", "half_val: [16256, 0, 32640]"),
    _typed("DT_COMPLEX64", "scomplex_val: [1, 2, 3, 4, 5, 6]"),
    _typed("DT_COMPLEX128", "dcomplex_val: [1, 2, 3, 4, 5, 6]"),
    _typed("DT_QINT8", "int_val: [1, -2, 127]"),
    _typed("DT_QUINT8", "int_val: [1, 2, 255]"),
    _typed("DT_QINT16", "int_val: [1, -2, 32767]"),
    _typed("DT_QUINT16", "int_val: [1, 2, 65535]"),
    _typed("DT_QINT32", "int_val: [1, -2, 2147483647]"),
    # How many values.
    _case(
        what="no shape is a scalar",
        request=predict(spec(HALF), x="dtype: DT_FLOAT float_val: 1"),
        response=predicted(HALF_USED, y=tensor("DT_FLOAT", [], "float_val: 2.5")),
    ),
    _float([4], "float_val: [1, 2]", "float_val: [1, 2, 2, 2]", what="last value is repeated"),
    _float([2, 2], "float_val: 1", "float_val: [1, 1, 1, 1]", what="one value for all"),
    _float([2], "", "float_val: [0, 0]", what="no value is zeros"),
    _same("DT_STRING", [2], "", 'string_val: ["", ""]', what="no value is empty strings"),
    _same(
        "DT_STRING",
        [3],
        'string_val: ["a", "b"]',
        'string_val: ["a", "b", "b"]',
        what="last string is repeated",
    ),
    _same("DT_BOOL", [2], "", "bool_val: [false, false]", what="no value is false"),
    _same(
        "DT_COMPLEX64",
        [2],
        "scomplex_val: [1, 2]",
        "scomplex_val: [1, 2, 1, 2]",
        what="last complex number is repeated",
    ),
    _float([2], "float_val: [1, 2, 3, 4]", "float_val: [1, 2]", what="values too many are ignored"),
    _float([0], "", "", what="no elements"),
    _float([2, 0, 3], "", "", what="no elements in three dimensions"),
    _float([0], "float_val: 1", "", what="no elements and a value"),
    # tensor_content.
    _float([2], r'tensor_content: "\000\000\200?\000\000\000@"', "float_val: [1, 2]", what="tensor content"),
    _float(
        [1],
        r'tensor_content: "\000\000\200?" float_val: 9',
        "float_val: 1",
        what="tensor content goes before values",
    ),
    _same("DT_INT8", [2], r'tensor_content: "\001\377"', "int_val: [1, -1]", what="tensor content of bytes"),
    _same(
        "DT_STRING",
        [2],
        r'tensor_content: "\001\002abc"',
        'string_val: ["a", "bc"]',
        what="tensor content of strings",
    ),
    _unparsable("tensor content too short", tensor("DT_FLOAT", [2], r'tensor_content: "\000\000\200?"')),
    _unparsable("tensor content too long", tensor("DT_FLOAT", [1], r'tensor_content: "\000\000\200?\000"')),
    # Shapes.
    _unparsable("negative dimension", tensor("DT_FLOAT", [-1], "float_val: 1")),
    _unparsable("negative dimension among others", tensor("DT_FLOAT", [2, -2], "float_val: 1")),
    _unparsable("dimensions beyond 64 bits", tensor("DT_FLOAT", [2**40, 2**40], "float_val: 1")),
    _unparsable("no data type", "tensor_shape {} float_val: 1"),
    # Integers wrap.
    _same("DT_INT8", [2], "int_val: [300, -129]", "int_val: [44, 127]", what="int8 wraps"),
    _same("DT_UINT8", [2], "int_val: [256, -1]", "int_val: [0, 255]", what="uint8 wraps"),
    _same("DT_INT16", [1], "int_val: 40000", "int_val: -25536", what="int16 wraps"),
    _same("DT_UINT16", [1], "int_val: -1", "int_val: 65535", what="uint16 wraps"),
    # Answers.
    _float([3], "float_val: [7, 7, 7]", "float_val: [7, 7, 7]", what="equal values are all there"),
    _float([2, 3], "float_val: [1, 2, 3, 4, 5, 6]", "float_val: [1, 2, 3, 4, 5, 6]", what="shape is there"),
    _case(
        what="tensor content in answers",
        server="tensor content",
        request=predict(spec(HALF), x=floats(1.0, 2.0)),
        response=predicted(HALF_USED, y=tensor("DT_FLOAT", [2], r'tensor_content: "\000\000 @\000\000@@"')),
    ),
)
