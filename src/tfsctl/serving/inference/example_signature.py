"""What the rules for classification and regression signatures have in common (tensorflow-serving.md §6.3)."""

from __future__ import annotations

from tfsctl.errors import InvalidArgumentError
from tfsctl.saved_model import to_signature
from tfsctl.serving.models.servable import Servable
from tfsctl.signature import Signature

# The only input that such a signature has.
EXAMPLES_ALIAS = "inputs"


def find_example_signature(
    servable: Servable, name: str, *, not_found: str = "No signature was found with the name: "
) -> Signature:
    """The signature `name`; raises InvalidArgumentError with the text `not_found` and the name if there is none.

    The initialisation of TF2 models counts here, as it does for TF Serving: the rules say what is wrong with it.
    """
    signature = servable.signatures.get(name)
    if signature is not None:
        return signature
    definition = servable.model.info.signature_defs.get(name)
    if definition is None:
        raise InvalidArgumentError(not_found + name)
    return to_signature(name, definition)


def check_method_name_is(signature: Signature, method_name: str, *, noun: str) -> None:
    """Raise InvalidArgumentError unless the signature was exported for `method_name`."""
    if signature.method_name != method_name:
        raise InvalidArgumentError(
            f"Expected {noun} signature method_name to be {method_name}. Was: {signature.method_name}"
        )


def definition_text(servable: Servable, signature: Signature) -> str:
    """The SignatureDef as error texts quote it, on lines of its own; without protobuf's random mark in front."""
    from google.protobuf import text_format  # Only errors need it.

    text: str = text_format.MessageToString(servable.model.info.signature_defs[signature.name])
    return text


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as TensorFlow prints it, such as `[2,1]`."""
    return "[" + ",".join(map(str, shape)) + "]"
