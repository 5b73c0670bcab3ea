"""§6.1: the examples that classify and regress are given."""

from __future__ import annotations

from functools import partial

from conformance.case import GrpcCase, RestCase
from conformance.cases.text_protos import HALF, classified, example, examples, inference, regressed, spec

_X_TO_Y = "regress_x_to_y"
_REGRESS = spec(HALF, signature=_X_TO_Y)
_USED = spec(HALF, 1, signature=_X_TO_Y)
_WRONG_KIND = 'features { feature { key: "x" value { int64_list { value: 1 } } } }'

_regress = partial(GrpcCase, section="6.1", call="Regress")
_invalid = partial(_regress, code="INVALID_ARGUMENT")
_classify = partial(GrpcCase, section="6.1", call="Classify")
_rest = partial(RestCase, section="6.1", target=f"/v1/models/{HALF}:regress")
_MISSING = (
    "Name: <unknown>, Feature: x (data type: float) is required but could not be found.\n\t [[{{node ParseExample/"
)
_OTHER_KIND = (
    "Name: <unknown>, Key: x, Index: 0.  Data types don't match. "
    "Data type: int64 but expected type: float\n\t [[{{node ParseExample/"
)


def _with_context(context: str, *contents: str) -> str:
    texts = " ".join(f"examples {{ {content} }}" for content in contents)
    return f"example_list_with_context {{ {texts} context {{ {context} }} }}"


def _body(text: str) -> str:
    return f'{{"signature_name": "{_X_TO_Y}", {text}}}'


CASES = (
    # One result for each example.
    _regress(
        what="one example", request=inference(_REGRESS, examples(example(x=80.0))), response=regressed(_USED, 42.0)
    ),
    _regress(
        what="several examples",
        request=inference(_REGRESS, examples(example(x=80.0), example(x=2.0))),
        response=regressed(_USED, 42.0, 3.0),
    ),
    _regress(
        what="features that nobody asks for",
        request=inference(_REGRESS, examples(example(x=80.0, x2=1.0, other=2.0))),
        response=regressed(_USED, 42.0),
    ),
    _classify(
        what="one example to classify",
        request=inference(spec(HALF, signature="classify_x_to_y"), examples(example(x=2.0))),
        response=classified(spec(HALF, 1, signature="classify_x_to_y"), [("", 3.0)]),
    ),
    _rest(
        what="examples over rest",
        body=_body('"examples": [{"x": 80.0}, {"x": [2.0]}]'),
        json='{"results": [42.0, 3.0]}',
    ),
    # A context goes in front of each example.
    _regress(
        what="context",
        request=inference(_REGRESS, _with_context(example(x=80.0), "", "")),
        response=regressed(_USED, 42.0, 42.0),
    ),
    _regress(
        what="example wins over the context",
        request=inference(_REGRESS, _with_context(example(x=80.0), example(x=2.0), "")),
        response=regressed(_USED, 3.0, 42.0),
    ),
    _regress(
        what="features of context and example",
        request=inference(_REGRESS, _with_context(example(x=80.0), example(x2=2.0))),
        response=regressed(_USED, 42.0),
    ),
    _rest(
        what="context over rest",
        body=_body('"context": {"x": 80.0}, "examples": [{}, {"x2": 1.0}, {"x": 2.0}]'),
        json='{"results": [42.0, 42.0, 3.0]}',
    ),
    _rest(
        what="context behind the examples",
        body=_body('"examples": [{}], "context": {"x": 80.0}'),
        json='{"results": [42.0]}',
    ),
    # No examples.
    _invalid(what="no input", request=f"model_spec {{ {_REGRESS} }}", text="Input is empty."),
    _invalid(what="input of no kind", request=inference(_REGRESS, ""), text="Input is empty."),
    _invalid(what="empty list", request=inference(_REGRESS, "example_list {}"), text="Input is empty."),
    _invalid(what="context only", request=inference(_REGRESS, _with_context(example(x=1.0))), text="Input is empty."),
    _classify(
        what="no input to classify",
        request=f"model_spec {{ {spec(HALF, signature='classify_x_to_y')} }}",
        code="INVALID_ARGUMENT",
        text="Input is empty.",
    ),
    _invalid(
        what="signature before input",
        request=f"model_spec {{ {spec(HALF, signature='nosuch')} }}",
        text="No signature was found with the name: nosuch",
    ),
    _invalid(
        what="rules for signatures before input",
        request=f"model_spec {{ {spec('examples', signature='two_inputs')} }}",
        text="Expected one input Tensor.",
    ),
    # What the graph says.
    _invalid(what="feature missing", request=inference(_REGRESS, examples(example(x2=1.0))), starts=_MISSING),
    _invalid(what="example without features", request=inference(_REGRESS, examples("")), starts=_MISSING),
    _invalid(what="feature of another kind", request=inference(_REGRESS, examples(_WRONG_KIND)), starts=_OTHER_KIND),
    _rest(
        what="integer for a float over rest",
        body=_body('"examples": [{"x": 1}]'),
        status=400,
        contains=("Data type: int64 but expected type: float\\n\\t [[",),
    ),
    _rest(
        what="feature missing over rest",
        body=_body('"examples": [{}]'),
        status=400,
        contains=("is required but could not be found.\\n\\t [[",),
    ),
)
