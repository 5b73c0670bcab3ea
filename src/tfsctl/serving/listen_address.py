"""Addresses to listen on: how they are written, and whether they are free."""

from __future__ import annotations

from tfsctl.serving.http_listen import listen


def format_address(host: str, port: int) -> str:
    """`127.0.0.1:8500`, or `[::1]:8500` for IPv6."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def check_can_listen(host: str, port: int) -> None:
    """Raise the ServerStartError that tells why nobody could listen there now; do nothing if one could."""
    for listener in listen(host, port):
        listener.close()
