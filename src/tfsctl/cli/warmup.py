"""`tfsctl warmup`."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tfsctl.cli._frame.command import CommandGroup, command, new_app
from tfsctl.cli._frame.console import Console
from tfsctl.cli._frame.exit_status import ExitStatus
from tfsctl.cli._frame.failure import usage_errors
from tfsctl.cli._predict.input import is_pair, read_body

if TYPE_CHECKING:
    from tfsctl.warmup import CheckReport, Finding, WarmupReport

app = new_app()


class Method(str, enum.Enum):
    """What a request asks for."""

    PREDICT = "predict"
    CLASSIFY = "classify"
    REGRESS = "regress"


PathArgument = Annotated[
    Path, typer.Argument(metavar="PATH", help="A version directory, or a base path: its newest version is meant.")
]
FileArgument = Annotated[
    Path, typer.Argument(metavar="PATH", help="A version directory, a base path (its newest version), or a file.")
]
InputArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="INPUT",
        help="One request each: JSON; @FILE (.json, .npy, .npz); - for standard input; all NAME=VALUE together are one."
        " Left out, a request is made from the signature.",
    ),
]
SignatureOption = Annotated[
    str, typer.Option("--signature-name", metavar="NAME", help="The signature to run.  [default: serving_default]")
]
AllSignaturesFlag = Annotated[
    bool, typer.Option("--all-signatures", help="Make a request from every signature that takes one.")
]
MethodOption = Annotated[
    Method | None,
    typer.Option("--method", help="What to ask for.  [default: what the signature was exported for]"),
]
BatchSizeOption = Annotated[
    list[int] | None,
    typer.Option(
        "--batch-size",
        metavar="N",
        help="Make requests of just N rows; may be repeated, for each size that clients use.",
    ),
]
ColumnarFlag = Annotated[bool, typer.Option("--columnar", help="INPUT is whole tensors, not a list of examples.")]
FromLogOption = Annotated[
    Path | None, typer.Option("--from-log", metavar="FILE", help="Take requests from a request log.")
]
ModelNameOption = Annotated[
    str | None,
    typer.Option(
        "--model-name", metavar="NAME", help="Whose requests to take from the log.  [default: the base path's name]"
    ),
]
MaxRecordsOption = Annotated[
    int, typer.Option("--max-records", metavar="N", help="Sample a longer log down to so many requests.")
]
ForceFlag = Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")]
NoTryFlag = Annotated[
    bool, typer.Option("--no-try", help="Do not load the model to try each request on it; only compare signatures.")
]
RunFlag = Annotated[
    bool, typer.Option("--run", help="Load the model and run each request on it, not only those of unusual shapes.")
]
TagsOption = Annotated[
    str, typer.Option("--saved-model-tags", metavar="TAGS", help="The tags of the meta graph, separated by commas.")
]


@app.callback(cls=CommandGroup)
def warmup() -> None:
    """Make or check the requests that a server runs before a version is available.

    Examples:
      tfsctl warmup make models/half_plus_two
      tfsctl warmup check models/half_plus_two
    """


@command(app)
def make(
    console: Console,
    path: PathArgument,
    inputs: InputArgument = None,
    *,
    signature_name: SignatureOption = "",
    all_signatures: AllSignaturesFlag = False,
    method: MethodOption = None,
    batch_size: BatchSizeOption = None,
    columnar: ColumnarFlag = False,
    from_log: FromLogOption = None,
    model_name: ModelNameOption = None,
    max_records: MaxRecordsOption = 1000,
    force: ForceFlag = False,
    no_try: NoTryFlag = False,
    saved_model_tags: TagsOption = "serve",
) -> None:
    """Write the warm-up file of a version.

    It goes into the version's directory (assets.extra/tf_serving_warmup_requests), where TensorFlow Serving looks for
    it too. A server replays it when it loads the version, never later, and does not load a version whose file has a
    request that is refused; so each request is tried first.

    Examples:
      tfsctl warmup make models/half_plus_two
      tfsctl warmup make models/half_plus_two '[1.0, 2.0, 5.0]' --batch-size 1 --batch-size 32
      tfsctl warmup make models/mnist/2 @digits.npy --signature-name predict_images
      tfsctl warmup make models/mnist --from-log requests.tfrecord --force
    """
    from tfsctl.warmup import WarmupPlan, make_warmup_file

    with usage_errors():
        plan = WarmupPlan(
            path=path,
            bodies=tuple(_bodies(inputs or (), columnar=columnar)),
            signature_name=signature_name,
            method=method.value if method else None,
            batch_sizes=tuple(batch_size or ()),
            all_signatures=all_signatures,
            log=from_log,
            log_model_name=model_name,
            max_records=max_records,
            force=force,
            is_tried=not no_try,
            tags=_tags(saved_model_tags),
        )
    _show_made(make_warmup_file(plan), console)


@command(app)
def check(
    console: Console, path: FileArgument, *, run: RunFlag = False, saved_model_tags: TagsOption = "serve"
) -> None:
    """Read a warm-up file and tell what a server would say to it.

    Lists every record that a server would refuse, with its number, counted from 1; ends with status 1 if there is one:
    the server would not load the version.

    Examples:
      tfsctl warmup check models/half_plus_two
      tfsctl warmup check models/half_plus_two/1 --run --json
    """
    from tfsctl.warmup import check_warmup_file

    report = check_warmup_file(path, tags=_tags(saved_model_tags), runs_model=run)
    if console.as_json:
        console.show_json({**asdict(report), **_paths(report), "is_accepted": report.is_accepted})
    else:
        _show_checked(report, console)
    if not report.is_accepted:
        raise typer.Exit(ExitStatus.NEGATIVE_ANSWER)


def _bodies(inputs: Sequence[str], *, columnar: bool) -> list[bytes]:
    """A body for each input; what has a name is part of one request, the first or wherever the first of them stands."""
    pairs = [text for text in inputs if is_pair(text)]
    requests = [[text] for text in inputs if not is_pair(text)]
    if pairs:
        requests.insert(0, pairs)
    return [read_body(request, columnar=columnar) for request in requests]


def _tags(text: str) -> tuple[str, ...]:
    return tuple(tag for tag in text.split(",") if tag)


def _show_made(report: WarmupReport, console: Console) -> None:
    for remark in report.remarks:
        console.warn(remark)
    console.say(
        f"{report.model_name} version {report.version}: {_counted(report.num_records, report.kinds)}; signatures"
        f" {_listed(report.signatures)}; {report.num_bytes / 1e3:,.1f} kB."
    )
    if console.as_json:
        console.show_json({**asdict(report), "path": str(report.path)})
    else:
        console.show(str(report.path))
    console.say("A server replays it when it loads the version: one that has loaded it does not read it again.")


def _show_checked(report: CheckReport, console: Console) -> None:
    console.show(f"{report.path}: {_counted(report.num_records, report.kinds)}")
    if report.signatures:
        console.show(f"Signatures: {_listed(report.signatures)}")
    if report.version_dir is None:
        console.say("There is no SavedModel next to the file to compare it with.")
    for doubt in report.doubts:
        console.warn(_numbered(doubt))
    for problem in report.problems:
        console.show(_numbered(problem))
    if report.is_accepted:
        console.show("A server would load the version with it.")
    else:
        console.show("A server would NOT load the version with it.")


def _paths(report: CheckReport) -> dict[str, Any]:
    return {"path": str(report.path), "version_dir": str(report.version_dir) if report.version_dir else None}


def _numbered(finding: Finding) -> str:
    return finding.message if finding.record is None else f"Record {finding.record}: {finding.message}"


def _counted(num_records: int, kinds: Mapping[str, int]) -> str:
    noun = "request" if num_records == 1 else "requests"
    return f"{num_records} {noun}" + (f" ({_listed(kinds)})" if kinds else "")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())
