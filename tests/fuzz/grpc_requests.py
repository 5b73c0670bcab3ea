"""Messages for every method of the gRPC port."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from fuzz.models import SIGNATURES
from fuzz.mutation import change_in_place, families
from fuzz.tensor_protos import DTYPES, tensor_protos
from tfsctl.protos import (
    MODEL_SERVICE,
    PREDICTION_SERVICE,
    ClassificationRequest,
    ClassificationResponse,
    Example,
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    GetModelStatusRequest,
    GetModelStatusResponse,
    Input,
    ModelSpecProto,
    MultiInferenceRequest,
    MultiInferenceResponse,
    PredictRequest,
    PredictResponse,
    RegressionRequest,
    RegressionResponse,
)

CLASSES = {
    f"/{PREDICTION_SERVICE}/Predict": (PredictRequest, PredictResponse),
    f"/{PREDICTION_SERVICE}/Classify": (ClassificationRequest, ClassificationResponse),
    f"/{PREDICTION_SERVICE}/Regress": (RegressionRequest, RegressionResponse),
    f"/{PREDICTION_SERVICE}/MultiInference": (MultiInferenceRequest, MultiInferenceResponse),
    f"/{PREDICTION_SERVICE}/GetModelMetadata": (GetModelMetadataRequest, GetModelMetadataResponse),
    f"/{MODEL_SERVICE}/GetModelStatus": (GetModelStatusRequest, GetModelStatusResponse),
}
_OTHER_METHODS = (
    *("/tensorflow.serving.SessionService/SessionRun", "/tensorflow.serving.PredictionService/predict", "/x/y"),
    *("/grpc.health.v1.Health/Check", "/tfsctl.ModelService/ListModels", "/tfsctl.ModelService/ChangeVersionLabels"),
)


@dataclass(frozen=True)
class Call:
    """One call; None for classes of messages that nobody has."""

    path: str
    request: bytes

    @property
    def is_message(self) -> bool:
        """Whether the bytes are a request of the method, as far as protobuf says."""
        request_class = CLASSES[self.path][0] if self.path in CLASSES else None
        if request_class is None:
            return False
        try:
            request_class.FromString(self.request)
        except Exception:  # noqa: BLE001 (protobuf's DecodeError, whose class depends on its implementation)
            return False
        return True


_models = st.sampled_from(list(SIGNATURES))
_odd = st.integers(0, 9).map(lambda number: number == 7)
_names = st.sampled_from(["", "nobody", "é", "half_plus_two", "x" * 300, "\0", "examples"])
_signatures = st.sampled_from(
    [
        "",
        "serving_default",
        "classify",
        "regress",
        "regress_x_to_y",
        "to_bool",
        "several",
        "pair",
        "none",
        "nothing",
        "é",
    ]
)
_versions = st.sampled_from([0, 1, 7, -1, 2**63 - 1, -(2**63)])
_labels = st.sampled_from(["stable", "canary", "", "é"])
_aliases = st.sampled_from(["x", "a", "inputs", "", "é", "x:0"])
_filters = st.lists(st.sampled_from(["y", "sum", "difference", "y", "", "é", "scores"]), max_size=3)
_tensors = tensor_protos()
_tensors_of = {dtype: tensor_protos(dtype) for dtype in DTYPES}


@st.composite
def _spec(draw: st.DrawFn, name: str, signature: str) -> Any:
    spec = ModelSpecProto(name=draw(_names) if draw(_odd) else name, signature_name=signature)
    if draw(_odd):
        spec.signature_name = draw(_signatures)
    kind = draw(st.integers(0, 9))
    if kind == 1:
        spec.version.value = draw(_versions)
    elif kind == 2:
        spec.version_label = draw(_labels)
    elif kind == 3:
        spec.version.value = 1
    return spec


@st.composite
def _predict(draw: st.DrawFn) -> tuple[str, Any]:
    name = draw(_models)
    signature, inputs = SIGNATURES[name]
    request = PredictRequest()
    if not draw(_odd):
        request.model_spec.CopyFrom(draw(_spec(name, signature)))
    for alias, dtype in inputs.items():
        request.inputs[alias].CopyFrom(draw(_tensors if draw(_odd) else _tensors_of[dtype]))
    if draw(_odd):
        request.inputs[draw(_aliases)].CopyFrom(draw(_tensors))
    if draw(_odd):
        request.output_filter.extend(draw(_filters))
    return f"/{PREDICTION_SERVICE}/Predict", request


_feature_names = st.sampled_from(["x", "x", "x", "x2", "f", "é", ""])


@st.composite
def examples(draw: st.DrawFn) -> Any:
    """A tf.Example."""
    message = Example()
    if not draw(_odd):
        message.features.feature["x"].float_list.value.append(1.5)
        return message
    for _ in range(draw(st.integers(0, 2))):
        feature = message.features.feature[draw(_feature_names)]
        kind = draw(st.integers(0, 3))
        number = draw(st.integers(0, 2))
        if kind == 0:
            feature.float_list.value.extend([1.5] * number)
        elif kind == 1:
            feature.int64_list.value.extend([2**63 - 1] * number)
        elif kind == 2:
            feature.bytes_list.value.extend([b"\xff"] * number)
    return message


_examples = examples()


@st.composite
def _input(draw: st.DrawFn) -> Any:
    message = Input()
    given: Sequence[Any] = [draw(_examples) for _ in range(draw(st.sampled_from([1, 1, 2, 3, 0])))]
    kind = draw(st.integers(0, 9))
    if kind < 6:
        message.example_list.examples.extend(given)
    elif kind < 9:
        message.example_list_with_context.examples.extend(given)
        message.example_list_with_context.context.CopyFrom(draw(_examples))
    return message


_EXAMPLE_SIGNATURES = {
    "Classify": (
        "classify",
        "classes",
        "scores",
        "wide",
        "unequal",
        "three",
        "other_input",
        "scores_of_rank_3",
        "tf2_classify",
    ),
    "Regress": (
        "regress",
        "regress_column",
        "wide",
        "scalar",
        "one",
        "double",
        "two_inputs",
        "float_input",
        "classify",
    ),
}


@st.composite
def _example_call(draw: st.DrawFn) -> tuple[str, Any]:
    method = draw(st.sampled_from(["Classify", "Regress"]))
    request = (ClassificationRequest if method == "Classify" else RegressionRequest)(input=draw(_input()))
    if not draw(_odd):
        signature = draw(st.sampled_from(_EXAMPLE_SIGNATURES[method]))
        request.model_spec.CopyFrom(draw(_spec("examples", signature)))
    return f"/{PREDICTION_SERVICE}/{method}", request


@st.composite
def _multi_inference(draw: st.DrawFn) -> tuple[str, Any]:
    request = MultiInferenceRequest(input=draw(_input()))
    for _ in range(draw(st.sampled_from([1, 2, 2, 3, 0]))):
        method = draw(st.sampled_from(["classify", "regress", "classify", "regress", "predict", "é"]))
        signature = draw(st.sampled_from(_EXAMPLE_SIGNATURES.get(method.capitalize(), ("classify",))))
        task = request.tasks.add(method_name=f"tensorflow/serving/{method}")
        task.model_spec.CopyFrom(draw(_spec("examples", signature)))
    return f"/{PREDICTION_SERVICE}/MultiInference", request


@st.composite
def _question(draw: st.DrawFn) -> tuple[str, Any]:
    spec = draw(_spec(draw(_models), ""))
    if draw(st.booleans()):
        return f"/{MODEL_SERVICE}/GetModelStatus", GetModelStatusRequest(model_spec=spec)
    fields = draw(st.lists(st.sampled_from(["signature_def", "signature_def", "", "é"]), max_size=2))
    return f"/{PREDICTION_SERVICE}/GetModelMetadata", GetModelMetadataRequest(model_spec=spec, metadata_field=fields)


_any = st.one_of(_predict(), _predict(), _predict(), _example_call(), _multi_inference(), _question())
_PIECES = (
    b"\x0a\x02x\0",
    b"\x12\xff\xff\xff\xff\x0f",
    b"\x08\x01",
    b"\x0b",
    b"\xff" * 10,
    b"\x0a\0",
    b"\x12\0",
    b"\x1a\x01y",
)
_NUM_MUTANTS = 3


@st.composite
def calls(draw: st.DrawFn) -> list[Call]:
    """One that may make sense, and what is left of it when some of its bytes have changed; or a method nobody has."""
    if draw(st.integers(0, 49)) == 33:
        return [Call(draw(st.sampled_from(_OTHER_METHODS)), draw(st.binary(max_size=40)))]
    path, request = draw(_any)
    family = draw(families(st.just(request.SerializeToString()), _NUM_MUTANTS, pieces=_PIECES, gently=change_in_place))
    return [Call(path, data) for data in family.members]
