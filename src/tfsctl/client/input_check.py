"""What is wrong with inputs, said before they are sent: what the signature wants, what came, and what to change.

Needs no numpy. It finds what models refuse that keep to their signatures, and leaves all else to the server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tfsctl.data_type import DataType
from tfsctl.errors import InvalidArgumentError

if TYPE_CHECKING:
    from tfsctl.signature import Signature, TensorSpec

Shape = tuple[int, ...]

_INTEGERS = {
    DataType.INT8,
    DataType.INT16,
    DataType.INT32,
    DataType.INT64,
    DataType.UINT8,
    DataType.UINT16,
    DataType.UINT32,
    DataType.UINT64,
}
_FLOATS = {DataType.FLOAT, DataType.DOUBLE}
_NO_CHECK = "--no-check sends it all the same."


class _Value(NamedTuple):
    """What nested lists are: their shape, and the kinds of what is in them."""

    shape: Shape
    kinds: frozenset[str]


class _UnevenError(Exception):
    """Lists of different lengths; the message says which."""


def describe(spec: TensorSpec) -> str:
    """A tensor's type and shape for people: `float [?, 784]`."""
    if spec.shape is None:
        return f"{spec.dtype.tf_name} of any shape"
    if not spec.shape:
        return f"one {spec.dtype.tf_name}"
    return f"{spec.dtype.tf_name} {show_shape(spec.shape)}"


def describe_inputs(signature: Signature) -> str:
    """All inputs of a signature: `a: float [?], b: int32 [?]`."""
    return ", ".join(f"{alias}: {describe(spec)}" for alias, spec in sorted(signature.inputs.items())) or "nothing"


def show_shape(shape: Sequence[int]) -> str:
    """A shape for people: `[?, 784]`."""
    return f"[{', '.join('?' if size < 0 else str(size) for size in shape)}]"


def check_body(body: Any, signature: Signature) -> None:
    """Check the parsed body of a predict request, in either format (tensorflow-serving.md §1.6, §1.7).

    Raises InvalidArgumentError for inputs that are missing and for values of a wrong kind or shape.
    """
    if not isinstance(body, Mapping) or ("instances" in body) == ("inputs" in body):
        return  # The server says what is wrong with it.
    if "inputs" in body:
        _check_columns(body["inputs"], signature)
    elif isinstance(body["instances"], list) and body["instances"]:
        _check_rows(body["instances"], signature)


def check_shapes(shapes: Mapping[str, Shape], signature: Signature, *, is_array: bool = True) -> None:
    """Check that all inputs are there, and that each has a shape that the signature takes.

    `is_array` says whether they came from a file, which `--reshape` can help. Raises InvalidArgumentError.
    """
    _check_names(shapes, signature)
    for alias, shape in shapes.items():
        spec = signature.inputs.get(alias)
        if spec is not None and not _fits(shape, spec.shape):
            hint = _reshaping_hint(shape, spec.shape or (), is_array=is_array)
            raise InvalidArgumentError(
                f'Input "{alias}" takes {describe(spec)}, but {_called(shape)} came.', hint=f"{hint} {_NO_CHECK}"
            )


def _check_names(names: Mapping[str, Any], signature: Signature) -> None:
    missing = sorted(signature.inputs.keys() - names.keys() - signature.defaults.keys())
    if not missing:
        return
    unknown = sorted(names.keys() - signature.inputs.keys())
    came = f', and has no input "{unknown[0]}"' if unknown else ""
    raise InvalidArgumentError(
        f'Signature "{signature.name}" wants the input "{missing[0]}", which did not come{came}.',
        hint=f"It takes {describe_inputs(signature)}. {_NO_CHECK}",
    )


def _check_columns(inputs: Any, signature: Signature) -> None:
    if not isinstance(inputs, Mapping) or _is_base64(inputs):
        if len(signature.inputs) != 1:
            return
        inputs = {next(iter(signature.inputs)): inputs}
    values = {alias: _measured(value, alias) for alias, value in inputs.items() if alias in signature.inputs}
    _check_names(inputs, signature)
    _check_kinds(values, signature)
    check_shapes({alias: value.shape for alias, value in values.items()}, signature, is_array=False)


def _check_rows(rows: list[Any], signature: Signature) -> None:
    if isinstance(rows[0], Mapping) and not _is_base64(rows[0]):
        if not all(isinstance(row, Mapping) for row in rows):
            return
        columns = {alias: [row[alias] for row in rows if alias in row] for alias in rows[0]}
        if any(len(column) != len(rows) for column in columns.values()):
            return
        _check_columns(columns, signature)
    elif len(signature.inputs) == 1:
        _check_columns({next(iter(signature.inputs)): rows}, signature)


def _check_kinds(values: Mapping[str, _Value], signature: Signature) -> None:
    for alias, value in values.items():
        spec = signature.inputs[alias]
        came, hint = _wrong_kind(spec.dtype, value.kinds)
        if came:
            raise InvalidArgumentError(
                f'Input "{alias}" takes {describe(spec)}, but {came} came.', hint=f"{hint} {_NO_CHECK}"
            )


def _wrong_kind(dtype: DataType, kinds: frozenset[str]) -> tuple[str, str]:
    """What came that does not belong in such an input, and what to do about it; nothing if all is well."""
    if dtype is DataType.STRING and kinds & {"int", "float", "bool"}:
        return "a number", "Put it in double quotes."
    if dtype in _FLOATS | _INTEGERS | {DataType.BOOL} and "text" in kinds:
        return "text", "Write JSON without quotes around the numbers, or @FILE for what is in a file."
    if dtype in _INTEGERS and "float" in kinds:
        return "a number with a point", "Write whole numbers: 1, not 1.0."
    if dtype is DataType.BOOL and kinds & {"int", "float"}:
        return "a number", "Write true or false."
    if dtype in _FLOATS | _INTEGERS and "bool" in kinds:
        return "true or false", "Write 1 or 0."
    return "", ""


def _measured(value: Any, alias: str) -> _Value:
    try:
        return _measure(value)
    except _UnevenError as error:
        raise InvalidArgumentError(
            f'Input "{alias}" is no tensor: {error}.', hint=f"All rows need the same shape. {_NO_CHECK}"
        ) from error


def _measure(value: Any) -> _Value:
    if not isinstance(value, list):
        return _Value((), frozenset({_kind(value)}))
    if not value:
        return _Value((0,), frozenset())
    if not any(isinstance(item, list) for item in value):
        return _Value((len(value),), frozenset(map(_kind, value)))
    parts = [_measure(item) for item in value]
    for number, part in enumerate(parts):
        if part.shape != parts[0].shape:
            raise _UnevenError(f"item 0 is {_called(parts[0].shape)}, item {number} is {_called(part.shape)}")
    return _Value((len(parts), *parts[0].shape), frozenset().union(*(part.kinds for part in parts)))


def _kind(value: Any) -> str:
    if isinstance(value, str) or _is_base64(value):
        return "text"
    return type(value).__name__


def _is_base64(value: Any) -> bool:
    return isinstance(value, Mapping) and value.keys() == {"b64"}


def _called(shape: Shape) -> str:
    return show_shape(shape) if shape else "one value"


def _fits(shape: Shape, wanted: Shape | None) -> bool:
    if wanted is None or 0 in shape:  # An empty list has no dimensions beyond itself.
        return True
    return is_like(shape, wanted) or is_like(shape, _without_last_ones(wanted))


def is_like(shape: Shape, wanted: Shape) -> bool:
    """Whether it is that shape, in which some dimensions may have any size."""
    return len(shape) == len(wanted) and all(w < 0 or s == w for s, w in zip(shape, wanted, strict=True))


def _without_last_ones(wanted: Shape) -> Shape:
    """Servers do not compare shapes with signatures, and the tutorial's half_plus_two, of [?, 1], takes [?] as well."""
    while wanted and wanted[-1] == 1:
        wanted = wanted[:-1]
    return wanted


def _reshaping_hint(shape: Shape, wanted: Shape, *, is_array: bool) -> str:
    if len(shape) + 1 == len(wanted) and is_like((1, *shape), wanted):
        return "That is one example: put it in a list of its own, [ ... ]."
    if len(shape) - 1 == len(wanted) and shape[0] == 1 and is_like(shape[1:], wanted):
        return "It is in one list too many: send what is inside."
    if is_array and reshaped(shape, wanted) is not None:
        return "It has as many values as are wanted: --reshape gives it that shape."
    if len(shape) == len(wanted):
        pairs = enumerate(zip(shape, wanted, strict=True))
        return next(f"Dimension {n} must be {w}, not {s}." for n, (s, w) in pairs if w not in {-1, s})
    return f"It needs {len(wanted)} dimensions, not {len(shape)}."


def reshaped(shape: Shape, wanted: Shape | None) -> Shape | None:
    """The shape that fits `wanted` and has as many elements as `shape`; None if there is no such.

    Where several dimensions may have any size, the first ones stay what they are.
    """
    if wanted is None:
        return None
    size, fixed = _product(shape), _product(tuple(w for w in wanted if w >= 0))
    open_ones = sum(w < 0 for w in wanted)
    if open_ones == 0:
        return wanted if size == fixed else None
    if open_ones == 1 and fixed and size % fixed == 0:
        return tuple(size // fixed if w < 0 else w for w in wanted)
    if open_ones > 1 and shape and wanted[0] < 0:  # The rows stay what they are.
        rest = reshaped(shape[1:], wanted[1:])
        return None if rest is None else (shape[0], *rest)
    return None


def _product(shape: Shape) -> int:
    product = 1
    for size in shape:
        product *= size
    return product
