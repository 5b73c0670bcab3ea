"""The options of `tfsctl tune` about what is sent, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from tfsctl.bench import BenchPlan

_LOAD = "Load"


@dataclass(frozen=True, kw_only=True)
class TuneLoadOptions:
    """The load under which settings are compared; called as in `tfsctl bench`, which has more of them."""

    concurrency: Annotated[
        int | None,
        typer.Option(
            "--concurrency",
            metavar="N",
            help="How many requests are in flight at once.  [default: found out]",
            rich_help_panel=_LOAD,
        ),
    ] = None
    rate: Annotated[
        float | None,
        typer.Option(
            "--rate",
            metavar="PER_SECOND",
            help="Send at this rate, answered or not, and look for the shortest latency.",
            rich_help_panel=_LOAD,
        ),
    ] = None
    rest: Annotated[bool, typer.Option("--rest/--grpc", help="The protocol to speak.", rich_help_panel=_LOAD)] = False
    signature_name: Annotated[
        str,
        typer.Option(
            "--signature-name",
            metavar="NAME",
            help="The signature.  [default: mnist's predict_images, else serving_default]",
            rich_help_panel=_LOAD,
        ),
    ] = ""
    inputs: Annotated[
        Path | None,
        typer.Option(
            "--inputs",
            metavar="FILE|DIR",
            help="Send what is in a file or a folder of pictures, as `tfsctl bench` does.  [default: mnist's test"
            " digits, else example values]",
            rich_help_panel=_LOAD,
        ),
    ] = None
    batch_size: Annotated[
        int | None,
        typer.Option("--batch-size", metavar="N", help="Rows in each request.  [default: 1]", rich_help_panel=_LOAD),
    ] = None
    input_shape: Annotated[
        list[str] | None,
        typer.Option(
            "--input-shape",
            metavar="[NAME=]N,N,…",
            help="The whole shape of an input that is made. May come again.",
            rich_help_panel=_LOAD,
        ),
    ] = None

    @property
    def protocol(self) -> Literal["rest", "grpc"]:
        """What is spoken."""
        return "rest" if self.rest else "grpc"

    def plan(self, model: str) -> BenchPlan:
        """What is sent to `model`; UsageError where options make no sense."""
        from tfsctl.bench import BenchPlan
        from tfsctl.bench.workload import InputsPlan, parse_shape

        return BenchPlan(
            model=model,
            protocol=self.protocol,
            signature_name=self.signature_name,
            inputs=InputsPlan(
                path=self.inputs,
                batch_size=self.batch_size,
                shapes=tuple(parse_shape(text) for text in self.input_shape or ()),
            ),
        )
