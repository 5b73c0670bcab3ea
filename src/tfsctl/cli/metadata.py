"""`tfsctl metadata`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tfsctl.cli._client_options import (
    LabelOption,
    ModelArgument,
    ServerOptions,
    VersionOption,
    model_or_only_one,
)
from tfsctl.cli._frame.command import command, new_app
from tfsctl.cli._frame.console import Console

if TYPE_CHECKING:
    from tfsctl.client import ModelMetadata
    from tfsctl.signature import Signature, TensorSpec

app = new_app()


@command(app, is_brief=True)
def metadata(
    console: Console,
    model: ModelArgument = None,
    *,
    model_version: VersionOption = None,
    version_label: LabelOption = None,
    options: ServerOptions,
) -> None:
    """Show the signatures of a model: what goes in and what comes out.

    A shape's `-1` stands for any size; the first is usually the number of examples.

    Examples:
      tfsctl metadata half_plus_two
      tfsctl metadata mnist --json
    """
    from tfsctl.model_spec import ModelSpec

    with options.open(console) as client:
        name = model_or_only_one(model, client)
        found = client.metadata(ModelSpec(name, model_version, version_label))
    if console.as_json:
        console.show_json(_as_json(found))
        return
    console.say(f"{found.name}, version {found.version}")
    console.show_table(("signature", "method", "tensor", "name", "type", "shape"), list(_rows(found)))


def _rows(found: ModelMetadata) -> Iterator[tuple[str, ...]]:
    for name, signature in sorted(found.signatures.items(), key=lambda item: (item[0] != "serving_default", item[0])):
        method = signature.method_name.rpartition("/")[2]
        for role, specs in (("input", signature.inputs), ("output", signature.outputs)):
            for alias, spec in sorted(specs.items()):
                yield name, method, role, alias, spec.dtype.tf_name, _shape(spec)


def _shape(spec: TensorSpec) -> str:
    return "unknown" if spec.shape is None else str(list(spec.shape))


def _as_json(found: ModelMetadata) -> dict[str, Any]:
    signatures = {name: _signature_as_json(signature) for name, signature in sorted(found.signatures.items())}
    return {"name": found.name, "version": found.version, "signatures": signatures}


def _signature_as_json(signature: Signature) -> dict[str, Any]:
    return {
        "method_name": signature.method_name,
        "inputs": _specs_as_json(signature.inputs),
        "outputs": _specs_as_json(signature.outputs),
    }


def _specs_as_json(specs: Mapping[str, TensorSpec]) -> dict[str, Any]:
    return {
        alias: {"dtype": spec.dtype.proto_name, "shape": None if spec.shape is None else list(spec.shape)}
        for alias, spec in sorted(specs.items())
    }
