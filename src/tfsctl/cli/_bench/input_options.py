"""The options of `tfsctl bench` about what is sent, and what is known of the right answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from tfsctl.bench.workload import InputsPlan
    from tfsctl.cli._predict.options import PictureChanges

_INPUTS = "Inputs"
_TRUTH = "Right answers"

_Inputs = Annotated[
    Path | None,
    typer.Option(
        "--inputs",
        metavar="FILE|DIR",
        help="Send what is in a file (.npz .npy .json .jsonl .csv .txt, a picture, IDX, a request log or warm-up file),"
        " or a folder of pictures.  [default: mnist's test digits, else example values]",
        rich_help_panel=_INPUTS,
    ),
]
_BatchSize = Annotated[
    int | None,
    typer.Option("--batch-size", metavar="N", help="Rows in each request.  [default: 1]", rich_help_panel=_INPUTS),
]
_Values = Annotated[
    Literal["random", "zeros", "ones"] | None,
    typer.Option("--input-values", help="Make the inputs from the signature.", rich_help_panel=_INPUTS),
]
_Ranges = Annotated[
    list[str] | None,
    typer.Option(
        "--input-range",
        metavar="[NAME=]LOW:HIGH",
        help="Between what random values lie; for strings their length. May come again.  [default: 0:1]",
        rich_help_panel=_INPUTS,
    ),
]
_Shapes = Annotated[
    list[str] | None,
    typer.Option(
        "--input-shape",
        metavar="[NAME=]N,N,…",
        help="The whole shape of an input that is made. May come again.  [default: 1 where the signature has none]",
        rich_help_panel=_INPUTS,
    ),
]
_Distinct = Annotated[
    int | None,
    typer.Option(
        "--distinct",
        metavar="N",
        help="How many different requests.  [default: 16 random ones, all of a file]",
        rich_help_panel=_INPUTS,
    ),
]
_Seed = Annotated[
    int, typer.Option("--seed", metavar="N", help="Of all that is random.", rich_help_panel=_INPUTS, min=0)
]
_LabelKey = Annotated[
    str | None,
    typer.Option(
        "--label-key",
        metavar="NAME",
        help="What the right answers are called in the file.  [default: labels, label, y or y_test]",
        rich_help_panel=_TRUTH,
    ),
]
_Truth = Annotated[
    Path | None,
    typer.Option(
        "--truth",
        metavar="FILE",
        help="The right answers in a file of their own: .npy, .npz, .json, .csv, .txt or IDX.",
        rich_help_panel=_TRUTH,
    ),
]
_Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        metavar="NAME",
        help="The output that they are compared with.  [default: the one that it can be]",
        rich_help_panel=_TRUTH,
    ),
]
_Tolerance = Annotated[
    float | None,
    typer.Option(
        "--tolerance",
        metavar="X",
        help="Compare numbers: how far one may be off, times the right one where that is above 1.  [default: 0.0001]",
        rich_help_panel=_TRUTH,
    ),
]
_Labels = Annotated[
    Path | None,
    typer.Option(
        "--labels",
        metavar="FILE",
        help="Names of the classes in the model's order: one a line, or a JSON list or object.",
        rich_help_panel=_TRUTH,
    ),
]


@dataclass(frozen=True)
class BenchInputOptions:
    """What is sent, and what the right answers are."""

    inputs: _Inputs = None
    batch_size: _BatchSize = None
    input_values: _Values = None
    input_range: _Ranges = None
    input_shape: _Shapes = None
    distinct: _Distinct = None
    seed: _Seed = 0
    label_key: _LabelKey = None
    truth: _Truth = None
    output: _Output = None
    tolerance: _Tolerance = None
    labels: _Labels = None

    def plan(self, pictures: PictureChanges) -> InputsPlan:
        """These options and those for pictures as a value; UsageError where they make no sense.

        `seed` is not in it: it belongs to the whole measurement.
        """
        from tfsctl.bench.workload import InputsPlan, parse_range, parse_shape
        from tfsctl.cli._predict.classes import read_labels

        return InputsPlan(
            values=self.input_values,
            ranges=tuple(parse_range(text) for text in self.input_range or ()),
            shapes=tuple(parse_shape(text) for text in self.input_shape or ()),
            distinct=self.distinct,
            batch_size=self.batch_size,
            path=self.inputs,
            label_key=self.label_key,
            truth_path=self.truth,
            output=self.output,
            tolerance=self.tolerance,
            class_names=() if self.labels is None else tuple(read_labels(self.labels)),
            pictures=pictures.options(),
        )
