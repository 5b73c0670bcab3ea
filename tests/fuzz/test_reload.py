"""Any list of models for a running server: taken or refused, and a good one afterwards is served."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from fuzz.fuzzed_server import FuzzedServer
from fuzz.grpc_exchange import NO_MESSAGE
from fuzz.mutation import Family, families
from fuzz.rounds import Rounds
from serving.model_directory import add_counting_version
from serving.reload_calls import entry, listed, parsed
from tfsctl.codec.model_service_protos import TFSCTL_MODEL_SERVICE, ChangeVersionLabelsRequest
from tfsctl.protos import MODEL_SERVICE, ReloadConfigRequest

_RELOAD = f"/{MODEL_SERVICE}/HandleReloadConfigRequest"
_LABEL = f"/{TFSCTL_MODEL_SERVICE}/ChangeVersionLabels"
# A model without a version on disk is waited for until the client has waited long enough.
_PATIENCE_SECONDS = 0.3
# UNKNOWN is what TF Serving says where a new model cannot be loaded (tensorflow-serving.md §3.6).
_CODES = {
    *("OK", "INVALID_ARGUMENT", "FAILED_PRECONDITION", "DEADLINE_EXCEEDED", "NOT_FOUND", "UNKNOWN", "ABORTED"),
    "RESOURCE_EXHAUSTED",
}
_METRICS = (":tensorflow:serving:request_count", "/tensorflow/serving/request_count", "", "é")


@pytest.fixture(scope="module")
def home(zoo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Base paths: `m` with the versions 1 to 3, `none` without, `broken`, `missing`; `good` with half_plus_two."""
    directory = tmp_path_factory.mktemp("reload")
    for version in (1, 2, 3):
        add_counting_version(zoo, directory / "m", version)
    (directory / "none").mkdir()
    (directory / "broken" / "1").mkdir(parents=True)
    (directory / "broken" / "1" / "saved_model.pb").write_bytes(b"\xff" * 100)
    return directory


@pytest.fixture(scope="module")
def reloaded(zoo: Path, home: Path) -> Iterator[FuzzedServer]:
    flags = ("--file_system_poll_wait_seconds=0.05", "--max_num_load_retries=0", "--load_retry_interval_micros=1000")
    config = home / "models.config"
    config.write_text(_good(zoo))
    server = FuzzedServer(f"--model_config_file={config}", *flags)
    with server:
        yield server


def _good(zoo: Path) -> str:
    return listed(entry("half_plus_two", zoo / "half_plus_two"))


_versions = st.sampled_from([1, 2, 3, 7, 0, -1, 2**63 - 1])
# Never the one that is asked for afterwards: a model that stays is not awaited when its path changes.
_names = st.sampled_from(["m", "m", "m2", "é", "a/b", ""])
_paths = st.sampled_from(["m", "m", "m", "none", "broken", "missing", "m/1", "models.config", "../..", ""])
_platforms = st.sampled_from(["tensorflow", "tensorflow", "tensorflow", "tensorflow", "other", ""])
_labels = st.sampled_from(["stable", "canary", "", "é", "a:b"])
_odd = st.integers(0, 9).map(lambda number: number == 7)


@st.composite
def _config(draw: st.DrawFn, home: Path) -> Any:
    """A ReloadConfigRequest whose paths are all below `home`."""
    request = ReloadConfigRequest()
    request.metric_names.extend(draw(st.lists(st.sampled_from(_METRICS), max_size=2)))
    if draw(_odd):
        request.config.custom_model_config.SetInParent()
        return request
    request.config.model_config_list.SetInParent()
    for _ in range(draw(st.sampled_from([1, 1, 2, 2, 3, 0]))):
        _add(draw, request.config.model_config_list.config, home)
    return request


def _add(draw: st.DrawFn, configs: Any, home: Path) -> None:
    path = draw(_paths)
    config = configs.add(name=draw(_names), base_path=str(home / path) if path else "", model_platform=draw(_platforms))
    kind = draw(st.integers(0, 5))
    policy = config.model_version_policy
    if kind == 0:
        policy.all.SetInParent()
    elif kind == 1:
        policy.latest.num_versions = draw(st.sampled_from([0, 1, 2, 2**32 - 1]))
    elif kind == 2:
        policy.specific.versions.extend(draw(st.lists(_versions, max_size=3)))
    for label in draw(st.lists(_labels, max_size=2)) if draw(_odd) else ():
        config.version_labels[label] = draw(_versions)
    if draw(_odd):
        config.model_type = draw(st.sampled_from([0, 1, 2, 3]))
    if draw(_odd):
        config.logging_config.log_collector_config.type = draw(st.sampled_from(["tfrecord", "", "other"]))
        config.logging_config.log_collector_config.filename_prefix = str(
            home / draw(st.sampled_from(["log", "no/such"]))
        )
        config.logging_config.sampling_config.sampling_rate = draw(st.sampled_from([0.0, 0.5, 1.0, -1.0, float("nan")]))


@st.composite
def _label_change(draw: st.DrawFn) -> bytes:
    names = st.sampled_from(["half_plus_two", "m", "nobody", ""])
    request = ChangeVersionLabelsRequest(model_name=draw(names), drop=draw(st.lists(_labels, max_size=2)))
    for label in draw(st.lists(_labels, max_size=2)):
        request.assign[label] = draw(_versions)
    return bytes(request.SerializeToString())


def test_any_list_of_models_is_taken_or_refused(
    reloaded: FuzzedServer, home: Path, zoo: Path, rounds: Callable[[str], Rounds]
) -> None:
    good = ReloadConfigRequest(config=parsed(_good(zoo))).SerializeToString()

    def ask(path: str, request: bytes) -> None:
        code, text, _ = reloaded.grpc.ask(path, request, timeout=_PATIENCE_SECONDS)
        assert code in _CODES or text.startswith(NO_MESSAGE), f"{code}: {text}"
        assert code != "UNKNOWN" or "did not become available" in text, text

    def check(given: tuple[Any, Family]) -> int:
        reloaded.must_be_well()
        request, changes = given
        ask(_RELOAD, request.SerializeToString())
        for change in changes.members:
            ask(_LABEL, change)
        code, text, _ = reloaded.grpc.ask(_RELOAD, good)
        assert code == "OK", text
        reloaded.http.probe()
        return 1 + len(changes.members)

    inputs = st.tuples(_config(home), families(_label_change(), 2))
    rounds("reload").run(check, inputs, process=lambda: reloaded.pid)
    reloaded.must_answer()
