"""How operations change the number of dimensions: rules for those where it follows from their inputs' alone.

An operation that has no rule gives a tensor of which nothing is known, and nothing that depends on it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfsctl.runtime._rank_value import UNKNOWN, RankValue, of_shape

Values = Sequence[RankValue]
# What comes out, the same for all outputs.
Rule = Callable[[Values], RankValue]
_Maker = Callable[[Any], Rule]

# Same shape as the first input.
_SAME_SHAPE = frozenset({
    *("Identity", "RefIdentity", "StopGradient", "PreventGradient", "Snapshot", "CheckNumerics", "CheckNumericsV2"),
    *("EnsureShape", "PlaceholderWithDefault", "Cast", "Switch", "RefSwitch", "Enter", "Exit", "ReadVariableOp"),
    *("Abs", "Neg", "Sign", "Square", "Sqrt", "Rsqrt", "Exp", "Expm1", "Log", "Log1p", "Reciprocal", "Inv", "Ceil"),
    *("Floor", "Round", "Rint", "Sin", "Cos", "Tan", "Sinh", "Cosh", "Tanh", "Asin", "Acos", "Atan", "Erf", "Erfc"),
    *("Sigmoid", "Relu", "Relu6", "Elu", "Selu", "LeakyRelu", "Softplus", "Softsign", "Softmax", "LogSoftmax"),
    *("IsNan", "IsInf", "IsFinite", "LogicalNot", "ZerosLike", "OnesLike", "ClipByValue", "LRN", "BiasAdd"),
    *("BiasAddV1", "FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3", "_FusedBatchNormEx", "Cumsum", "Cumprod"),
    *("FakeQuantWithMinMaxArgs", "FakeQuantWithMinMaxVars", "FakeQuantWithMinMaxVarsPerChannel", "QuantizeV2"),
    *("QuantizeAndDequantizeV2", "QuantizeAndDequantizeV3", "QuantizeAndDequantizeV4", "Dequantize", "Reverse"),
    *("ReverseV2", "Roll", "AdjustContrastv2", "AdjustHue", "AdjustSaturation", "RGBToHSV", "HSVToRGB"),
})  # fmt: skip
# As many dimensions as the first input, of other sizes.
_SAME_RANK = frozenset({
    *("Pad", "PadV2", "MirrorPad", "Transpose", "ConjugateTranspose", "Tile", "Slice", "SplitV"),
    *("SpaceToBatchND", "BatchToSpaceND", "SpaceToDepth", "DepthToSpace"),
})  # fmt: skip
_BROADCASTING = frozenset({
    *("Add", "AddV2", "Sub", "Mul", "Div", "RealDiv", "TruncateDiv", "FloorDiv", "DivNoNan", "MulNoNan", "Mod"),
    *("FloorMod", "TruncateMod", "Maximum", "Minimum", "Pow", "SquaredDifference", "Xdivy", "Xlogy", "Atan2"),
    *("Equal", "NotEqual", "Less", "LessEqual", "Greater", "GreaterEqual", "LogicalAnd", "LogicalOr", "SelectV2"),
    *("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3"),
})  # fmt: skip
_RANDOM = frozenset({
    *("RandomUniform", "RandomStandardNormal", "TruncatedNormal", "RandomUniformInt"),
    *("StatelessRandomUniformV2", "StatelessRandomNormalV2", "StatelessRandomUniform", "StatelessRandomNormal"),
})  # fmt: skip
_REDUCTIONS = frozenset({"Mean", "Sum", "Max", "Min", "Prod", "All", "Any"})
_OF_RANK = {
    **dict.fromkeys(("MatMul", "Diag"), 2),
    **dict.fromkeys(("ResizeBilinear", "ResizeNearestNeighbor", "ResizeBicubic", "ResizeArea", "CropAndResize"), 4),
    **dict.fromkeys(("Conv2DBackpropInput", "Conv2DBackpropInputV2", "DepthwiseConv2dNativeBackpropInput"), 4),
    **dict.fromkeys(("Conv3DBackpropInput", "Conv3DBackpropInputV2"), 5),
}
# Of several outputs only the first is of the rule's rank.
_FIRST_ONLY = frozenset({"FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3", "_FusedBatchNormEx", "QuantizeV2"})
_FIRST_OUTPUTS = frozenset({"y", "output"})


def rule_for(node: Any) -> Rule | None:
    """The rule of a node, which keeps nothing of it; None if there is none."""
    op = node.op
    if op in _SAME_SHAPE:
        return lambda values: values[0]
    if op in _SAME_RANK:
        return lambda values: values[0].reshaped(0)
    if op in _BROADCASTING:
        return _broadcast
    if op in _OF_RANK:
        return constant(RankValue(_OF_RANK[op]))
    maker = _MAKERS.get(op)
    return maker(node) if maker is not None else None


def is_ruled(op: str, output: str, index: int) -> bool:
    """Whether the rule of `op` is about this output; `output` is the name of the argument in a function, else empty."""
    return op not in _FIRST_ONLY or (output in _FIRST_OUTPUTS if output else index == 0)


def constant(value: RankValue) -> Rule:
    """A rule for what does not depend on inputs."""
    return lambda _: value


def join(values: Values) -> RankValue:
    """What is known of a tensor that is one of these."""
    ranks = {value.rank for value in values}
    return RankValue(ranks.pop()) if len(ranks) == 1 else UNKNOWN


def _broadcast(values: Values) -> RankValue:
    ranks = [value.rank for value in values]
    known = [rank for rank in ranks if rank is not None]
    return RankValue(max(known)) if known and len(known) == len(ranks) else UNKNOWN


def _to_length(values: Values, shape_at: int) -> RankValue:
    """A tensor whose shape is one of the inputs."""
    return RankValue(values[shape_at].length)


def _shape(values: Values) -> RankValue:
    return RankValue(1, values[0].rank)


def _any_of(values: Values) -> RankValue:
    """An operation that fails unless all its inputs are alike."""
    return next((RankValue(value.rank) for value in values if value.rank is not None), UNKNOWN)


def _concat(values: Values) -> RankValue:
    parts = values[:-1]
    lengths = [value.length for value in parts]
    known = [length for length in lengths if length is not None]
    if known and len(known) == len(lengths):
        return RankValue(1, sum(known))
    return _any_of(parts)


def _pack(values: Values) -> RankValue:
    rank = _any_of(values).rank
    if rank is None:
        return UNKNOWN
    return RankValue(rank + 1, len(values) if rank == 0 else None)


def _squeeze(node: Any) -> Rule:
    num_axes = len(set(node.attr["squeeze_dims"].list.i) or set(node.attr["axis"].list.i))
    return lambda values: values[0].reshaped(-num_axes) if num_axes else UNKNOWN


def _reduction(node: Any) -> Rule:
    if node.attr["keep_dims"].b:
        return lambda values: values[0].reshaped(0)

    def reduce(values: Values) -> RankValue:
        axes = values[1]
        num_axes = 1 if axes.rank == 0 else axes.length
        return UNKNOWN if num_axes is None else values[0].reshaped(-num_axes)

    return reduce


def _strided_slice(node: Any) -> Rule:
    ellipsis_mask, new_axis_mask, shrink_mask = (
        node.attr[f"{name}_mask"].i for name in ("ellipsis", "new_axis", "shrink_axis")
    )

    def change(position: int) -> int:
        bit = 1 << position
        if ellipsis_mask & bit:
            return 0
        return 1 if new_axis_mask & bit else -1 if shrink_mask & bit else 0

    def slice_strided(values: Values) -> RankValue:
        length = values[1].length
        return UNKNOWN if length is None else values[0].reshaped(sum(map(change, range(length))))

    return slice_strided


def _gather(node: Any) -> Rule:
    batch_dims = node.attr["batch_dims"].i

    def gather(values: Values) -> RankValue:
        rank = values[1].rank
        return UNKNOWN if rank is None or batch_dims else values[0].reshaped(rank - 1)

    return gather


def _declared(node: Any) -> Rule:
    return constant(of_shape(node.attr["shape"].shape))


_MAKERS: dict[str, _Maker] = {
    "Const": lambda node: constant(of_shape(node.attr["value"].tensor.tensor_shape)),
    **dict.fromkeys(("VarHandleOp", "VariableV2", "Variable"), _declared),
    "Shape": lambda _: _shape,
    "Reshape": lambda _: lambda values: _to_length(values, 1),
    "Fill": lambda _: lambda values: _to_length(values, 0),
    **dict.fromkeys(_RANDOM, lambda _: lambda values: _to_length(values, 0)),
    "BroadcastTo": lambda _: lambda values: _to_length(values, 1),
    "ExpandDims": lambda _: lambda values: values[0].reshaped(1),
    "Squeeze": _squeeze,
    "Split": lambda _: lambda values: values[1].reshaped(0),
    "ConcatV2": lambda _: _concat,
    "AddN": lambda _: _any_of,
    "Pack": lambda _: _pack,
    "Unpack": lambda _: lambda values: values[0].reshaped(-1),
    "Select": lambda _: lambda values: values[1].reshaped(0),
    "StridedSlice": _strided_slice,
    "GatherV2": _gather,
    "Merge": lambda _: join,
    **dict.fromkeys(_REDUCTIONS, _reduction),
}
