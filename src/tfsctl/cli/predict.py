"""`tfsctl predict`."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tfsctl.cli._client_options import (
    LabelOption,
    ModelArgument,
    ServerOptions,
    VersionOption,
    model_or_only_one,
)
from tfsctl.cli._frame.command import command, new_app
from tfsctl.cli._frame.console import Console
from tfsctl.cli._predict.input import choose_example, looks_like_input, read_body
from tfsctl.cli._predict.options import AnswerOptions, PictureFlags
from tfsctl.cli._predict.output import check_output_aliases, filter_outputs, parse_answer, show_answer
from tfsctl.errors import DeadlineExceededError, TfsctlError, UnavailableError

if TYPE_CHECKING:
    from tfsctl.cli._predict.arrays import ArrayRequest
    from tfsctl.client import Client
    from tfsctl.model_spec import ModelSpec
    from tfsctl.signature import Signature

app = new_app()
_SHOWN_CHARACTERS = 300

InputArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="INPUT",
        help="JSON; @FILE (.json .npy .npz .csv .txt .png .jpg), several for a batch; - for standard input; or for"
        " each input NAME=VALUE, NAME:=JSON or NAME=@FILE. Left out, an example made from the signature is sent.",
    ),
]
SignatureOption = Annotated[
    str, typer.Option("--signature-name", metavar="NAME", help="The signature to run.  [default: serving_default]")
]
FilterOption = Annotated[
    list[str] | None, typer.Option("--output-filter", metavar="NAME", help="Show this output only; may be repeated.")
]


@dataclass(frozen=True)
class RequestOptions:
    """How the inputs become requests."""

    columnar: Annotated[
        bool,
        typer.Option("--columnar", help="INPUT is whole tensors (`inputs`), not a list of examples (`instances`)."),
    ] = False
    batch_size: Annotated[
        int | None, typer.Option("--batch-size", metavar="N", min=1, help="Send so many rows with each request.")
    ] = None
    reshape: Annotated[
        bool, typer.Option("--reshape", help="Give arrays the signature's shape where they have as many values.")
    ] = False
    no_check: Annotated[
        bool, typer.Option("--no-check", help="Send the inputs without comparing them with the signature.")
    ] = False
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the request as a curl or grpcurl command and do not send it.")
    ] = False


@command(app, is_brief=True)
def predict(
    console: Console,
    model: ModelArgument = None,
    inputs: InputArgument = None,
    *,
    signature_name: SignatureOption = "",
    model_version: VersionOption = None,
    version_label: LabelOption = None,
    output_filter: FilterOption = None,
    request: RequestOptions,
    pictures: PictureFlags,
    answers: AnswerOptions,
    options: ServerOptions,
) -> None:
    """Send a prediction request and print the answer.

    A JSON list is a list of examples (`instances`); an object with `instances` or `inputs` is the whole request. The
    answer's `predictions` or `outputs` are printed; with --json the whole answer. A terminal shows several outputs, and
    classes, as a table, unless --quiet is given.

    Examples:
      tfsctl predict half_plus_two '[1.0, 2.0, 5.0]'
      tfsctl predict half_plus_two x='[1.0, 2.0]' --rest
      tfsctl predict mnist @digit.png --signature-name predict_images --normalize --show
      tfsctl predict mnist images=@digits.npy --signature-name predict_images
      tfsctl predict iris @flowers.csv --batch-size 100 --output scores.npy
      tfsctl predict half_plus_two @request.json --json | jq '.predictions[0]'
      tfsctl predict half_plus_two '[1.0]' --rest --dry-run
    """
    from tfsctl.model_spec import ModelSpec

    answers.check()
    given = list(inputs or ())
    if model is not None and looks_like_input(model):
        given.insert(0, model)
        model = None
    is_plain = not _needs_arrays(given, request, pictures)
    body = read_body(given, columnar=request.columnar) if given and is_plain else None
    with options.open(console) as client:
        spec = ModelSpec(model_or_only_one(model, client), model_version, version_label, signature_name)
        if not given:
            spec, body = choose_example(client, spec)
            given = [body.decode()]
            console.say(f"No INPUT given; sending {_shortened(given[0])}")
        asked = _Asked(console, client, _named_spec(spec, body), request, output_filter or ())
        answer = asked.with_json(body) if body is not None and is_plain else asked.with_arrays(given, pictures)
        if answer is None:
            return
        signature = asked.signature() if answers.output is not None else None
    show_answer(answer, console, answers, signature=signature, aliases=output_filter or ())


@dataclass(frozen=True)
class _Asked:
    """One question to a server. Each `with_` gives the answer, None where nothing was to be sent."""

    console: Console
    client: Client
    spec: ModelSpec
    request: RequestOptions
    output_filter: Sequence[str]

    def signature(self) -> Signature:
        return self.client.signature(self.spec)

    def with_json(self, body: bytes) -> dict[str, Any] | None:
        """The body goes out as it is."""
        if self.request.dry_run:
            self.console.show(self.client.request_line(self.spec, body))
            return None
        aliases = check_output_aliases(self.client, self.spec, self.output_filter)
        if not self.request.no_check:
            _check_first(self.client, self.spec, body)
        return filter_outputs(parse_answer(self.client.predict_json(self.spec, body)), aliases)

    def with_arrays(self, given: Sequence[str], pictures: PictureFlags) -> dict[str, Any] | None:
        """Files become arrays, and those a request or several."""
        from tfsctl.cli._predict.arrays import read_request
        from tfsctl.cli._predict.batches import ask_in_batches

        found = read_request(
            given,
            self.signature(),
            pictures=pictures.options(),
            columnar=self.request.columnar,
            reshape=self.request.reshape,
            check=not self.request.no_check,
        )
        if pictures.show:
            _draw(found, self.console)
        if self.request.dry_run:
            from tfsctl.codec.json_request import encode_predict_body

            self.console.show(self.client.request_line(self.spec, encode_predict_body(found.arrays)))
            return None
        return ask_in_batches(
            self.client,
            self.spec,
            found,
            batch_size=self.request.batch_size,
            output_filter=self.output_filter,
            console=self.console,
        )


def _needs_arrays(given: Sequence[str], request: RequestOptions, pictures: PictureFlags) -> bool:
    """Whether there is more to do than to pass JSON on. That is the short way, which loads no numpy."""
    from tfsctl.cli._predict.input import names_file

    if request.batch_size is not None or request.reshape or pictures.is_any:
        return True
    return any(names_file(text) for text in given)


def _named_spec(spec: ModelSpec, body: bytes | None) -> ModelSpec:
    """With the signature that the body asks for, if the command line says none."""
    if spec.signature_name or body is None or b"signature_name" not in body:
        return spec
    name = parse_answer(body).get("signature_name")
    return replace(spec, signature_name=name) if isinstance(name, str) else spec


def _check_first(client: Client, spec: ModelSpec, body: bytes) -> None:
    """Compare the inputs with the signature, if the server tells it; what is wrong with the rest it says itself."""
    import json

    from tfsctl.client.input_check import check_body

    try:
        signature = client.signature(spec)
    except (UnavailableError, DeadlineExceededError):
        raise
    except TfsctlError:
        return
    check_body(json.loads(body), signature)


def _draw(request: ArrayRequest, console: Console) -> None:
    from tfsctl.cli._predict.picture_drawing import draw_inputs

    width = shutil.get_terminal_size().columns
    for drawing in draw_inputs(request.arrays, width=width, encoding=console.talk_encoding):
        console.say(drawing)


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"
