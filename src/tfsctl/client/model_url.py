"""REST URLs of models (tensorflow-serving.md §1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from tfsctl.client.address import ServerAddress
    from tfsctl.model_spec import ModelSpec


def model_url(address: ServerAddress, spec: ModelSpec, suffix: str = "") -> str:
    """The URL of the model or version that `spec` names, with a suffix such as `:predict`."""
    url = f"{address.http_url}/v1/models/{quote(spec.name, safe='')}"
    if spec.version is not None:
        url += f"/versions/{spec.version}"
    elif spec.version_label is not None:
        url += f"/labels/{quote(spec.version_label, safe='')}"
    return url + suffix
