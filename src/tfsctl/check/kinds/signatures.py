"""Mistakes in the signatures of a SavedModel."""

from __future__ import annotations

from tfsctl.check.finding import FindingKind, Severity

KINDS = (
    FindingKind(
        id="signature-tensor-missing",
        severity=Severity.ERROR,
        title="A signature names a tensor that the graph does not have",
        symptom="Requests fail with NOT_FOUND or INVALID_ARGUMENT: Tensor NAME:0, specified in either"
        " feed_devices or fetch_devices was not found in the Graph",
        reason="The signature was written for another graph.",
        correction="Export the model again.",
        example="tfsctl inspect models/m/1    # shows the tensors of each signature",
    ),
    FindingKind(
        id="signature-without-inputs",
        severity=Severity.WARNING,
        title="A signature has no inputs",
        symptom="REST: Missing 'inputs' or 'instances' key; or an empty list is refused.",
        reason="REST has no form for a request without inputs. gRPC Predict takes one.",
        correction="Call it over gRPC, or export it with an input.",
        example="tfsctl predict m '{}' --grpc --signature-name get_counter",
    ),
    FindingKind(
        id="dtype-not-in-json",
        severity=Severity.WARNING,
        title="A signature uses a data type that JSON cannot carry",
        symptom="REST: UNIMPLEMENTED: Conversion of JSON Value: … to type: complex64; or INVALID_ARGUMENT: Failed"
        " to write JSON value for tensor type: complex64",
        reason="REST carries numbers, strings and booleans. TensorFlow Serving takes neither half nor bfloat16"
        " (tfsctl does); nobody takes complex, quantized or uint16 tensors.",
        correction="Call it over gRPC, or cast to float or int in the exported function.",
        example="return {'y': tf.cast(y, tf.float32)}",
    ),
    FindingKind(
        id="method-name-unknown",
        severity=Severity.NOTE,
        title="A signature's method name is none of TensorFlow Serving's",
        symptom="With --enable_signature_method_name_check: FAILED_PRECONDITION: Expected prediction signature"
        " method_name to be one of {…}",
        reason="A signature says for which of predict, classify and regress it was made. Nobody asks unless the"
        " flag is set; gRPC MultiInference asks always.",
        correction="Leave the flag off, or export the signature with the method name tensorflow/serving/predict.",
        example="build_signature_def(inputs, outputs, 'tensorflow/serving/predict')",
    ),
    FindingKind(
        id="method-does-not-fit",
        severity=Severity.WARNING,
        title="A signature for classify or regress does not have the inputs and outputs that these need",
        symptom="INVALID_ARGUMENT: Expected one input Tensor.; No classification inputs found in SignatureDef;"
        " Expected one or two output Tensors, found N",
        reason="Classify needs the input `inputs` and the outputs `classes` (strings) and `scores` (floats), or"
        " one of them; regress the input `inputs` and the output `outputs` (floats).",
        correction="Call it with predict, or export it with those names.",
        example="build_signature_def({'inputs': examples}, {'scores': scores}, 'tensorflow/serving/classify')",
    ),
    FindingKind(
        id="fixed-number-of-rows",
        severity=Severity.NOTE,
        title="A signature says how many rows a request must have",
        symptom="A request with another number of rows fails inside the graph: INVALID_ARGUMENT: … [[{{node"
        " …}}]]; or is answered wrongly.",
        reason="Servers do not compare a request's shape with the signature's; what happens is up to the graph."
        " It cannot be batched either.",
        correction="Export it with None for the first dimension; until then send exactly so many rows.",
        example="tf.TensorSpec([None, 28, 28, 1], tf.float32)    # not [1, 28, 28, 1]",
    ),
    FindingKind(
        id="shape-not-said",
        severity=Severity.NOTE,
        title="A signature does not say the shape of an input",
        symptom="A request of a wrong shape fails inside the graph: INVALID_ARGUMENT: … [[{{node …}}]]",
        reason="The rank is unknown, so neither a client nor a person can tell from the signature what to send.",
        correction="Export it with a shape.",
        example="tf.TensorSpec([None, 784], tf.float32)",
    ),
)
