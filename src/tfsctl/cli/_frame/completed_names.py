"""The names that a shell offers: models, versions, labels and signatures of the server, and servers here.

What the server has is asked over plain REST, within 0.3 s in all. Whatever goes wrong, nothing is offered and nothing
is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import typer

if TYPE_CHECKING:
    from tfsctl.client import ServerAddress

Complete = Callable[[typer.Context, str], list[str]]
_SECONDS = 0.3
# Those of tfsctl.export, which nobody can load while a person waits for a completion.
SAMPLES = ("half_plus_two", "half_plus_three", "mnist")


def models(ctx: typer.Context, incomplete: str) -> list[str]:
    """The models that the server lists; a TensorFlow Serving cannot."""
    return [name for name in _looked_up(lambda: _Look(ctx).models()) if name.startswith(incomplete)]


def versions(ctx: typer.Context, incomplete: str) -> list[str]:
    """The available versions of the model that is typed, or the only one there is; for `status` the others too."""
    wants_all = ctx.info_name == "status"
    found = _looked_up(lambda: _Look(ctx).versions(wants_all=wants_all))
    return [version for version in found if version.startswith(incomplete)]


def labels(ctx: typer.Context, incomplete: str) -> list[str]:
    """The labels of the model."""
    return [label for label in _looked_up(lambda: _Look(ctx).labels()) if label.startswith(incomplete)]


def assignments(ctx: typer.Context, incomplete: str) -> list[str]:
    """The labels of the model, each with every available version; or the versions alone, for a label that is new."""

    def found() -> Iterator[str]:
        look = _Look(ctx)
        new = [incomplete.partition("=")[0]] if "=" in incomplete else []
        names = [*look.labels(), *new]
        versions = list(look.versions(wants_all=False))
        return (f"{label}={version}" for label in dict.fromkeys(names) for version in versions)

    return [assignment for assignment in _looked_up(found) if assignment.startswith(incomplete)]


def signatures(ctx: typer.Context, incomplete: str) -> list[str]:
    """The signatures of the model, in the version that is typed, or the newest."""
    return [name for name in _looked_up(lambda: _Look(ctx).signatures()) if name.startswith(incomplete)]


def background_servers(ctx: typer.Context, incomplete: str) -> list[str]:
    """The servers in the background that run as processes here. Containers are not asked for: that takes too long."""
    typed = ctx.params.get("names") or ()

    def names() -> Iterator[str]:
        from tfsctl.background import StateDirectory

        return (entry.name for entry in StateDirectory().entries())

    return [name for name in _looked_up(names) if name.startswith(incomplete) and name not in typed]


def samples(incomplete: str) -> list[str]:
    """The models that `tfsctl export` can make of nothing; a shell offers files where none of these fits."""
    return [name for name in SAMPLES if name.startswith(incomplete)]


def commands(ctx: typer.Context, incomplete: str) -> list[str]:
    """The commands of `tfsctl`."""
    root: Any = ctx.find_root()
    names: list[str] = root.command.list_commands(root)
    return [name for name in names if name.startswith(incomplete)]


# By the name of the parameter, for every command that asks a server.
OF_SERVER: Mapping[str, Complete] = {
    "model": models,
    "model_version": versions,
    "version_label": labels,
    "signature_name": signatures,
    "labels": labels,
    "assignments": assignments,
}


def _looked_up(look: Callable[[], Iterator[str]]) -> Sequence[str]:
    """What `look` finds within the time; nothing if it fails or is late, for whatever reason."""
    from threading import Thread

    found: list[str] = []

    def run() -> None:
        try:
            found.extend(look())
        except Exception:  # noqa: BLE001 (a person is typing: there is no place for any message)
            found.clear()

    # A thread, because a name server that does not answer cannot be given up on in any other way.
    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(_SECONDS)
    return [] if thread.is_alive() else found


class _Look:
    """One look at the server that the options name which are typed so far, set in the environment, or in the files."""

    def __init__(self, ctx: typer.Context) -> None:
        self._options = ctx.params

    def models(self) -> Iterator[str]:
        return (model["name"] for model in self._listed())

    def versions(self, *, wants_all: bool) -> Iterator[str]:
        status = self._get(f"/v1/models/{quote(self._model(), safe='')}")
        for version in status["model_version_status"]:
            if wants_all or version["state"] == "AVAILABLE":
                yield version["version"]

    def labels(self) -> Iterator[str]:
        model = self._model()
        return (
            label for found in self._listed() if found["name"] == model for label in found.get("version_labels", ())
        )

    def signatures(self) -> Iterator[str]:
        path = f"/v1/models/{quote(self._model(), safe='')}"
        if self._options.get("model_version") is not None:
            path += f"/versions/{self._options['model_version']}"
        elif self._options.get("version_label") is not None:
            path += f"/labels/{quote(self._options['version_label'], safe='')}"
        metadata = self._get(f"{path}/metadata")["metadata"]
        return iter(sorted(metadata["signature_def"]["signature_def"]))

    def _model(self) -> str:
        """The model that is typed, or the only one that is served; ValueError where that is not clear."""
        typed = self._options.get("model")
        if isinstance(typed, str) and typed:
            return typed
        (only,) = self.models()
        return only

    def _listed(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._get("/v1/models")["models"]
        return found

    def _get(self, path: str) -> Any:
        from tfsctl.client.quick_get import get_json

        return get_json(self._address(), path, timeout_seconds=_SECONDS)

    def _address(self) -> ServerAddress:
        from tfsctl.client import parse_server
        from tfsctl.client.tls_files import TlsFiles

        option = self._options.get
        given = option("rest_server") or option("server")
        address = parse_server(_rest_beside(given) if given else None)
        files = TlsFiles(option("ssl_ca"), option("ssl_cert"), option("ssl_key"))
        return address.with_tls(files).with_protocol("rest")


def _rest_beside(server: str) -> str:
    """Where the server speaks REST whose gRPC address `server` may be; the same text where nothing is known of that."""
    from tfsctl.client.address import GRPC_PORT, REST_PORT, parse_server

    address = parse_server(server)
    if address.protocol == "rest" or (address.port is None and address.socket is None):
        return server
    from tfsctl.background import StateDirectory

    for entry in StateDirectory().entries():
        if entry.grpc == address.target and entry.rest is not None:
            return entry.rest
    if address.port == GRPC_PORT:
        scheme = "https://" if address.secure else ""
        return scheme + address.target.replace(f":{GRPC_PORT}", f":{REST_PORT}")
    if address.protocol == "grpc":
        raise ValueError("nobody knows where it speaks REST")
    return server
