"""Stores as file systems: what is listed and read, and what is said when that cannot be."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator

import pytest

from serving.object_store import BUCKET, ObjectStore, object_store
from tfsctl.errors import (
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    TfsctlError,
    UnauthenticatedError,
    UnavailableError,
    UnknownError,
)
from tfsctl.serving.remote.errors import to_remote_error
from tfsctl.serving.remote.file_system import RemoteFileSystem

ROOT = f"s3://{BUCKET}"


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    """Keys of every kind that a store may hold."""
    with object_store() as running:
        for key in ("m/", "m/1/saved_model.pb", "m/1/variables/", "m/1/variables/v", "m/5", "m/0007/x", "m//8", "n/9/"):
            running.put(key, b"0123456789")
        running.put("m/66/../../evil", b"")
        yield running


@pytest.fixture
def stores(store: ObjectStore) -> Iterator[RemoteFileSystem]:
    with contextlib.closing(RemoteFileSystem()) as file_system:
        yield file_system


def test_children_are_objects_and_prefixes_without_markers(stores: RemoteFileSystem) -> None:
    assert stores.children(f"{ROOT}/m") == ["0007", "1", "5", "66"]
    assert stores.children(f"{ROOT}/n") == ["9"]
    assert stores.children(ROOT) == ["m", "n"]


def test_files_are_all_below_a_version_and_none_of_one_that_is_a_file(stores: RemoteFileSystem) -> None:
    assert [file.path for file in stores.files(f"{ROOT}/m/1")] == ["saved_model.pb", "variables/v"]
    assert stores.files(f"{ROOT}/m/5") == ()
    assert stores.files(f"{ROOT}/n/9") == ()
    assert stores.files(f"{ROOT}/m/77") == ()


def test_keys_that_leave_the_version_are_refused(stores: RemoteFileSystem) -> None:
    with pytest.raises(InvalidArgumentError, match=r"s3://models/m/66/\.\./\.\./evil is no name"):
        stores.files(f"{ROOT}/m/66")


def test_parts_of_a_file_are_read(stores: RemoteFileSystem) -> None:
    file = stores.files(f"{ROOT}/m/1")[0]
    assert (stores.read(file, 0, 3), stores.read(file, 8, 99)) == (b"012", b"89")


def test_nothing_that_was_listed_is_kept(stores: RemoteFileSystem, store: ObjectStore) -> None:
    assert stores.children(f"{ROOT}/n") == ["9"]
    store.put("n/10/x", b"")
    assert stores.children(f"{ROOT}/n") == ["10", "9"]
    store.delete("n/10")
    assert stores.children(f"{ROOT}/n") == ["9"]


def test_what_is_not_there_and_what_is_a_file_are_no_empty_listings(stores: RemoteFileSystem) -> None:
    with pytest.raises(FileNotFoundError, match="The store has nothing under this name"):
        stores.children(f"{ROOT}/none")
    with pytest.raises(FileNotFoundError, match="The specified bucket does not exist"):
        stores.children("s3://no-such-bucket/m")
    with pytest.raises(NotADirectoryError):
        stores.children(f"{ROOT}/m/5")
    assert [stores.exists(f"{ROOT}/{one}") for one in ("m", "m/5", "none")] == [True, True, False]


def test_store_without_credentials_says_so(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    with (
        contextlib.closing(RemoteFileSystem()) as stores,
        pytest.raises(UnauthenticatedError, match="s3://models/m; Unable to locate credentials") as caught,
    ):
        stores.children(f"{ROOT}/m")
    assert "AWS_ACCESS_KEY_ID" in str(caught.value.hint)


def test_fsspec_environment_names_the_endpoint(store: ObjectStore) -> None:
    """It is read when fsspec is imported: so by a process of its own."""
    script = (
        "import os; address = os.environ.pop('AWS_ENDPOINT_URL'); os.environ['FSSPEC_S3_ENDPOINT_URL'] = address\n"
        "from tfsctl.serving.remote.file_system import RemoteFileSystem\n"
        "stores = RemoteFileSystem(); print(stores.children('s3://models/m')); stores.close()"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert run.stdout == "['0007', '1', '5', '66']\n", run.stderr


def test_memory_is_a_store_too() -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    memory = MemoryFileSystem()
    memory.pipe({"/file-system/m/1/saved_model.pb": b"abc", "/file-system/m/2/x": b""})
    try:
        with contextlib.closing(RemoteFileSystem()) as stores:
            assert stores.children("memory://file-system/m") == ["1", "2"]
            (file,) = stores.files("memory://file-system/m/1")
            assert stores.read(file, 1, 3) == b"bc"
            with pytest.raises(FileNotFoundError):
                stores.children("memory://file-system/none")
    finally:
        memory.rm("/file-system", recursive=True)


@pytest.mark.parametrize(
    ("uri", "hint"),
    [
        ("gs://b/m", "pip install 'tfsctl[gcs]'"),
        ("warp://b/m", "No package is known that reads warp://"),
    ],
)
def test_scheme_that_nothing_reads_is_refused_with_what_to_install(
    uri: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(InvalidArgumentError) as caught:
        RemoteFileSystem().check(uri)
    assert str(caught.value) == f"File system scheme '{uri[: uri.index(':')]}' not implemented (file: '{uri}')"
    assert hint in str(caught.value.hint)


def test_missing_fsspec_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(InvalidArgumentError) as caught:
        RemoteFileSystem().check("s3://b/m")
    assert str(caught.value.hint).endswith("pip install 'tfsctl[s3]'")


def test_nothing_of_fsspec_is_imported_for_models_of_this_machine() -> None:
    script = "import sys, tfsctl.serving.server_core; print('fsspec' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout == "False\n"


def _answered(code: str) -> OSError:
    """As s3fs raises what an S3 server has answered."""
    cause = RuntimeError()
    cause.response = {"Error": {"Code": code}}  # type: ignore[attr-defined]  # As botocore's errors have it.
    error = OSError(5, "no")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (FileNotFoundError("b/m"), NotFoundError),
        (PermissionError("Access Denied"), PermissionDeniedError),
        (_answered("ExpiredToken"), UnauthenticatedError),
        (_answered("InternalError"), UnavailableError),
        (TimeoutError(), UnavailableError),
        (ConnectionResetError(), UnavailableError),
        (ValueError("bad bucket"), InvalidArgumentError),
        (RuntimeError("odd"), UnknownError),
    ],
)
def test_errors_of_a_stores_client_are_told_in_our_terms(error: Exception, kind: type[TfsctlError]) -> None:
    told = to_remote_error(error, "s3://b/m")
    assert type(told) is kind
    assert told.message.startswith("s3://b/m")
