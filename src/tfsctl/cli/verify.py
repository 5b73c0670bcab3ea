"""`tfsctl verify`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tfsctl.cli._client_options import LabelOption, VersionOption
from tfsctl.cli._frame.command import command, new_app
from tfsctl.cli._frame.console import Console
from tfsctl.cli._frame.exit_status import ExitStatus
from tfsctl.cli._verify.cases import WantedInputs, find_cases, read_bodies
from tfsctl.cli._verify.clients import BothServerOptions, with_advice
from tfsctl.cli._verify.output import show_report
from tfsctl.errors import UnavailableError, UsageError

if TYPE_CHECKING:
    from tfsctl.client import ModelMetadata
    from tfsctl.model_spec import ModelSpec
    from tfsctl.runtime import Model
    from tfsctl.version_path import VersionPath

app = new_app()

ModelArgument = Annotated[str, typer.Argument(metavar="MODEL", help="The model's name on the server.")]
PathArgument = Annotated[
    Path,
    typer.Argument(metavar="PATH", help="Its SavedModel: a version directory, or a base path: the version served."),
]
InputArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="INPUT",
        help="One request each: JSON; @FILE (.json, .npy, .npz); - for standard input; all NAME=VALUE together are one."
        " Left out, random ones are made from the signature.",
    ),
]
SignatureOption = Annotated[
    str, typer.Option("--signature-name", metavar="NAME", help="The signature to run.  [default: serving_default]")
]
AllSignaturesFlag = Annotated[bool, typer.Option("--all-signatures", help="Make inputs for every signature.")]
NumInputsOption = Annotated[
    int | None,
    typer.Option(
        "--num-inputs",
        min=1,
        metavar="N",
        help="How many inputs to make, or to draw from a log.  [default: 10; of a log 1000]",
    ),
]
SeedOption = Annotated[int, typer.Option("--seed", min=0, metavar="N", help="What random inputs begin with.")]
FromLogOption = Annotated[
    Path | None, typer.Option("--from-log", metavar="FILE", help="Take the requests for MODEL from a request log.")
]
ColumnarFlag = Annotated[bool, typer.Option("--columnar", help="INPUT is whole tensors, not a list of examples.")]
ToleranceOption = Annotated[
    float | None,
    typer.Option(
        "--tolerance",
        min=0.0,
        metavar="X",
        help="How far floats may be off, as a part of an output's largest value; 0: not at all."
        "  [default: 8 units in the last place, 1e-6 for float32]",
    ),
]
TagsOption = Annotated[
    str, typer.Option("--saved-model-tags", metavar="TAGS", help="The tags of the meta graph, separated by commas.")
]


@command(app)
def verify(
    console: Console,
    model: ModelArgument,
    path: PathArgument,
    inputs: InputArgument = None,
    *,
    signature_name: SignatureOption = "",
    all_signatures: AllSignaturesFlag = False,
    model_version: VersionOption = None,
    version_label: LabelOption = None,
    num_inputs: NumInputsOption = None,
    seed: SeedOption = 0,
    from_log: FromLogOption = None,
    columnar: ColumnarFlag = False,
    tolerance: ToleranceOption = None,
    saved_model_tags: TagsOption = "serve",
    options: BothServerOptions,
) -> None:
    """Prove that a server answers as the SavedModel on disk does.

    The same inputs go through the SavedModel, loaded here, and through the server, over REST and gRPC. Types, shapes,
    integers and strings have to be the same; floats may be off by --tolerance. Ends with status 1 where they differ.

    Examples:
      tfsctl verify half_plus_two models/half_plus_two
      tfsctl verify mnist models/mnist/2 @digits.npy --signature-name predict_images
      tfsctl verify mnist models/mnist --from-log requests.tfrecord --tolerance 1e-4
      tfsctl verify mnist models/mnist --rest-server tf1:8501 --grpc-server tf1:8500
    """
    from tfsctl.model_spec import ModelSpec
    from tfsctl.verify import Verifier

    wanted = WantedInputs(
        inputs=inputs or (),
        signature_name=signature_name,
        all_signatures=all_signatures,
        num_inputs=num_inputs,
        seed=seed,
        log=from_log,
        columnar=columnar,
    )
    bodies = read_bodies(wanted)
    tags = tuple(tag for tag in saved_model_tags.split(",") if tag)
    with ExitStack() as stack:
        clients = options.open_all(console, stack)
        try:
            asked = ModelSpec(model, model_version, version_label)
            served = {protocol: client.metadata(asked) for protocol, client in clients.items()}
            spec, version = _find(served, path, console)
            console.say(f"Loading {version.path}")
            loaded = _load(version, tags, stack)
            cases = find_cases(wanted, bodies, loaded, version=version, model=model, tags=tags)
            verifier = Verifier(loaded, clients, spec, tolerance=tolerance)
            for protocol, metadata in served.items():
                verifier.compare_signatures(protocol, metadata.signatures)
            report = verifier.run(cases)
        except UnavailableError as error:
            raise with_advice(error, clients) from None
    show_report(report, console, spec, version)
    if not report.is_agreed:
        raise typer.Exit(ExitStatus.NEGATIVE_ANSWER)


def _find(served: Mapping[str, ModelMetadata], path: Path, console: Console) -> tuple[ModelSpec, VersionPath]:
    """The version that the server serves, and where it is on disk."""
    from tfsctl.model_spec import ModelSpec
    from tfsctl.version_path import find_version

    first, *others = served.values()
    if any(other.version != first.version for other in others):
        numbers = " and ".join(str(found.version) for found in served.values())
        raise UsageError(f"The servers serve versions {numbers} of {first.name}.", hint="Choose one: --model-version.")
    version = find_version(path, first.version)
    if version.version not in {None, first.version}:
        console.warn(f"The server serves version {first.version}, and {version.path} is version {version.version}.")
    return ModelSpec(first.name, first.version), version


def _load(version: VersionPath, tags: Sequence[str], stack: ExitStack) -> Model:
    from tfsctl.runtime import load_model

    loaded = load_model(version.path, tags=tags)
    stack.callback(loaded.close)
    return loaded
