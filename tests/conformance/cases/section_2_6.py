"""§2.6: status, metadata, reload."""

from __future__ import annotations

from functools import partial

from conformance.case import GrpcCase, ScenarioCase
from conformance.cases.text_protos import HALF, spec
from conformance.servers import Home
from conformance.stage import Stage
from serving.grpc_calls import floats, model_spec, refusal
from serving.reload_calls import entry, listed, reload
from tfsctl.core import ManagerState

_status = partial(GrpcCase, section="2.6", call="GetModelStatus")
_metadata = partial(GrpcCase, section="2.6", call="GetModelMetadata")
_COUNT = "/tensorflow/serving/request_count"


def _available(*versions: int) -> str:
    return " ".join(
        f'model_version_status {{ version: {version} state: AVAILABLE status {{ error_code: OK error_message: "" }} }}'
        for version in versions
    )


def _described(given: str) -> str:
    return f'model_spec {{ {given} }} metadata_field: "signature_def"'


def _any(signatures: str) -> str:
    """The metadata map of a response."""
    return (
        'metadata { key: "signature_def" value { '
        f"[type.googleapis.com/tensorflow.serving.SignatureDefMap] {{ {signatures} }} }} }}"
    )


_UNKNOWN_RANK = "dtype: DT_FLOAT tensor_shape { unknown_rank: true }"


def _unload(stage: Stage) -> None:
    home = Home(stage.zoo, stage.directory)
    server = stage.serve(home.config())
    calls = stage.grpc(server)
    reload(calls, listed(entry("other", stage.zoo / "scalar")))
    stage.wait_for(server, HALF, 1, ManagerState.END)
    (status,) = calls.status(model_spec(HALF))
    assert (status.version, status.state, status.status.error_code) == (1, ManagerState.END, 0)
    assert status.status.error_message == ""
    assert refusal(lambda: calls.predict(HALF, {"x": floats(1.0)}))[0] == "NOT_FOUND"


def _metrics(stage: Stage) -> None:
    calls = stage.grpc(stage.serve(Home(stage.zoo, stage.directory).config()))
    calls.predict(HALF, {"x": floats(1.0)})
    answer = reload(calls, listed(entry(HALF, stage.zoo / HALF)), [_COUNT, "/no/such/metric"])
    assert [(metric.name, metric.int64_value_increase) for metric in answer.metric] == [
        (_COUNT, 0),
        ("/no/such/metric", 0),
    ]
    assert answer.HasField("status")
    assert answer.status.error_code == 0


CASES = (
    # GetModelStatus.
    _status(what="status without model spec", code="INVALID_ARGUMENT", text="Missing ModelSpec"),
    _status(
        what="status of an unknown model",
        request=f"model_spec {{ {spec('nobody')} }}",
        code="NOT_FOUND",
        text="Could not find any versions of model nobody",
    ),
    _status(
        what="status of an unknown version",
        request=f"model_spec {{ {spec(HALF, 7)} }}",
        code="NOT_FOUND",
        text=f"Could not find version 7 of model {HALF}",
    ),
    _status(what="status", request=f"model_spec {{ {spec(HALF)} }}", response=_available(1)),
    _status(what="status, newest first", request=f"model_spec {{ {spec('three')} }}", response=_available(10, 3, 2)),
    _status(what="status of a version", request=f"model_spec {{ {spec('three', 3)} }}", response=_available(3)),
    _status(
        what="status ignores a label",
        request=f"model_spec {{ {spec('three', label='old')} }}",
        response=_available(10, 3, 2),
    ),
    _status(
        what="status ignores an unknown label",
        request=f"model_spec {{ {spec(HALF, label='nosuch')} }}",
        response=_available(1),
    ),
    _status(
        what="status ignores a signature",
        request=f"model_spec {{ {spec(HALF, signature='nosuch')} }}",
        response=_available(1),
    ),
    ScenarioCase(section="2.6", what="an unloaded model stays as end", play=_unload),
    # GetModelMetadata.
    _metadata(
        what="metadata without model spec",
        request='metadata_field: "signature_def"',
        code="INVALID_ARGUMENT",
        text="Missing ModelSpec",
    ),
    _metadata(
        what="metadata without field",
        request=f"model_spec {{ {spec(HALF)} }}",
        code="INVALID_ARGUMENT",
        text="GetModelMetadataRequest must specify at least one metadata_field",
    ),
    _metadata(
        what="metadata with an unknown field",
        request=f'model_spec {{ {spec(HALF)} }} metadata_field: "weights"',
        code="INVALID_ARGUMENT",
        text="Metadata field weights is not supported",
    ),
    _metadata(
        what="metadata with an unknown field behind a known one",
        request=f'model_spec {{ {spec(HALF)} }} metadata_field: ["signature_def", "weights"]',
        code="INVALID_ARGUMENT",
        text="Metadata field weights is not supported",
    ),
    _metadata(
        what="metadata checks the model spec before the fields",
        request="",
        code="INVALID_ARGUMENT",
        text="Missing ModelSpec",
    ),
    _metadata(
        what="metadata checks the fields before the model",
        request=f"model_spec {{ {spec('nobody')} }}",
        code="INVALID_ARGUMENT",
        text="GetModelMetadataRequest must specify at least one metadata_field",
    ),
    _metadata(
        what="metadata checks names of fields before the model",
        request=f'model_spec {{ {spec("nobody")} }} metadata_field: "weights"',
        code="INVALID_ARGUMENT",
        text="Metadata field weights is not supported",
    ),
    _metadata(
        what="metadata of an unknown model",
        request=_described(spec("nobody")),
        code="NOT_FOUND",
        text="Servable not found for request: Latest(nobody)",
    ),
    _metadata(
        what="metadata, whole",
        request=_described(spec("identity_float32", signature="ignored")),
        response=f"model_spec {{ {spec('identity_float32', 1)} }} "
        + _any(
            'signature_def { key: "serving_default" value { '
            f'inputs {{ key: "x" value {{ name: "x:0" {_UNKNOWN_RANK} }} }} '
            f'outputs {{ key: "y" value {{ name: "y:0" {_UNKNOWN_RANK} }} }} '
            'method_name: "tensorflow/serving/predict" } }'
        ),
    ),
    _metadata(
        what="metadata echoes the version used",
        request=_described(spec("three", label="old")),
        contains=f"model_spec {{ {spec('three', 2)} }}",
    ),
    _metadata(
        what="metadata of the newest version",
        request=_described(spec("three")),
        contains=f"model_spec {{ {spec('three', 10)} }}",
    ),
    # HandleReloadConfigRequest: see §3.6 too.
    GrpcCase(
        section="2.6",
        what="reload without a list",
        call="HandleReloadConfigRequest",
        request="",
        code="INVALID_ARGUMENT",
        text="ServerModelConfig type not supported by HandleReloadConfigRequest. "
        "Only ModelConfigList is currently supported",
    ),
    GrpcCase(
        section="2.6",
        what="reload of a custom configuration",
        call="HandleReloadConfigRequest",
        request="config { custom_model_config {} }",
        code="INVALID_ARGUMENT",
        text="ServerModelConfig type not supported by HandleReloadConfigRequest. "
        "Only ModelConfigList is currently supported",
    ),
    ScenarioCase(section="2.6", what="reload counts metrics", play=_metrics),
)
