"""Models on a real S3 server: found, downloaded, exchanged; kept while the store is away."""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from serving.grpc_calls import connected
from serving.model_directory import QUICK, add_counting_version
from serving.object_store import BUCKET, ObjectStore, object_store
from serving.reload_calls import entry, listed, reload
from serving.rest_calls import RestCalls
from tfsctl.core import ManagerState, ServableId
from tfsctl.errors import Code, InvalidArgumentError, NotFoundError, ServerStartError, TfsctlError, UnavailableError
from tfsctl.serving import ModelConfig, Server, ServerConfig
from tfsctl.serving.remote.file_system import RemoteFileSystem
from tfsctl.versions import AllPolicy, ServableVersionPolicy

WAIT_SECONDS = 30.0


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with object_store() as running:
        yield running


@pytest.fixture(scope="module")
def version_dirs(zoo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directories 1 to 3 of a model that answers with the sum of its input and its version."""
    base_path = tmp_path_factory.mktemp("counting") / "m"
    for version in (1, 2, 3):
        add_counting_version(zoo, base_path, version)
    return base_path


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where copies go."""
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    return directory


@pytest.fixture
def uri(store: ObjectStore, version_dirs: Path, request: pytest.FixtureRequest) -> str:
    """A base path of the test's own, with version 1."""
    name = request.node.name.replace("[", "-").replace("]", "")
    store.upload(version_dirs / "1", f"{name}/1")
    return f"s3://{BUCKET}/{name}"


def serve(uri: str | Path, *, policy: ServableVersionPolicy | None = None, **settings: object) -> Server:
    model = ModelConfig(name="m", base_path=uri, **({"version_policy": policy} if policy else {}))  # type: ignore[arg-type]  # As the field.
    return Server(ServerConfig(models=(model,), **{**QUICK, **settings}))


def wait_for(server: Server, version: int, state: ManagerState, *, error: Code | None = None) -> None:
    def is_reached() -> bool:
        known = server.core._monitor.state(ServableId("m", version))
        return known is not None and known.state is state and (known.error.code if known.error else None) == error

    assert server.core._monitor.wait_for(lambda _: is_reached(), timeout_seconds=WAIT_SECONDS)


def wait_for_problem(server: Server, is_it: Callable[[TfsctlError | None], bool]) -> None:
    for _ in range(round(WAIT_SECONDS / 0.05)):
        if is_it(server.core._source.problem("m")):
            return
        threading.Event().wait(0.05)  # Problems come without an event.
    pytest.fail(f"{server.core._source.problem('m')!r}")


def answer(server: Server) -> float:
    """What the model answers to 0: its version."""
    rest = RestCalls(server.rest_address)
    try:
        status, body = rest.predict("m", [0.0])
    finally:
        rest.close()
    assert status == 200, body
    return float(body["predictions"][0])


def prefix(uri: str) -> str:
    return uri.rpartition("/")[2]


def test_model_on_a_store_is_served_and_its_copy_removed_at_the_end(uri: str, temporary: Path) -> None:
    with serve(uri) as server:
        assert answer(server) == 1
        copies = [path.parent for path in temporary.rglob("saved_model.pb")]
        assert len(copies) == 1
        assert (copies[0] / "variables/variables.index").is_file()

    assert list(temporary.iterdir()) == []


def test_new_version_on_a_store_takes_over_and_the_old_copy_goes(
    uri: str, store: ObjectStore, version_dirs: Path, temporary: Path
) -> None:
    with serve(uri) as server:
        store.upload(version_dirs / "2", f"{prefix(uri)}/2")
        wait_for(server, 1, ManagerState.END)
        assert answer(server) == 2
        assert len(list(temporary.rglob("saved_model.pb"))) == 1


def test_version_removed_from_a_store_is_unloaded(uri: str, store: ObjectStore, version_dirs: Path) -> None:
    store.upload(version_dirs / "2", f"{prefix(uri)}/2")
    with serve(uri, policy=AllPolicy()) as server:
        wait_for(server, 2, ManagerState.AVAILABLE)
        store.delete(f"{prefix(uri)}/2")
        wait_for(server, 2, ManagerState.END)
        assert answer(server) == 1


def test_versions_stay_loaded_while_the_store_is_away(uri: str, store: ObjectStore, version_dirs: Path) -> None:
    with serve(uri) as server:
        store.stop()
        try:
            wait_for_problem(server, lambda problem: isinstance(problem, UnavailableError))
            assert answer(server) == 1
            problem = server.core._source.problem("m")
            assert problem is not None
            assert problem.message.startswith(f"{uri}; Could not connect to the endpoint URL")
            assert "AWS_ENDPOINT_URL" in str(problem.hint)
        finally:
            store.start()
        wait_for_problem(server, lambda problem: problem is None)
        assert answer(server) == 1
        store.upload(version_dirs / "3", f"{prefix(uri)}/3")
        wait_for(server, 3, ManagerState.AVAILABLE)


def test_versions_stay_loaded_when_everything_is_deleted(uri: str, store: ObjectStore) -> None:
    with serve(uri) as server:
        store.delete(prefix(uri))
        wait_for_problem(server, lambda problem: isinstance(problem, InvalidArgumentError))
        assert answer(server) == 1
        assert str(server.core._source.problem("m")).startswith(f"Could not find base path {uri} for servable m")


def test_half_uploaded_version_is_loaded_once_it_is_complete(
    uri: str, store: ObjectStore, version_dirs: Path, temporary: Path
) -> None:
    with serve(uri) as server:
        store.upload(version_dirs / "2", f"{prefix(uri)}/2", without="saved_model.pb")
        wait_for(server, 2, ManagerState.END, error=Code.NOT_FOUND)
        state = server.core._monitor.state(ServableId("m", 2))
        assert str(state.error).endswith(f"\nSpecified file path: {uri}/2")  # type: ignore[union-attr]  # It is there.
        assert answer(server) == 1
        assert len(list(temporary.rglob("variables.index"))) == 1

        store.put(f"{prefix(uri)}/2/saved_model.pb", (version_dirs / "2/saved_model.pb").read_bytes())
        wait_for(server, 2, ManagerState.AVAILABLE)
        assert answer(server) == 2


def test_broken_version_names_the_uri_and_leaves_no_copy(
    uri: str, store: ObjectStore, temporary: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with serve(uri) as server, caplog.at_level(logging.INFO):
        store.put(f"{prefix(uri)}/2/saved_model.pb", b"\xff no model")
        wait_for(server, 2, ManagerState.END, error=Code.DATA_LOSS)
        state = server.core._monitor.state(ServableId("m", 2))
        assert str(state.error) == f"Can't parse {uri}/2/saved_model.pb as binary proto"  # type: ignore[union-attr]  # Ended.
        assert f"Downloaded m/2 from {uri}/2" in caplog.text
        assert len(list(temporary.rglob("saved_model.pb"))) == 1


def test_wrong_bucket_is_a_problem_of_its_model_only(zoo: Path, store: ObjectStore) -> None:
    models = (
        ModelConfig(name="m", base_path="s3://no-such-bucket/m"),
        ModelConfig(name="half_plus_two", base_path=zoo / "half_plus_two"),
    )
    with Server(ServerConfig(models=models, **QUICK)) as server:
        problem = server.core._source.problem("m")
        assert isinstance(problem, InvalidArgumentError)
        assert problem.message.startswith("Could not find base path s3://no-such-bucket/m for servable m")
        assert problem.hint == "The specified bucket does not exist"
        assert server.core.is_available("half_plus_two")


def test_start_that_needs_models_fails_with_what_the_store_says(store: ObjectStore) -> None:
    with pytest.raises(ServerStartError, match="s3://no-such-bucket/m not found"):
        serve("s3://no-such-bucket/m", require_models_at_start=True).start()


def test_reload_takes_uris(uri: str, zoo: Path) -> None:
    with serve(zoo / "scalar") as server, connected(server.grpc_address) as calls:
        reload(calls, listed(entry("m", zoo / "scalar"), entry("remote", uri + "/")))
        assert server.core.is_available("remote")
        assert server.core.models()[1].base_path == uri
        reload(calls, listed(entry("remote", uri)))
        assert server.core.model_names() == ("remote",)


def test_model_config_file_takes_uris(uri: str, tmp_path: Path) -> None:
    file = tmp_path / "models.config"
    file.write_text(listed(entry("m", uri)))
    with Server(ServerConfig(model_config_file=file, **QUICK)) as server:
        assert answer(server) == 1


def test_stopping_server_cuts_a_running_download(uri: str, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    is_reading, may_read = threading.Event(), threading.Event()

    def read(*_: object) -> bytes:
        is_reading.set()
        assert may_read.wait(WAIT_SECONDS)
        raise NotFoundError("too late")

    monkeypatch.setattr(RemoteFileSystem, "read", read)
    server = serve(uri)
    outcome: list[str] = []

    def start_server() -> None:
        with pytest.raises(TfsctlError) as caught:
            server.start()
        outcome.append(type(caught.value).__name__)

    start = threading.Thread(target=start_server, daemon=True)
    start.start()
    assert is_reading.wait(WAIT_SECONDS)
    server.stop()
    start.join(WAIT_SECONDS)

    assert outcome == ["CancelledError"]
    assert server.is_drained
    assert list(temporary.iterdir()) == []
    may_read.set()


def test_files_that_change_during_the_download_are_downloaded_again(
    uri: str, store: ObjectStore, version_dirs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    was_changed = threading.Event()
    read = RemoteFileSystem.read

    def change(self: RemoteFileSystem, *args: object) -> bytes:
        if not was_changed.is_set():
            was_changed.set()
            store.upload(version_dirs / "3", f"{prefix(uri)}/1")
        return read(self, *args)  # type: ignore[arg-type]  # Handed through.

    monkeypatch.setattr(RemoteFileSystem, "read", change)
    with serve(uri) as server:
        assert answer(server) == 3


def test_memory_is_served_like_a_store(version_dirs: Path) -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    memory = MemoryFileSystem()
    memory.put(str(version_dirs / "2"), "/served/m/2", recursive=True)
    try:
        with serve("memory://served/m") as server:
            assert answer(server) == 2
            memory.put(str(version_dirs / "3"), "/served/m/3", recursive=True)
            wait_for(server, 3, ManagerState.AVAILABLE)
            assert answer(server) == 3
    finally:
        memory.rm("/served", recursive=True)


def test_uri_that_nothing_reads_is_refused_at_once_and_by_a_reload(zoo: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="File system scheme 'warp' not implemented"):
        serve("warp://b/m")
    with serve(zoo / "scalar") as server:
        with pytest.raises(InvalidArgumentError, match="File system scheme 'warp' not implemented"):
            server.core.reload([ModelConfig(name="new", base_path="warp://b/m")])
        assert server.core.model_names() == ("m",)
