"""The operations whose kernels must not see a tensor of another number of dimensions.

TensorFlow's oneDNN kernels of convolutions end the process (`Check failed`, tensor_format.h) where its others say
INVALID_ARGUMENT; those of poolings do so too, or answer with what means nothing. Found by running every operation that
has a `data_format`, and the usual ones, with all kinds of shapes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RankNeed:
    """An operation wants its first input to have `rank` dimensions, no more, and no fewer unless `or_fewer`.

    `text` is what TensorFlow's other kernels say: `{shape}` is as in `[2,3]`, `{rank}` the number of dimensions.
    """

    rank: int
    text: str
    or_fewer: bool = False

    def suits(self, rank: int | None) -> bool:
        """Whether a tensor of so many dimensions may be what it wants; None: of who knows how many."""
        return rank is None or rank == self.rank or (self.or_fewer and rank < self.rank)

    def message(self, shape: Sequence[object], label: str) -> str:
        """What to tell a client whose tensor has this shape; `label` is the operation's."""
        said = self.text.format(shape=f"[{','.join(map(str, shape))}]", rank=len(shape))
        return f"{said}\n\t [[{label}]]"


_CONV_2D = RankNeed(4, "convolution input must be 4-dimensional: {shape}")
_DEPTHWISE = RankNeed(4, "input must be 4-dimensional{shape}")
_CONV_3D = RankNeed(5, "input must be 5-dimensional")
_QUANTIZED = RankNeed(4, "input must be rank 4 but is rank {rank}")
_POOL_2D = RankNeed(4, "tensor_in_shape must have 2 spatial dimensions. {rank} 0")
_POOL_3D = RankNeed(5, "tensor_in must be 5-dimensional")
_FILTER_2D = RankNeed(4, "Conv2DCustomBackpropFilter: input must be 4-dimensional")
_FILTER_3D = RankNeed(5, "Conv3DBackpropFilterOp: input must be 5-dimensional")
# oneDNN's tensors have 12 dimensions at most. TensorFlow checks that, except where it makes one operation out of x
# tanh(softplus(x)), which spoils the memory of the process.
_MISH = RankNeed(12, "softplus input must be at most 12-dimensional: {shape}", or_fewer=True)

RANK_NEEDS: dict[str, RankNeed] = {
    **dict.fromkeys(("Conv2D", "_FusedConv2D", "FusedPadConv2D", "FusedResizeAndPadConv2D"), _CONV_2D),
    **dict.fromkeys(("DepthwiseConv2dNative", "_FusedDepthwiseConv2dNative"), _DEPTHWISE),
    **dict.fromkeys(("Conv3D", "_FusedConv3D"), _CONV_3D),
    **dict.fromkeys(("Conv2DBackpropFilter", "DepthwiseConv2dNativeBackpropFilter"), _FILTER_2D),
    **dict.fromkeys(("Conv3DBackpropFilter", "Conv3DBackpropFilterV2"), _FILTER_3D),
    **dict.fromkeys(("MaxPool", "AvgPool", "QuantizedMaxPool", "QuantizedAvgPool"), _POOL_2D),
    **dict.fromkeys(("MaxPool3D", "AvgPool3D"), _POOL_3D),
    "Softplus": _MISH,
}
_QUANTIZED_CONVOLUTIONS = ("QuantizedConv2D", "QuantizedDepthwiseConv2D", "_FusedQuantized")


def need_of(op: str) -> RankNeed | None:
    """What an operation needs, if it may harm."""
    return RANK_NEEDS.get(op) or (_QUANTIZED if op.startswith(_QUANTIZED_CONVOLUTIONS) else None)


# These die of an empty tensor with enormous dimensions, as [2147483648, 0] in a message of forty bytes, or take all
# memory for what they keep for each row.
_WANT_SMALL_SIZES = frozenset({
    *RANK_NEEDS,
    *("LRN", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3", "Einsum", "Softmax", "LogSoftmax"),
    *("Dilation2D", "ResizeBicubic"),
})  # fmt: skip
# The product of those of its dimensions that are not 0.
MAX_SIZE_WITHOUT_ELEMENTS = 2**24


def wants_small_sizes(op: str) -> bool:
    """Whether an operation must not see an empty tensor larger than `MAX_SIZE_WITHOUT_ELEMENTS`."""
    return op in _WANT_SMALL_SIZES
