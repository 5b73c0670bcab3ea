"""What to send, and what is known of the right answers."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tfsctl.client.pictures import PictureOptions
from tfsctl.errors import UsageError

Values = Literal["random", "zeros", "ones"]
_RANGE = re.compile(r"(?:(?P<alias>[^=]+)=)?(?P<low>[^:]+):(?P<high>[^:]+)")
_SHAPE = re.compile(r"(?:(?P<alias>[^=]+)=)?\[?(?P<sizes>[\d,\s]*)\]?")


@dataclass(frozen=True, slots=True)
class InputRange:
    """From where to where the random values of an input lie; of all inputs where `alias` is None.

    Floats lie in [low, high), integers in [low, high]; strings have so many characters.
    """

    alias: str | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class InputShape:
    """The whole shape of an input, the dimension of the batch included; of the only input where `alias` is None."""

    alias: str | None
    shape: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class InputsPlan:
    """Where requests come from, checked at birth. All left out: MNIST's test digits, else example values.

    Attributes:
        values: Made from the signature: random, or all the same.
        ranges, shapes: Of what is made; shapes for dimensions that the signature leaves open.
        distinct: How many different requests there are to be, at most. None: as many as a file has; 16 random ones.
        batch_size: Rows in each request; None: one from files, as an example has it where inputs are made.
        path: A file or directory with inputs.
        label_key: The name of the right answers in it; None: `labels`, `label`, `y` or `y_test`, whichever is there.
        truth_path: A file of its own with the right answers, a row for each row of the inputs.
        output: The output that they are compared with; None: the only one that it can be.
        tolerance: How far a number may be off, times the larger of 1 and the right value. Given, answers are compared
            as numbers even where they could be classes. None: 0.0001, where numbers are compared.
        class_names: The classes in the order of the model; empty: as the inputs name them.
        pictures: What is done to pictures.

    Raises:
        UsageError: values that make no sense, or do not go together.
    """

    values: Values | None = None
    ranges: tuple[InputRange, ...] = ()
    shapes: tuple[InputShape, ...] = ()
    distinct: int | None = None
    batch_size: int | None = None
    path: Path | None = None
    label_key: str | None = None
    truth_path: Path | None = None
    output: str | None = None
    tolerance: float | None = None
    class_names: tuple[str, ...] = ()
    pictures: PictureOptions = field(default_factory=PictureOptions)

    def __post_init__(self) -> None:
        _require(self.distinct is None or self.distinct >= 1, f"{self.distinct} different requests are none.")
        _require(self.batch_size is None or self.batch_size >= 1, f"A batch of {self.batch_size} rows has nothing.")
        tolerance = self.tolerance
        _require(tolerance is None or (tolerance >= 0 and math.isfinite(tolerance)), f"A tolerance of {tolerance}.")
        self._check_ranges()
        self._check_sources()

    @property
    def makes_inputs(self) -> bool:
        """Whether the plan asks for inputs made from the signature."""
        return bool(self.values or self.ranges or self.shapes)

    def max_requests(self, limit: int | None) -> int | None:
        """How many different requests at most, if no more than `limit` are sent; None where there is no limit."""
        return min((number for number in (limit, self.distinct) if number is not None), default=None)

    def _check_ranges(self) -> None:
        for given in self.ranges:
            usable = math.isfinite(given.low) and math.isfinite(given.high) and given.low <= given.high
            _require(usable, f"There is nothing from {given.low:g} to {given.high:g}.")
        for aliases in ([given.alias for given in self.ranges], [given.alias for given in self.shapes]):
            twice = next((alias for alias in aliases if aliases.count(alias) > 1), ...)
            _require(twice is ..., f"Two ranges or shapes are given for {twice or 'all inputs'}.")
        _require(
            not self.ranges or self.values in {None, "random"},
            f"A range is for random values, not for {self.values}.",
            hint="Leave out --input-values or --input-range.",
        )

    def _check_sources(self) -> None:
        _require(
            self.path is None or not self.makes_inputs,
            "Inputs come from a file or are made, not both.",
            hint="Leave out --inputs, or --input-values, --input-range and --input-shape.",
        )
        _require(
            self.truth_path is None or self.path is not None,
            "Right answers need the inputs that they belong to.",
            hint="Give these with --inputs FILE.",
        )
        _require(
            self.truth_path is None or self.label_key is None,
            "The right answers come from a file of their own, or from the file of the inputs.",
            hint="Leave out --truth or --label-key.",
        )


def parse_range(text: str) -> InputRange:
    """`LOW:HIGH` or `NAME=LOW:HIGH`; UsageError for anything else."""
    matched = _RANGE.fullmatch(text.strip())
    try:
        if matched is not None:
            return InputRange(matched["alias"], float(matched["low"]), float(matched["high"]))
    except ValueError:
        pass
    raise UsageError(f"'{text}' is no range of values.", hint="Such as: --input-range 0:255, --input-range ids=0:9999.")


def parse_shape(text: str) -> InputShape:
    """`NAME=1,224,224,3` or `1,224,224,3`; UsageError for anything else."""
    matched = _SHAPE.fullmatch(text.strip())
    try:
        if matched is not None:
            sizes = matched["sizes"].strip()
            return InputShape(matched["alias"], tuple(int(size) for size in sizes.split(",")) if sizes else ())
    except ValueError:
        pass
    raise UsageError(f"'{text}' is no shape.", hint="Such as: --input-shape images=1,224,224,3.")


def _require(condition: bool, message: str, hint: str | None = None) -> None:
    if not condition:
        raise UsageError(message, hint=hint)
