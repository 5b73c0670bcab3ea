"""`tfsctl predict`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tfsctl.cli._client_options import (
    DEFAULT_TIMEOUT_SECONDS,
    LabelOption,
    ModelArgument,
    RestFlag,
    ServerOption,
    TimeoutOption,
    VersionOption,
    model_or_only_one,
    open_client,
)
from tfsctl.cli._command import command, new_app
from tfsctl.cli._console import Console
from tfsctl.cli._predict_input import choose_example, looks_like_input, read_body
from tfsctl.cli._predict_output import check_output_aliases, filter_outputs, parse_answer

app = new_app()
_SHOWN_CHARACTERS = 300

InputArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="INPUT",
        help="JSON; @FILE (.json, .npy, .npz); - for standard input; or NAME=VALUE for each input. Left out, an example"
        " made from the signature is sent.",
    ),
]
SignatureOption = Annotated[
    str, typer.Option("--signature-name", metavar="NAME", help="The signature to run.  [default: serving_default]")
]
ColumnarFlag = Annotated[
    bool, typer.Option("--columnar", help="INPUT is whole tensors (`inputs`), not a list of examples (`instances`).")
]
FilterOption = Annotated[
    list[str] | None, typer.Option("--output-filter", metavar="NAME", help="Show this output only; may be repeated.")
]
DryRunFlag = Annotated[
    bool, typer.Option("--dry-run", help="Print the request as a curl or grpcurl command and do not send it.")
]


@command(app, is_brief=True)
def predict(
    console: Console,
    model: ModelArgument = None,
    inputs: InputArgument = None,
    *,
    signature_name: SignatureOption = "",
    model_version: VersionOption = None,
    version_label: LabelOption = None,
    columnar: ColumnarFlag = False,
    output_filter: FilterOption = None,
    dry_run: DryRunFlag = False,
    server: ServerOption = None,
    rest: RestFlag = None,
    timeout_seconds: TimeoutOption = DEFAULT_TIMEOUT_SECONDS,
) -> None:
    """Send one prediction request and print the answer.

    A JSON list is a list of examples (`instances`); an object with `instances` or `inputs` is the whole request. The
    answer's `predictions` or `outputs` are printed; with --json the whole answer.

    Examples:
      tfsctl predict half_plus_two '[1.0, 2.0, 5.0]'
      tfsctl predict half_plus_two x='[1.0, 2.0]' --rest
      tfsctl predict mnist images=@digits.npy --signature-name predict_images
      tfsctl predict half_plus_two @request.json --json | jq '.predictions[0]'
      tfsctl predict half_plus_two '[1.0]' --rest --dry-run
    """
    from tfsctl.model_spec import ModelSpec

    given = list(inputs or ())
    if model is not None and looks_like_input(model):
        given.insert(0, model)
        model = None
    body = read_body(given, columnar=columnar) if given else None
    with open_client(console, server, rest, timeout_seconds=timeout_seconds) as client:
        spec = ModelSpec(model_or_only_one(model, client), model_version, version_label, signature_name)
        if body is None:
            spec, body = choose_example(client, spec)
            console.say(f"No INPUT given; sending {_shortened(body.decode())}")
        if dry_run:
            console.show(client.request_line(spec, body))
            return
        aliases = check_output_aliases(client, spec, output_filter or ())
        answer = parse_answer(client.predict_json(spec, body))
    _show(filter_outputs(answer, aliases), console)


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"


def _show(answer: dict[str, Any], console: Console) -> None:
    """The whole answer with --json; else the one value in it, which `predictions` or `outputs` names."""
    console.show_json(answer if console.as_json or len(answer) != 1 else next(iter(answer.values())))
