"""§2.5: Predict's checks, their order, codes and texts."""

from __future__ import annotations

from functools import partial

from conformance.case import GrpcCase
from conformance.cases.text_protos import HALF, HALF_USED, floats, predict, predicted, spec, tensor

_case = partial(GrpcCase, section="2.5")
_invalid = partial(GrpcCase, section="2.5", code="INVALID_ARGUMENT")
_DOUBLE = tensor("DT_DOUBLE", [1], "double_val: 1.0")
_BAD = tensor("DT_FLOAT", [1], 'tensor_content: "abc"')
_TF2 = "half_plus_two_tf2"
_SUM = "sum_difference"
_B = tensor("DT_INT32", [1], "int_val: 1")


def _size(given: str, expected: str, extra: str, missing: str) -> str:
    """Sets of names, as the text quotes them."""
    num_given, num_expected = (len(names.split(",")) if names else 0 for names in (given, expected))
    return (
        f"input size does not match signature: {num_given}!={num_expected} len({{{given}}}) != len({{{expected}}}). "
        f"Sent extra: {{{extra}}}. Missing but required: {{{missing}}}."
    )


CASES = (
    # The signature.
    _case(
        what="unknown signature",
        request=predict(spec(HALF, signature="nosuch"), x=floats(1.0)),
        code="FAILED_PRECONDITION",
        text='Serving signature key "nosuch" not found.',
    ),
    _case(
        what="no default signature",
        request=predict(spec("counter")),
        code="FAILED_PRECONDITION",
        text='Serving signature key "serving_default" not found.',
    ),
    _case(
        what="method name of its own, checked",
        server="method check",
        request=predict(spec("outputs", signature="unheard_of"), x=floats(1.0)),
        code="INTERNAL",
        text="Expected prediction signature method_name to be one of {tensorflow/serving/predict, "
        "tensorflow/serving/classify, tensorflow/serving/regress}. Was: tensorflow/serving/unheard_of",
    ),
    _case(
        what="method name of its own, not checked",
        request=predict(spec("outputs", signature="unheard_of"), x=floats(1.0)),
        response=predicted(spec("outputs", 1, signature="unheard_of"), y=floats(2.0)),
    ),
    _case(
        what="predict signature, checked",
        server="method check",
        request=predict(spec(HALF), x=floats(1.0)),
        response=predicted(HALF_USED, y=floats(2.5)),
    ),
    _case(
        what="regress signature, checked",
        server="method check",
        request=predict(spec(HALF, signature="regress_x2_to_y3"), inputs=floats(2.0)),
        response=predicted(spec(HALF, 1, signature="regress_x2_to_y3"), outputs=floats(4.0)),
    ),
    # The set of inputs.
    _invalid(
        what="two inputs for one",
        request=predict(spec(HALF), a=floats(1.0), b=floats(1.0)),
        text=_size("a,b", "x", "a,b", "x"),
    ),
    _invalid(
        what="one input too many",
        request=predict(spec(HALF), z=floats(1.0), x=floats(1.0)),
        text=_size("x,z", "x", "z", ""),
    ),
    _invalid(what="no inputs", request=predict(spec(HALF)), text=_size("", "x", "", "x")),
    _invalid(what="one input of two", request=predict(spec(_SUM), a=floats(1.0)), text=_size("a", "a,b", "", "b")),
    _invalid(
        what="another input than the two",
        request=predict(spec(_SUM), c=floats(1.0)),
        text=_size("c", "a,b", "c", "a,b"),
    ),
    _invalid(
        what="too many inputs for a signature with defaults",
        request=predict(spec(_TF2), x=floats(1.0), z=floats(1.0)),
        text=_size("x,z", "x", "z", ""),
    ),
    _invalid(
        what="another input than the one",
        request=predict(spec(HALF), z=floats(1.0)),
        starts="Signature input alias: x(feed name: x:0) not found in request and no default value provided. "
        "Inputs expected to be in the request {",
    ),
    _invalid(
        what="another input than the one with a default",
        request=predict(spec(_TF2), z=floats(1.0)),
        starts="Inputs contains invalid name. Used request inputs: ",
    ),
    _case(
        what="default input",
        request=predict(spec(_TF2)),
        response=predicted(spec(_TF2, 1, signature="serving_default"), y=floats(2.0)),
    ),
    _case(
        what="default input that is given",
        request=predict(spec(_TF2), x=floats(1.0)),
        response=predicted(spec(_TF2, 1, signature="serving_default"), y=floats(2.5)),
    ),
    _case(
        what="signature without inputs",
        request=predict(spec("without_inputs")),
        response=predicted(
            spec("without_inputs", 1, signature="serving_default"), output=tensor("DT_FLOAT", [], "float_val: 0.0")
        ),
    ),
    _invalid(what="unparsable tensor", request=predict(spec(HALF), x=_BAD), text="tensor parsing error: x"),
    # The output filter.
    _invalid(
        what="unknown output",
        request=predict(spec(HALF), x=floats(1.0), output_filter='output_filter: "Z"'),
        text="output tensor alias not found in signature: Z Outputs expected to be in the set {y}.",
    ),
    _invalid(
        what="unknown output of two",
        request=predict(spec(_SUM), a=floats(1.0), b=_B, output_filter='output_filter: "sum" output_filter: "Z"'),
        text="output tensor alias not found in signature: Z Outputs expected to be in the set {difference,sum}.",
    ),
    _invalid(
        what="output twice",
        request=predict(spec(HALF), x=floats(1.0), output_filter='output_filter: ["y", "y"]'),
        text="duplicate output tensor alias: y",
    ),
    _case(
        what="one output of two",
        request=predict(spec(_SUM), a=floats(1.5), b=_B, output_filter='output_filter: "sum"'),
        response=predicted(spec(_SUM, 1, signature="serving_default"), sum=floats(2.5)),
    ),
    _case(
        what="all outputs by name",
        request=predict(spec(_SUM), a=floats(1.5), b=_B, output_filter='output_filter: ["difference", "sum"]'),
        response=predicted(
            spec(_SUM, 1, signature="serving_default"),
            sum=floats(2.5),
            difference=tensor("DT_DOUBLE", [1], "double_val: 0.5"),
        ),
    ),
    _case(
        what="all outputs without a filter",
        request=predict(spec(_SUM), a=floats(1.5), b=_B),
        response=predicted(
            spec(_SUM, 1, signature="serving_default"),
            sum=floats(2.5),
            difference=tensor("DT_DOUBLE", [1], "double_val: 0.5"),
        ),
    ),
    # The run.
    _invalid(
        what="another data type",
        request=predict(spec(HALF), x=_DOUBLE),
        text="Expects arg[0] to be float but double is provided",
    ),
    _invalid(
        what="strings instead of floats",
        request=predict(spec(HALF), x=tensor("DT_STRING", [1], 'string_val: "a"')),
        text="Expects arg[0] to be float but string is provided",
    ),
    _case(
        what="two columns for one",
        request=predict(spec(HALF), x=tensor("DT_FLOAT", [1, 2], "float_val: [1, 2]")),
        response=predicted(HALF_USED, y=tensor("DT_FLOAT", [1, 2], "float_val: [2.5, 3]")),
    ),
    _case(
        what="scalar for a matrix",
        request=predict(spec(HALF), x=tensor("DT_FLOAT", [], "float_val: 1")),
        response=predicted(HALF_USED, y=tensor("DT_FLOAT", [], "float_val: 2.5")),
    ),
    _case(
        what="two rows for a vector of one",
        request=predict(spec(_TF2), x=floats(1.0, 2.0)),
        response=predicted(spec(_TF2, 1, signature="serving_default"), y=floats(2.5, 3.0)),
    ),
    _invalid(
        what="shape that the graph refuses",
        request=predict(spec(_SUM), a=floats(1, 2, 3), b=tensor("DT_INT32", [2], "int_val: [1, 2]")),
        starts="Incompatible shapes: [3] vs. [2]\n\t [[{{",
    ),
    # Signatures of classify and regress.
    _case(
        what="predict with a signature of regress",
        request=predict(spec(HALF, signature="regress_x2_to_y3"), inputs=floats(2.0)),
        response=predicted(spec(HALF, 1, signature="regress_x2_to_y3"), outputs=floats(4.0)),
    ),
    _case(
        what="predict with a signature of classify",
        request=predict(
            spec("examples", signature="scores"),
            # A serialized tf.Example whose feature x is 1.0.
            inputs=tensor("DT_STRING", [1], r'string_val: "\n\017\n\r\n\001x\022\010\022\006\n\004\000\000\200?"'),
        ),
        response=predicted(
            spec("examples", 1, signature="scores"), scores=tensor("DT_FLOAT", [1, 2], "float_val: [1.0, 0.0]")
        ),
    ),
    # The order of checks.
    _case(
        what="signature before inputs",
        request=predict(spec(HALF, signature="nosuch")),
        code="FAILED_PRECONDITION",
    ),
    _invalid(
        what="inputs before the output filter",
        request=predict(spec(HALF), output_filter='output_filter: "Z"'),
        text=_size("", "x", "", "x"),
    ),
    _invalid(
        what="tensors before the output filter",
        request=predict(spec(HALF), x=_BAD, output_filter='output_filter: "Z"'),
        text="tensor parsing error: x",
    ),
    _invalid(
        what="output filter before data types",
        request=predict(spec(HALF), x=_DOUBLE, output_filter='output_filter: "Z"'),
        text="output tensor alias not found in signature: Z Outputs expected to be in the set {y}.",
    ),
)
