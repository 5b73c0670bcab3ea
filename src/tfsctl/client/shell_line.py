"""How curl and grpcurl are told the way to a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfsctl.client.address import ServerAddress


def curl_options(address: ServerAddress) -> list[str]:
    """What `curl` needs before its URL, which is `address.http_url` and a path."""
    options = [] if address.socket is None else ["--unix-socket", address.socket]
    return options + _files(address, "--cacert", "--cert", "--key")


def grpcurl_options(address: ServerAddress) -> list[str]:
    """What `grpcurl` needs before the target, which is `grpcurl_target`."""
    options = [] if address.socket is None else ["-unix"]
    return options + (_files(address, "-cacert", "-cert", "-key") if address.secure else ["-plaintext"])


def grpcurl_target(address: ServerAddress) -> str:
    """`HOST:PORT`, or the path of a socket."""
    return address.target if address.socket is None else address.socket


def _files(address: ServerAddress, ca_option: str, cert_option: str, key_option: str) -> list[str]:
    files = address.tls
    given = ((ca_option, files.ca_file), (cert_option, files.cert_file), (key_option, files.key_file))
    return [word for option, path in given if path is not None for word in (option, str(path))]
