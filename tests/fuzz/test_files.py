"""Files that people write or programs leave behind: configurations in text form, and TFRecords."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from fuzz.grpc_requests import Call, calls
from fuzz.mutation import Family, families
from fuzz.rounds import Rounds
from serving.certificates import authority, ssl_config_text
from tfsctl.client.label_edit import edit_labels
from tfsctl.core import ServableId
from tfsctl.errors import DataLossError, TfsctlError
from tfsctl.protos import ConfigProto, PredictionLog
from tfsctl.runtime import load_model
from tfsctl.serving.batching.parameters import check_parameters, check_threads
from tfsctl.serving.batching.parameters_file import read_batching_parameters
from tfsctl.serving.flags.platform_config import read_platform_config
from tfsctl.serving.metrics.monitoring import read_monitoring_path
from tfsctl.serving.models.model_config_file import models_of, read_model_config_file
from tfsctl.serving.models.servable import Servable
from tfsctl.serving.ssl_config import read_ssl_config
from tfsctl.serving.text_proto import read_text_proto
from tfsctl.serving.warmup.replay import warm_up, warmup_file
from tfsctl.text_proto_scan import scan_fields
from tfsctl.tf_record import TfRecordWriter, encode_record, read_records

_MODELS = """
# Two models.
model_config_list {
  config { name: "m", base_path: '/models/m'; model_platform: "tensorflow"
    model_version_policy { specific { versions: 1 versions: [2, 3] } }
    version_labels { key: "stable" value: 1 } version_labels { key: 'canary' value: 2 }
    logging_config {
      log_collector_config { type: "tfrecord" filename_prefix: "/tmp/x" } sampling_config { sampling_rate: 0.5 }
    }
  }
  config: < name: "n" base_path: "s3://bucket/n" model_type: TENSORFLOW
    model_version_policy { latest { num_versions: 2 } } >
}
"""
_BATCHING = """
max_batch_size { value: 128 } batch_timeout_micros { value: 0 } max_enqueued_batches { value: 1000000 }
num_batch_threads { value: 8 } thread_pool_name { value: "x" } allowed_batch_sizes: 32 allowed_batch_sizes: [64, 128]
pad_variable_length_inputs: true enable_large_batch_splitting { value: true } max_execution_batch_size { value: 64 }
"""
_MONITORING = 'prometheus_config { enable: true path: "/monitoring/prometheus/metrics" }'
_SESSION = """
intra_op_parallelism_threads: 2 gpu_options { allow_growth: true }
graph_options { rewrite_options { remapping: OFF } }
"""
_PLATFORM = """
platform_configs { key: "tensorflow" value { source_adapter_config {
  [type.googleapis.com/tensorflow.serving.SavedModelBundleSourceAdapterConfig] {
    legacy_config {
      batching_parameters { max_batch_size { value: 4 } } session_config { inter_op_parallelism_threads: 1 }
    }
  } } } }
"""
_WORDS = (
    *(
        b"{",
        b"}",
        b"<",
        b">",
        b"[",
        b"]",
        b":",
        b";",
        b",",
        b"#",
        b'"',
        b"'",
        b"\\n",
        b"\\x",
        b"true",
        b"t",
        b"1",
        b"-1",
        b"0x1F",
    ),
    *(
        b"1.5",
        b"inf",
        b"nan",
        b"99999999999999999999",
        b"-9223372036854775808",
        b"value",
        b"name",
        b"config",
        b"key",
        b"\xff",
    ),
    *(
        b"model_config_list",
        b"custom_model_config { }",
        b"[type.googleapis.com/google.protobuf.Any] { }",
        b"versions: -1",
    ),
    *(
        b"sampling_rate: -1",
        b"sampling_rate: nan",
        b"num_versions: 4294967295",
        b'name: ""',
        b'key: ""',
        b"type: 7",
        b"all {}",
    ),
)


def _read_models(path: Path) -> None:
    message = read_model_config_file(path)
    models_of(message)
    models_of(message, is_set=True)
    text = path.read_text()
    scan_fields(text)
    edited = edit_labels(text, "m", assign={"stable": 2, "new": 3}, drop=["canary"], source="text", rewrite=True)
    assert edited.labels("m").items() >= {"stable": 2, "new": 3}.items()


def _read_batching(path: Path) -> None:
    parameters = read_batching_parameters(path)
    check_threads(parameters)
    check_parameters(parameters)


_READERS: tuple[tuple[str, Callable[[Path], object]], ...] = (
    (_MODELS, _read_models),
    (_MODELS, _read_models),
    (_BATCHING, _read_batching),
    (_MONITORING, read_monitoring_path),
    (_SESSION, lambda path: read_text_proto(path, ConfigProto)),
    (_PLATFORM, read_platform_config),
)


def test_text_protos_are_read_or_refused(rounds: Callable[[str], Rounds], tmp_path: Path) -> None:
    path = tmp_path / "text"
    tls = ssl_config_text(authority().server.key, authority().server.certificate, custom_ca=authority().certificate)
    readers = [*_READERS, (tls, read_ssl_config)]

    def check(given: tuple[int, Family]) -> int:
        number, family = given
        for data in family.members:
            path.write_bytes(data)
            with contextlib.suppress(TfsctlError):
                readers[number][1](path)
        return len(family.members)

    def texts(number: int) -> st.SearchStrategy[tuple[int, Family]]:
        good = st.one_of(st.just(readers[number][0].encode()), _token_soup)
        return st.tuples(st.just(number), families(good, 9, pieces=_WORDS))

    rounds("text protos").run(check, st.integers(0, len(readers) - 1).flatmap(texts))


_token_soup = st.lists(st.sampled_from(_WORDS), max_size=8).map(b" ".join)


@st.composite
def _records(draw: st.DrawFn) -> bytes:
    """A file of requests, each sent under a name of PredictionLog, among them what is none."""
    records: list[bytes] = []
    for call in draw(st.lists(calls(), max_size=3)):
        records.extend(map(_log, call[:2]))
    return b"".join(map(encode_record, records))


def _log(call: Call) -> bytes:
    log = PredictionLog()
    logs: dict[str, Any] = {
        "Predict": log.predict_log,
        "Classify": log.classify_log,
        "Regress": log.regress_log,
        "MultiInference": log.multi_inference_log,
    }
    kind = logs.get(call.path.rpartition("/")[2])
    if kind is None or not call.is_message:
        return call.request
    kind.request.MergeFromString(call.request)
    return bytes(log.SerializeToString())


@pytest.fixture(scope="module")
def servable(zoo: Path) -> Iterator[Servable]:
    model = load_model(zoo / "examples" / "1")
    yield Servable(id=ServableId("examples", 1), model=model)
    model.close()


def test_records_are_read_or_refused(rounds: Callable[[str], Rounds], servable: Servable, tmp_path: Path) -> None:
    path = warmup_file(tmp_path)
    path.parent.mkdir(parents=True)

    def check(family: Family) -> int:
        for data in family.members:
            path.write_bytes(data)
            with contextlib.suppress(TfsctlError):
                warm_up(servable, tmp_path)
            with contextlib.suppress(DataLossError), TfRecordWriter(path, append=True) as writer:
                writer.write(b"one more")
            _check_readable(path)
        return len(family.members)

    rounds("records").run(check, families(_records(), 4))


def _check_readable(path: Path) -> None:
    """To its end, or to the record that is broken; and what was read is what stands there."""
    records: list[bytes] = []
    with contextlib.suppress(DataLossError):
        records.extend(map(encode_record, read_records(path)))
    assert path.read_bytes().startswith(b"".join(records))
