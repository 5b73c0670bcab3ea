"""`gs://` on a real server that speaks Google Cloud Storage's API, where gcsfs and such a server are installed."""

from __future__ import annotations

import contextlib
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.model_directory import QUICK, add_counting_version
from serving.rest_calls import RestCalls
from stub_servers import free_port
from tfsctl.core import ManagerState, ServableId
from tfsctl.serving import ModelConfig, Server, ServerConfig
from tfsctl.serving.remote.file_system import RemoteFileSystem

pytest.importorskip("gcsfs")
emulator = pytest.importorskip("gcp_storage_emulator.server")

WAIT_SECONDS = 30.0


class Bucket:
    """The bucket `models`."""

    def __init__(self, address: str) -> None:
        self._address = address

    def upload(self, directory: Path, prefix: str) -> None:
        for path in directory.rglob("*"):
            if path.is_file():
                key = urllib.parse.quote(f"{prefix}/{path.relative_to(directory).as_posix()}", safe="")
                url = f"{self._address}/upload/storage/v1/b/models/o?uploadType=media&name={key}"
                urllib.request.urlopen(urllib.request.Request(url, path.read_bytes(), method="POST")).close()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    port = free_port()
    server = emulator.create_server("127.0.0.1", port, in_memory=True, default_bucket="models")
    server.start()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("FSSPEC_GS_TOKEN", "anon")
    yield Bucket(f"http://127.0.0.1:{port}")
    server.stop()


def test_model_on_gcs_is_served_and_a_new_version_takes_over(bucket: Bucket, zoo: Path, tmp_path: Path) -> None:
    for version in (1, 2):
        add_counting_version(zoo, tmp_path / "m", version)
    bucket.upload(tmp_path / "m/1", "m/1")
    model = ModelConfig(name="m", base_path="gs://models/m")
    with Server(ServerConfig(models=(model,), **QUICK)) as server:
        bucket.upload(tmp_path / "m/2", "m/2")
        server.core._monitor.wait_until(ServableId("m", 2), ManagerState.AVAILABLE, timeout_seconds=WAIT_SECONDS)
        with contextlib.closing(RestCalls(server.rest_address)) as rest:
            assert rest.predict("m", [0.0]) == (200, {"predictions": [2.0]})


def test_what_is_not_on_gcs_is_no_empty_listing(bucket: Bucket) -> None:
    with contextlib.closing(RemoteFileSystem()) as stores, pytest.raises(FileNotFoundError):
        stores.children("gs://models/none")
