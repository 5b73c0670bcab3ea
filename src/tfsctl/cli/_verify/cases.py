"""Which inputs `tfsctl verify` asks with: given, from a log, or made up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfsctl.cli._predict.input import is_pair, read_body
from tfsctl.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from tfsctl.runtime import Model
    from tfsctl.signature import Signature
    from tfsctl.verify import Case
    from tfsctl.version_path import VersionPath

_DEFAULT_NUM_INPUTS = 10
_DEFAULT_MOST_OF_LOG = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedInputs:
    """Which inputs are wanted."""

    inputs: Sequence[str]
    signature_name: str
    all_signatures: bool
    num_inputs: int | None
    seed: int
    log: Path | None
    columnar: bool

    def __post_init__(self) -> None:
        if self.inputs and self.log:
            raise UsageError("INPUT and --from-log exclude each other.")
        if self.all_signatures and (self.inputs or self.log or self.signature_name):
            raise UsageError("--all-signatures is for inputs that are made up; a signature or an input was given.")
        if self.log and self.signature_name:
            raise UsageError("The requests of a log name their signatures themselves; leave out --signature-name.")


def read_bodies(wanted: WantedInputs) -> list[bytes]:
    """The body of each request given; what has a name is part of one."""
    requests = [[text] for text in wanted.inputs if not is_pair(text)]
    pairs = [text for text in wanted.inputs if is_pair(text)]
    return [read_body(request, columnar=wanted.columnar) for request in ([pairs] if pairs else []) + requests]


def find_cases(
    wanted: WantedInputs,
    bodies: Sequence[bytes],
    loaded: Model,
    *,
    version: VersionPath,
    model: str,
    tags: Sequence[str],
) -> Iterator[Case]:
    """The requests to ask both with; raises what cannot be found or does not fit while iterating."""
    from tfsctl.verify import case_of_body, cases_of_log, made_up_cases
    from tfsctl.warmup.example_features import made_up_example

    signatures = loaded.info.signatures
    if wanted.log is not None:
        yield from cases_of_log(wanted.log, model, signatures, most=wanted.num_inputs or _DEFAULT_MOST_OF_LOG)
        return
    for number, body in enumerate(bodies, start=1):
        yield case_of_body(f"input {number}", _signature(signatures, wanted.signature_name or _name_in(body)), body)
    if not bodies:
        names = sorted(signatures) if wanted.all_signatures else [wanted.signature_name]
        for name in names:
            signature = _signature(signatures, name)
            example = made_up_example(version.path, tags) if _takes_examples(signature) else b"example"
            count = wanted.num_inputs or _DEFAULT_NUM_INPUTS
            yield from made_up_cases(signature, count, seed=wanted.seed, example=example)


def _signature(signatures: Any, name: str) -> Signature:
    from tfsctl.model_spec import DEFAULT_SIGNATURE_NAME

    found: Signature | None = signatures.get(name or DEFAULT_SIGNATURE_NAME)
    if found is None:
        raise NotFoundError(
            f"The SavedModel has no signature '{name or DEFAULT_SIGNATURE_NAME}'.",
            hint=f"It has: {', '.join(sorted(signatures)) or 'none'}.",
        )
    return found


def _name_in(body: bytes) -> str:
    from tfsctl.codec.json_tensor import parse_predict_body

    return parse_predict_body(body).signature_name


def _takes_examples(signature: Signature) -> bool:
    from tfsctl.signature import PREDICT_METHOD_NAME

    return signature.method_name != PREDICT_METHOD_NAME
