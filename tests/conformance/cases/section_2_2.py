"""§2.2: the fields of messages, by number."""

from __future__ import annotations

from functools import partial

from conformance.case import GrpcCase, MessageCase
from conformance.cases.text_protos import HALF, HALF_USED, floats, predict, predicted, spec


def _message(message: str, fields: str, *, reserved: tuple[int, ...] = ()) -> MessageCase:
    """`fields` are numbers and names, `1 name, 2 version`."""
    numbers = {int(number): name for number, name in (field.split() for field in fields.split(","))}
    return MessageCase(section="2.2", what=message, message=message, fields=numbers, reserved=reserved)


def _varint_field(number: int, content: bytes) -> bytes:
    """A field of less than 128 bytes, as it stands on the wire."""
    return bytes([number << 3 | 2, len(content)]) + content


_SPEC = _varint_field(1, HALF.encode())
_TENSOR = b"\x08\x01\x12\x04\x12\x02\x08\x01\x2a\x04\x00\x00\x80\x3f"  # DT_FLOAT, [1], 1.0
_INPUT = _varint_field(1, b"x") + _varint_field(2, _TENSOR)
_predict = partial(GrpcCase, section="2.2", response=predicted(HALF_USED, y=floats(2.5)))

CASES = (
    _message("ModelSpec", "1 name, 2 version, 4 version_label, 3 signature_name"),
    _message(
        "PredictRequest",
        "1 model_spec, 2 inputs, 3 output_filter, 5 predict_streamed_options, 6 client_id, 7 request_options",
        reserved=(4,),
    ),
    _message("PredictResponse", "2 model_spec, 1 outputs"),
    _message("ClassificationRequest", "1 model_spec, 2 input"),
    _message("RegressionRequest", "1 model_spec, 2 input"),
    _message("ClassificationResponse", "2 model_spec, 1 result"),
    _message("RegressionResponse", "2 model_spec, 1 result"),
    _message("ClassificationResult", "1 classifications"),
    _message("Classifications", "1 classes"),
    _message("Class", "1 label, 2 score"),
    _message("RegressionResult", "1 regressions"),
    _message("Regression", "1 value"),
    _message("Input", "1 example_list, 2 example_list_with_context"),
    _message("ExampleList", "1 examples"),
    _message("ExampleListWithContext", "1 examples, 2 context"),
    _message("InferenceTask", "1 model_spec, 2 method_name"),
    _message("MultiInferenceRequest", "1 tasks, 2 input"),
    _message("InferenceResult", "1 model_spec, 2 classification_result, 3 regression_result"),
    _message("MultiInferenceResponse", "1 results"),
    _message("GetModelMetadataRequest", "1 model_spec, 2 metadata_field"),
    _message("GetModelMetadataResponse", "1 model_spec, 2 metadata"),
    _message("SignatureDefMap", "1 signature_def"),
    _message("GetModelStatusRequest", "1 model_spec"),
    _message("GetModelStatusResponse", "1 model_version_status"),
    _message("ModelVersionStatus", "1 version, 2 state, 3 status"),
    _message("StatusProto", "1 error_code, 2 error_message"),
    _message("ReloadConfigRequest", "1 config, 2 metric_names"),
    _message("ReloadConfigResponse", "1 status, 2 metric"),
    _message("Metric", "1 name, 2 int64_value_increase"),
    # On the wire.
    _predict(what="request as bytes", request=_varint_field(1, _SPEC) + _varint_field(2, _INPUT)),
    _predict(what="fields in another order", request=_varint_field(2, _INPUT) + _varint_field(1, _SPEC)),
    _predict(
        what="reserved and unknown fields are ignored",
        request=_varint_field(4, b"old")
        + _varint_field(1, _SPEC)
        + _varint_field(15, b"new")
        + _varint_field(2, _INPUT),
    ),
    _predict(
        what="client id and options are ignored",
        request=predict(spec(HALF), x=floats(1.0), output_filter='client_id: "me" request_options {}'),
    ),
    _predict(
        what="options for streams are ignored",
        request=predict(spec(HALF), x=floats(1.0), output_filter="predict_streamed_options {}"),
    ),
)
