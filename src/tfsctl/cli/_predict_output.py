"""Which parts of an answer the user wants to see."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tfsctl.errors import InternalError, InvalidArgumentError

if TYPE_CHECKING:
    from tfsctl.client import Client
    from tfsctl.model_spec import ModelSpec


def check_output_aliases(client: Client, spec: ModelSpec, aliases: Sequence[str]) -> Sequence[str]:
    """`aliases`, if the signature has them all; no request is made where there are none.

    Raises InvalidArgumentError with the words of TF Serving's gRPC API (tensorflow-serving.md §2.5), whose field this
    is: REST has no output filter.
    """
    if not aliases:
        return aliases
    signature = client.metadata(spec).signatures.get(spec.resolved_signature_name)
    known = sorted(signature.outputs) if signature is not None else []
    for alias in aliases:
        if signature is not None and alias not in known:
            raise InvalidArgumentError(
                f"output tensor alias not found in signature: {alias}"
                f" Outputs expected to be in the set {{{','.join(known)}}}."
            )
    return aliases


def parse_answer(reply: bytes) -> dict[str, Any]:
    """The object in a reply. Strings need not be UTF-8: TF Serving passes a model's bytes on as they are.

    Raises InternalError for what is no JSON object.
    """
    try:
        answer = json.loads(reply.decode(errors="surrogateescape"))
    except ValueError as error:
        raise InternalError(f"The server's answer is not JSON: {error}.") from error
    if not isinstance(answer, dict):
        raise InternalError("The server's answer is not a JSON object.")
    return answer


def filter_outputs(answer: dict[str, Any], aliases: Sequence[str]) -> dict[str, Any]:
    """An answer with the named outputs only; one output alone stands without its name, as TF Serving prints it.

    An answer of a single output has no names in it, and is left as it is.
    """
    if not aliases:
        return answer
    if isinstance(answer.get("outputs"), dict):
        return {"outputs": _chosen(answer["outputs"], aliases)}
    if "predictions" in answer and all(isinstance(row, dict) for row in answer["predictions"]):
        return {"predictions": [_chosen(row, aliases) for row in answer["predictions"]]}
    return answer


def _chosen(named: dict[str, Any], aliases: Sequence[str]) -> Any:
    kept = {alias: named[alias] for alias in aliases if alias in named}
    return next(iter(kept.values())) if len(kept) == 1 else kept
