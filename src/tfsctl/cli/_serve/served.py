"""What a running server serves, for the lines that greet its user."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfsctl.errors import NotFoundError
from tfsctl.model_spec import DEFAULT_SIGNATURE_NAME, ModelSpec
from tfsctl.signature import PREDICT_METHOD_NAME

if TYPE_CHECKING:
    from tfsctl.serving import Server
    from tfsctl.signature import Signature


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A configured model: the newest available version and its signatures, None and none where there is no version."""

    name: str
    version: int | None
    signatures: dict[str, Signature]


def served_models(server: Server) -> list[ServedModel]:
    """The models of a server in their order."""
    return [_served_model(server, name) for name in server.core.model_names()]


def _served_model(server: Server, name: str) -> ServedModel:
    try:
        servable = server.core.servable(ModelSpec(name)).servable
    except NotFoundError:
        return ServedModel(name, None, {})
    return ServedModel(name, servable.id.version, dict(servable.signatures))


def curl_line(server: Server, model: ServedModel) -> str | None:
    """A command that asks a model something it can answer; None where nobody can know what that is.

    That is so where there is no REST port or it speaks TLS, no default signature, or one that wants tf.Examples.
    """
    if server.rest_port is None or server.config.rest_ssl:
        return None
    return curl_line_at(server.rest_address, model)


def curl_line_at(rest: str, model: ServedModel) -> str | None:
    """The same for a model of the server whose REST API is at `rest`, as `HOST:PORT`."""
    from urllib.parse import quote

    from tfsctl.client.example_inputs import example_body

    signature = model.signatures.get(DEFAULT_SIGNATURE_NAME)
    if signature is None or signature.method_name != PREDICT_METHOD_NAME:
        return None
    body = example_body(signature).decode()
    url = f"http://{rest}/v1/models/{quote(model.name, safe='')}:predict"
    return f"curl -d {shlex.quote(body)} {shlex.quote(url)}"
