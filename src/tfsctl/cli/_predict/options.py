"""The options of `tfsctl predict` about what goes in and what is made of what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tfsctl.errors import UsageError

if TYPE_CHECKING:
    from tfsctl.client.pictures import PictureOptions

_PICTURES = "Pictures"
_ANSWER = "Answer"
DEFAULT_TOP = 5
OUTPUT_SUFFIXES = (".json", ".npy", ".npz", ".csv")

_Normalize = Annotated[
    bool,
    typer.Option("--normalize", help="Levels 0 to 255 become 0.0 to 1.0.", rich_help_panel=_PICTURES),
]
_Resize = Annotated[
    bool,
    typer.Option("--resize", help="Give pictures the size that the signature wants.", rich_help_panel=_PICTURES),
]
_Size = Annotated[
    str | None,
    typer.Option("--size", metavar="HxW", help="Give pictures this height and width.", rich_help_panel=_PICTURES),
]
_Grayscale = Annotated[bool, typer.Option("--grayscale", help="Make pictures grey.", rich_help_panel=_PICTURES)]
_Invert = Annotated[
    bool, typer.Option("--invert", help="Swap black and white: MNIST's ink is white.", rich_help_panel=_PICTURES)
]
_Show = Annotated[
    bool, typer.Option("--show", help="Draw the pictures that are sent, on stderr.", rich_help_panel=_PICTURES)
]
_Labels = Annotated[
    Path | None,
    typer.Option(
        "--labels",
        metavar="FILE",
        help="Names of the classes: one a line, or a JSON list or object.",
        rich_help_panel=_ANSWER,
    ),
]
_Top = Annotated[
    int | None,
    typer.Option(
        "--top",
        metavar="K",
        min=1,
        help=f"Show the K best classes of each row.  [default: {DEFAULT_TOP} with --labels]",
        rich_help_panel=_ANSWER,
    ),
]
_Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write the answer to a file: .json, .npy, .npz or .csv.",
        rich_help_panel=_ANSWER,
    ),
]


@dataclass(frozen=True)
class PictureChanges:
    """What is done to pictures before they are sent."""

    normalize: _Normalize = False
    resize: _Resize = False
    size: _Size = None
    grayscale: _Grayscale = False
    invert: _Invert = False

    def options(self) -> PictureOptions:
        """As the reader of pictures wants them; UsageError for a size that is none."""
        from tfsctl.client.pictures import PictureOptions, parse_size

        return PictureOptions(
            grayscale=self.grayscale,
            resize=self.resize,
            size=None if self.size is None else parse_size(self.size),
            invert=self.invert,
            normalize=self.normalize,
        )


@dataclass(frozen=True)
class PictureFlags(PictureChanges):
    """What is done to pictures."""

    show: _Show = False

    @property
    def is_any(self) -> bool:
        """Whether any of them is given."""
        return self != PictureFlags()


@dataclass(frozen=True)
class AnswerOptions:
    """What is made of the answer."""

    labels: _Labels = None
    top: _Top = None
    output: _Output = None

    @property
    def wants_classes(self) -> bool:
        """Whether rows are scores of classes."""
        return self.labels is not None or self.top is not None

    def check(self) -> None:
        """UsageError for labels that cannot be read, or a file of a kind that is not written.

        Said before the server is asked, which may take long.
        """
        if self.labels is not None:
            from tfsctl.cli._predict.classes import read_labels

            read_labels(self.labels)
        if self.output is None:
            return
        suffix = self.output.suffix.lower()
        if suffix not in OUTPUT_SUFFIXES:
            raise UsageError(f"--output cannot write {self.output.name}.", hint=f"Use {', '.join(OUTPUT_SUFFIXES)}.")
        if self.wants_classes and suffix in {".npy", ".npz"}:
            raise UsageError(f"{suffix} has no place for classes.", hint="Use .json or .csv, or leave out --top.")
