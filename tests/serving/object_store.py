"""A real object store for tests: moto's S3 server on a port of its own, which can go down and come back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

BUCKET = "models"


class ObjectStore:
    """One bucket. Its content survives `stop` and `start`."""

    def __init__(self) -> None:
        self._server: Any = None
        self._port = 0
        self._client: Any = None
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        self._server = ThreadedMotoServer("127.0.0.1", self._port, verbose=False)
        self._server.start()
        self._port = self._server.get_host_and_port()[1]

    def stop(self) -> None:
        """Nobody listens on the port any more."""
        self._server.stop()
        self._server._server.server_close()

    def connect(self) -> None:
        import boto3

        self._client = boto3.client("s3", endpoint_url=self.address)
        self._client.create_bucket(Bucket=BUCKET)

    def put(self, key: str, content: bytes) -> None:
        self._client.put_object(Bucket=BUCKET, Key=key, Body=content)

    def upload(self, directory: Path, prefix: str, *, without: str = "") -> None:
        """The files below `directory`, as `prefix/…`; `without` leaves one out."""
        for path in sorted(directory.rglob("*")):
            name = path.relative_to(directory).as_posix()
            if path.is_file() and name != without:
                self.put(f"{prefix}/{name}", path.read_bytes())

    def delete(self, prefix: str) -> None:
        """All that lies below `prefix`."""
        for one in self._client.list_objects_v2(Bucket=BUCKET, Prefix=f"{prefix}/").get("Contents", []):
            self._client.delete_object(Bucket=BUCKET, Key=one["Key"])

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
        self.stop()


@contextmanager
def object_store() -> Iterator[ObjectStore]:
    """A store that the environment points at: whoever in this process reads `s3://models/…` reads it there."""
    store = ObjectStore()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", store.address)
        patch.setenv("AWS_ACCESS_KEY_ID", "tester")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_MAX_ATTEMPTS", "1")  # Its client would try for many seconds.
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        store.connect()
        try:
            yield store
        finally:
            store.close()
