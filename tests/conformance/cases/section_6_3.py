"""§6.3: which signatures classify and regress take, and what has to come out of them."""

from __future__ import annotations

from functools import partial

from conformance.case import GrpcCase, RestCase
from conformance.cases.text_protos import (
    CLASSIFY,
    HALF,
    PREDICT,
    REGRESS,
    classified,
    example,
    examples,
    inference,
    regressed,
    spec,
)

_TWO = examples(example(x=1.0), example(x=3.0))
_EXAMPLES = "examples"


def _refused(
    call: str, signature: str, text: str, *, what: str = "", given: str = _TWO, server: str = "default"
) -> GrpcCase:
    """To the model whose signatures are called after what they do."""
    return GrpcCase(
        section="6.3",
        what=f"{call.lower()} {what or signature.replace('_', ' ')}",
        call=call,
        request=inference(spec(_EXAMPLES, signature=signature), given),
        server=server,
        code="INVALID_ARGUMENT",
        text=text,
    )


_no_classify = partial(_refused, "Classify")
_no_regress = partial(_refused, "Regress")
_checked = {"server": "method check"}


def _quoting(call: str, signature: str, text: str) -> GrpcCase:
    """A text that goes on with the SignatureDef."""
    return GrpcCase(
        section="6.3",
        what=f"{call.lower()} {signature.replace('_', ' ')}",
        call=call,
        request=inference(spec(_EXAMPLES, signature=signature), _TWO),
        code="INVALID_ARGUMENT",
        starts=text,
    )


def _classified(signature: str, *rows: list[tuple[str, float]], what: str = "", server: str = "default") -> GrpcCase:
    return GrpcCase(
        section="6.3",
        what=what or f"classify {signature.replace('_', ' ')}",
        call="Classify",
        server=server,
        request=inference(spec(_EXAMPLES, signature=signature), _TWO),
        response=classified(spec(_EXAMPLES, 1, signature=signature), *rows),
    )


def _regressed(signature: str, *values: float, what: str = "", server: str = "default") -> GrpcCase:
    return GrpcCase(
        section="6.3",
        what=what or f"regress {signature.replace('_', ' ')}",
        call="Regress",
        server=server,
        request=inference(spec(_EXAMPLES, signature=signature), _TWO),
        response=regressed(spec(_EXAMPLES, 1, signature=signature), *values),
    )


def _rest(what: str, method: str, model: str, signature: str, *, answer: str = "", error: str = "") -> RestCase:
    return RestCase(
        section="6.3",
        what=what,
        target=f"/v1/models/{model}:{method}",
        body=f'{{"signature_name": "{signature}", "examples": [{{"x": 2.0}}]}}',
        status=400 if error else 200,
        json=answer or None,
        error=error or None,
    )


_SHAPE = "Expected Tensor shape: [batch_size num_classes] but got "
_REGRESSION_SHAPE = "Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got "
_NO_CLASSIFICATION = f"Expected classification signature method_name to be {CLASSIFY}. Was: "
_NO_REGRESSION = f"Expected regression signature method_name to be {REGRESS}. Was: "
_SCORES = [("", 1.0), ("", 0.0)], [("", 3.0), ("", 0.0)]

CASES = (
    # The signature is there.
    _no_classify("nosuch", "No signature was found with the name: nosuch"),
    _no_regress("nosuch", "No signature was found with the name: nosuch"),
    _no_classify("", "No signature was found with the name: serving_default", what="without default signature"),
    _no_regress("", "No signature was found with the name: serving_default", what="without default signature"),
    _rest(
        "rest classify of an unknown signature",
        "classify",
        HALF,
        "nosuch",
        error="No signature was found with the name: nosuch",
    ),
    _rest(
        "rest regress of an unknown signature",
        "regress",
        HALF,
        "nosuch",
        error="No signature was found with the name: nosuch",
    ),
    # The method name, where it is checked.
    _no_classify("regress", _NO_CLASSIFICATION + REGRESS, what="a signature of regress, checked", **_checked),
    _no_classify("tf2_classify", _NO_CLASSIFICATION + PREDICT, what="a signature of predict, checked", **_checked),
    _no_regress("classify", _NO_REGRESSION + CLASSIFY, what="a signature of classify, checked", **_checked),
    _no_regress("no_known_output", _NO_REGRESSION + PREDICT, what="a signature of predict, checked", **_checked),
    _classified("scores", *_SCORES, what="classify a signature of classify, checked", server="method check"),
    _regressed("regress", 2.0, 6.0, what="regress a signature of regress, checked", server="method check"),
    _classified("tf2_classify", *_SCORES, what="classify a signature of predict"),
    # Inputs.
    _no_classify("two_inputs", "Expected one input Tensor."),
    _no_regress("two_inputs", "Expected one input Tensor."),
    _quoting("Classify", "other_input", "No classification inputs found in SignatureDef: "),
    _quoting("Regress", "other_input_regress", "No regression inputs found in SignatureDef: "),
    _no_regress("float_input", "Expects arg[0] to be float but string is provided"),
    # Outputs.
    _no_classify("three", "Expected one or two output Tensors, found 3"),
    _quoting("Classify", "no_known_output", "Expected classification signature outputs to contain"),
    _no_regress("classify", "Expected one output Tensor.", what="two outputs"),
    _quoting("Regress", "no_known_output", "No regression outputs found in SignatureDef: "),
    _classified(
        "classify",
        [("car", 1.0), ("bus", 0.0)],
        [("car", 3.0), ("bus", 0.0)],
        what="classify classes and scores",
    ),
    _classified("classes", [("car", 0.0), ("bus", 0.0)], [("car", 0.0), ("bus", 0.0)], what="classify classes only"),
    _classified("classes_and_other", [("car", 0.0), ("bus", 0.0)], [("car", 0.0), ("bus", 0.0)]),
    _classified("scores", *_SCORES, what="classify scores only, zeros are kept"),
    _regressed("regress", 2.0, 6.0, what="regress a vector"),
    _regressed("regress_column", 2.0, 6.0, what="regress a column"),
    # Shapes.
    _no_classify("scores_of_rank_1", _SHAPE + "[2]"),
    _no_classify("scores_of_rank_3", _SHAPE + "[2,2,1]"),
    _no_classify("classes_of_rank_1", _SHAPE + "[2]"),
    _no_regress("wide", _REGRESSION_SHAPE + "[2,2]"),
    _no_regress("scalar", _REGRESSION_SHAPE + "[]"),
    # Data types.
    _no_classify("scores_double", "Expected scores Tensor of DT_FLOAT. Got: DT_DOUBLE"),
    _no_classify("classes_float", "Expected classes Tensor of DT_STRING. Got: DT_FLOAT"),
    _no_regress("double", "Expected output Tensor of DT_FLOAT.  Got: DT_DOUBLE"),
    # Numbers of rows and columns.
    _no_classify("scores_of_one", "Expected scores output batch size of 2. Got: 1"),
    _no_classify("classes_of_one", "Expected classes output batch size of 2. Got: 1"),
    _no_regress("one", "Input batch size did not match output batch size: 2 vs. 1"),
    _no_classify("unequal", "Tensors class and score should match in dim_size(1). Got 2 vs. 1"),
    # Over REST, and TF2 models, whose signatures are all of predict.
    _rest("rest classify", "classify", HALF, "classify_x_to_y", answer='{"results": [[["", 3.0]]]}'),
    _rest("rest regress", "regress", HALF, "regress_x_to_y", answer='{"results": [3.0]}'),
    _rest("rest regress of a column", "regress", HALF, "regress_x_to_y2", answer='{"results": [4.0]}'),
    _rest(
        "rest classify with labels",
        "classify",
        _EXAMPLES,
        "classify",
        answer='{"results": [[["car", 2.0], ["bus", 0.0]]]}',
    ),
    _rest(
        "rest classify with labels only",
        "classify",
        _EXAMPLES,
        "classes",
        answer='{"results": [[["car", 0.0], ["bus", 0.0]]]}',
    ),
    _rest(
        "rest classify of three outputs",
        "classify",
        _EXAMPLES,
        "three",
        error="Expected one or two output Tensors, found 3",
    ),
    _rest("rest regress of two outputs", "regress", _EXAMPLES, "classify", error="Expected one output Tensor."),
    _rest(
        "rest classify of a tf2 model",
        "classify",
        "half_plus_two_of_tf2",
        "classify_x_to_y",
        answer='{"results": [[["", 3.0]]]}',
    ),
    _rest(
        "rest regress of a tf2 model", "regress", "half_plus_two_of_tf2", "regress_x_to_y", answer='{"results": [3.0]}'
    ),
    _rest(
        "rest regress of a tf2 model to y2",
        "regress",
        "half_plus_two_of_tf2",
        "regress_x_to_y2",
        answer='{"results": [4.0]}',
    ),
)
