"""A registry of container images on this machine, as much of one as `docker pull` needs."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import http.server
import io
import json
import os
import tarfile
import threading
from collections.abc import Iterator
from typing import Any

_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_LAYER_BYTES = 3_000_000


class Registry:
    """Has the image `some/model:1`, for a processor of IBM's and without a program; `private/model` nobody gets.

    Attributes:
        address: Its `HOST:PORT`; Docker talks to this machine without TLS.
        may_finish: While it is not set, layers stop half-way.
        is_half_way: Set once one has.
    """

    def __init__(self) -> None:
        self.may_finish, self.is_half_way = threading.Event(), threading.Event()
        self.may_finish.set()
        layer, diff_id = _layer()
        config = json.dumps(
            {"architecture": "s390x", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": [diff_id]}}
        ).encode()
        self.blobs = {_digest(blob): blob for blob in (layer, config)}
        self.manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": _MANIFEST,
                "config": _entry(config, "application/vnd.docker.container.image.v1+json"),
                "layers": [_entry(layer, "application/vnd.docker.image.rootfs.diff.tar.gzip")],
            }
        ).encode()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"127.0.0.1:{self.server.server_address[1]}"

    def _handler(registry) -> type[http.server.BaseHTTPRequestHandler]:  # noqa: N805 (the handler has a self, too)
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self._answer(is_head=True)

            def do_GET(self) -> None:
                self._answer(is_head=False)

            def _answer(self, *, is_head: bool) -> None:
                status, content, kind = registry.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.send_header("Docker-Content-Digest", _digest(content))
                self.end_headers()
                if not is_head:
                    with contextlib.suppress(OSError):  # A pull was interrupted.
                        self._send(content)

            def _send(self, content: bytes) -> None:
                half = len(content) // 2 if len(content) > _LAYER_BYTES // 2 else 0
                self.wfile.write(content[:half])
                if half and not registry.may_finish.is_set():
                    registry.is_half_way.set()
                    registry.may_finish.wait(60)
                self.wfile.write(content[half:])

            def log_message(self, *_args: Any) -> None:
                """Say nothing."""

        return Handler

    def answer(self, path: str) -> tuple[int, bytes, str]:
        """Status, body and its type for a path."""
        if path == "/v2/":
            return 200, b"{}", "application/json"
        if "/private/" in path:
            return 401, _error("UNAUTHORIZED", "authentication required"), "application/json"
        if path.endswith(("/manifests/1", f"/manifests/{_digest(self.manifest)}")):
            return 200, self.manifest, _MANIFEST
        blob = self.blobs.get(path.rpartition("/")[2])
        if blob is not None:
            return 200, blob, "application/octet-stream"
        return 404, _error("MANIFEST_UNKNOWN", "manifest unknown"), "application/json"


@contextlib.contextmanager
def running_registry() -> Iterator[Registry]:
    """A registry for as long as the block runs."""
    registry = Registry()
    thread = threading.Thread(target=registry.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        registry.may_finish.set()
        registry.server.shutdown()
        registry.server.server_close()
        thread.join()


def _layer() -> tuple[bytes, str]:
    """A compressed layer with one file that cannot be made smaller, and the digest of the layer itself."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        entry = tarfile.TarInfo("content")
        entry.size = _LAYER_BYTES
        archive.addfile(entry, io.BytesIO(os.urandom(_LAYER_BYTES)))
    return gzip.compress(content.getvalue()), _digest(content.getvalue())


def _entry(blob: bytes, media_type: str) -> dict[str, Any]:
    return {"mediaType": media_type, "size": len(blob), "digest": _digest(blob)}


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _error(code: str, message: str) -> bytes:
    return json.dumps({"errors": [{"code": code, "message": message}]}).encode()
