"""Base paths with versions that come and go, and servers over them, for tests."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tfsctl.core import ManagerState, ServableState
from tfsctl.model_spec import ModelSpec
from tfsctl.protos import SavedModel
from tfsctl.serving import ModelConfig, Server, ServerConfig

# Short waits, so that tests are quick; ports that are free.
QUICK: dict[str, Any] = {
    "port": 0,
    "rest_api_port": 0,
    "file_system_poll_wait_seconds": 0.05,
    "load_retry_interval_seconds": 0.05,
    "max_num_load_retries": 1,
}


def serve(*base_paths: Path, version_labels: Mapping[str, int] | None = None, **settings: Any) -> Server:
    """A server, not started, of models named after their base paths."""
    models = tuple(
        ModelConfig(name=path.name, base_path=path, version_labels=version_labels or {}) for path in base_paths
    )
    return Server(ServerConfig(models=models, **{**QUICK, **settings}))


def wait_for_versions(server: Server, name: str, *versions: int) -> None:
    """Wait until these versions answer: a server has started when one does."""
    changed = threading.Event()

    def note(_: ServableState) -> None:
        changed.set()

    subscription = server.core.subscribe(note)
    try:
        while not set(versions) <= {
            state.id.version
            for state in server.core.version_states(ModelSpec(name))
            if state.state is ManagerState.AVAILABLE
        }:
            assert changed.wait(60), f"{name}: not all of {versions} came"
            changed.clear()
    finally:
        subscription.close()


def add_version(model: Path, base_path: Path, version: int) -> None:
    """Copy version 1 of `model` into `base_path` as `version`: complete, or not at all."""
    base_path.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".incoming-", dir=base_path.parent))
    shutil.copytree(model / "1", beside / "version")
    (beside / "version").rename(base_path / str(version))
    beside.rmdir()


def remove_version(base_path: Path, version: int) -> None:
    """Take `version` away, in one step too."""
    beside = Path(tempfile.mkdtemp(prefix=".outgoing-", dir=base_path.parent))
    (base_path / str(version)).rename(beside / "version")
    shutil.rmtree(beside)


def add_counting_version(zoo: Path, base_path: Path, version: int) -> None:
    """Add a version that answers `x + version`: an answer says which version gave it. Made of the zoo's `scalar`."""
    message = SavedModel.FromString((zoo / "scalar/1/saved_model.pb").read_bytes())
    graph = message.meta_graphs[0].graph_def
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    summands = [node for node in nodes if node.op == "Const" and list(node.attr["value"].tensor.float_val) == [1.0]]
    for node in summands:
        node.attr["value"].tensor.float_val[:] = [float(version)]
    assert summands, "the zoo's model has no constant 1 any more"
    base_path.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".incoming-", dir=base_path.parent))
    (beside / "saved_model.pb").write_bytes(message.SerializeToString())
    (beside / "variables").mkdir()
    for file in (zoo / "scalar/1/variables").iterdir():
        shutil.copy(file, beside / "variables")
    beside.rename(base_path / str(version))
